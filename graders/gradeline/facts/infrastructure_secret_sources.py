"""Where the secret settings of resources get their values from.

CloudFormation User Guide, "Get values stored in other services using dynamic references": ``ssm`` gives plain texts,
``ssm-secure`` and ``secretsmanager`` secrets.  What ``Ref`` gives of a secret is its name (Template Reference,
``AWS::SecretsManager::Secret``, return values).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.infrastructure import Answer, StackFacts, called
from gradeline.facts.infrastructure_secrets import ATTRIBUTES, is_secret_name, is_written, leaves
from gradeline.model.infrastructure import Mixed, Plain, Reference, Resource, Unresolved, Value
from gradeline.source import Span

_STORES = ("resolve:secretsmanager:", "resolve:ssm-secure:")
_NAMES = ("arn", "id", "name", "Id", "Arn", "Name")


def secret_settings(facts: StackFacts) -> Iterator[Answer]:
    """One answer for each secret setting of each resource: whether its value comes from a store or is hidden."""
    for resource in facts.stack.resources:
        for name, value, place in leaves(resource.properties):
            if not is_secret_name(name) or (isinstance(value, Plain) and not is_written(value)):
                continue
            yield _answer(facts, f"`{name}` of `{called(resource)}`", value, place)


def _answer(facts: StackFacts, what: str, value: Value, place: Span) -> Answer:
    if isinstance(value, Mixed):
        known = [one for one in value.parts if not isinstance(one, Plain)]
        value = known[0] if len(known) == 1 else value
    if isinstance(value, Plain):
        return Answer(False, f"the value of {what} stands in the files", place)
    if isinstance(value, Reference):
        return _of_resource(facts, what, value, place)
    if isinstance(value, Unresolved):
        if value.name.startswith(_STORES):
            return Answer(True, f"{what} comes from a store", place)
        if value.name.startswith("resolve:ssm:"):
            return Answer(False, f"{what} is kept as a plain text, which is shown to everybody who looks", place)
        if value.name.startswith("var."):
            return _of_parameter(facts, what, value.name[4:], place)
    return Answer(None, f"where {what} comes from is not in the files", place)


def _of_resource(facts: StackFacts, what: str, value: Reference, place: Span) -> Answer:
    found = facts.find(value)
    if not found:
        return Answer(None, f"where {what} comes from is not in the files", place)
    if any(_only_named(one, value) for one in found):
        return Answer(False, f"{what} is the name of a secret, and not what is in it", place)
    if all(value.path and value.path[0] in ATTRIBUTES.get(one.kind, ()) for one in found):
        return Answer(True, f"{what} is made by `{called(found[0])}`", place)
    return Answer(None, f"whether `{called(found[0])}` gives {what} as a secret is not known", place)


def _only_named(resource: Resource, value: Reference) -> bool:
    if resource.kind not in ("AWS::SecretsManager::Secret", "aws_secretsmanager_secret"):
        return False
    return not value.path or value.path[0] in _NAMES


def _of_parameter(facts: StackFacts, what: str, name: str, place: Span) -> Answer:
    mine = [one for one in facts.stack.parameters if one.name == name]
    if not mine:
        return Answer(None, f"where {what} comes from is not in the files", place)
    if not all(one.hidden or one.fleeting for one in mine):
        return Answer(False, f"{what} is typed in as `{name}`, and nothing hides it", place)
    if any(is_written(one.default) for one in mine):
        return Answer(False, f"{what} has its value in the default of `{name}`", place)
    return Answer(True, f"{what} is given from outside and hidden", place)
