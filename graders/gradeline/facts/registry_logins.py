"""Logins to a registry that takes the token of the run, made with a stored key instead.

GitHub Docs, "Publishing and installing a package with GitHub Actions" (GITHUB_TOKEN instead of a personal access
token for ghcr.io): a personal token opens everything that its owner may open, for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import parameters
from gradeline.model.expression import Name, Secret
from gradeline.model.expression import walk as walk_expression
from gradeline.model.text import Text
from gradeline.records import record

# Registries that accept the token every run gets by itself.
_TAKE_THE_RUN = ("ghcr.io",)


@record
class Login:
    """A login; ``stored`` is the secret it uses although the token of the run would do, None when it does not."""

    item: Activity
    stored: Secret | None


def registry_logins(facts: PipelineFacts) -> Iterator[Login]:
    for item in facts.doing("registry-login"):
        hosts = {target for reading in item.readings_of(["registry-login"]) for target in reading.targets if target}
        if not any(host.startswith(known) for host in hosts for known in _TAKE_THE_RUN):
            continue
        used = [node for text in _texts(item) for node in text.expressions() if isinstance(node, Secret)]
        yield Login(item, next((secret for secret in used if not secret.automatic), None))


def _texts(item: Activity) -> Iterator[Text]:
    """The texts that a login gets its password from."""
    variables = {variable.name: variable.value for variable in (*item.unit.env, *item.step.env)}
    if item.step.script is None:
        for text in item.step.inputs.values():
            yield text
            for hole in text.holes:
                for node in walk_expression(hole.expression):
                    if isinstance(node, Name) and node.path[-1] in variables and node.path[0].lower() == "env":
                        yield variables[node.path[-1]]
        return
    yield item.step.script
    named = {parameter.name for parameter, _, _ in parameters(item.step.script.raw)}
    yield from (value for name, value in variables.items() if name in named)
