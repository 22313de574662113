"""Long-lived cloud keys that a pipeline binds or passes, under whatever name."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.model.expression import Constant, Secret
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span

# Names of the static credentials that the clouds' own tools read, in words of a name.
# AWS CLI, "Environment variables"; Google Cloud, "Application Default Credentials"; Azure Identity.
_KEY_NAMES = (
    ("aws", "access", "key"),
    ("aws", "secret"),
    ("aws", "key"),
    ("gcp", "key"),
    ("gcp", "credentials"),
    ("gcp", "sa"),
    ("google", "credentials"),
    ("google", "key"),
    ("gcloud", "key"),
    ("azure", "credentials"),
    ("azure", "client", "secret"),
    ("azure", "secret"),
    ("arm", "client", "secret"),
)
_CONFIGURE = ("aws_access_key_id", "aws_secret_access_key")


@record
class StaticKey:
    text: str
    span: Span


def static_keys(facts: PipelineFacts) -> Iterator[StaticKey]:
    """Every binding of a static cloud key: in variables, inputs and ``aws configure`` commands."""
    for variable in facts.pipeline.env:
        yield from _binding(variable.name, variable.value, variable.span)
    for unit in facts.pipeline.units:
        for variable in unit.env:
            yield from _binding(variable.name, variable.value, variable.span)
        for step in unit.walk():
            for variable in step.env:
                yield from _binding(variable.name, variable.value, variable.span)
            for name, text in step.inputs.items():
                yield from _binding(name, text, text.span)
            if step.script is not None:
                for hole in step.script.holes:
                    if isinstance(hole.expression, Secret) and is_key_name(hole.expression.name):
                        yield StaticKey(f"the secret {hole.expression.name}", step.script.at(hole.start, hole.end))
    for item in facts.activities:
        words = item.invocation.words if item.invocation else ()
        if words[:3] == ("aws", "configure", "set") and len(words) > 3 and words[3] in _CONFIGURE:
            yield StaticKey(f"`{item.text}`", item.span)


def _binding(name: str, value: Text, span: Span) -> Iterator[StaticKey]:
    secrets = [node for node in value.expressions() if isinstance(node, Secret) and not node.automatic]
    for secret in secrets:
        if is_key_name(secret.name) or is_key_name(name):
            yield StaticKey(f"{name} holds the secret {secret.name}", span)
            return
    constant = value.template()
    if is_key_name(name) and isinstance(constant, Constant) and constant.value and not secrets:
        yield StaticKey(f"{name} holds a written value", span)


def is_key_name(name: str) -> bool:
    """Whether the words of a name say that it is a static cloud key (role names and ids do not)."""
    words = tuple(part for part in name.lower().replace("-", "_").split("_") if part)
    if "role" in words or "region" in words or "provider" in words:
        return False
    return any(set(wanted) <= set(words) for wanted in _KEY_NAMES)
