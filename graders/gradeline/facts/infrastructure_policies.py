"""Policies as statements, whatever they are written as: JSON, ``jsonencode`` or ``aws_iam_policy_document``.

IAM User Guide, "IAM JSON policy elements reference"; provider documentation of ``aws_iam_policy_document``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.infrastructure import StackFacts, each, partial_text, setting, settings, shape
from gradeline.model.infrastructure import Items, Mixed, Plain, Reference, Table, Unresolved, Value
from gradeline.records import record
from gradeline.source import Span

HOLE = "\ue000"
MAX_NESTED = 5
DOCUMENT = "data.aws_iam_policy_document"
# Actions that name no single resource (Service Authorization Reference: no resource types are listed for them).
NO_RESOURCE = frozenset(
    """
    cloudwatch:putmetricdata cloudwatch:getmetricdata cloudwatch:getmetricstatistics ecr:getauthorizationtoken
    ecr-public:getauthorizationtoken kms:createkey logs:createloggroup pricing:getproducts
    s3:getaccountpublicaccessblock
    s3:listallmybuckets ssm:getdeployablepatchsnapshotforinstance sts:getcalleridentity sts:getservicebearertoken
    tag:getresources tag:gettagkeys tag:gettagvalues xray:puttelemetryrecords
    xray:puttracesegments xray:getsamplingrules xray:getsamplingtargets
    """.split()  # noqa: SIM905
)


@record
class Word:
    """One action, resource or principal; unknown parts are marked with ``HOLE``."""

    text: str
    span: Span


@record
class Condition:
    test: str
    variable: str
    values: tuple[Word, ...]
    span: Span


@record
class Statement:
    span: Span
    allows: bool
    actions: tuple[Word, ...]
    resources: tuple[Word, ...]
    principals: tuple[tuple[str, Word], ...]
    conditions: tuple[Condition, ...]
    inverted: bool = False  # it names what is left out (``NotAction``, ``NotResource``)


@record
class Document:
    """``hidden`` says why a part of it is not known, empty when all is."""

    statements: tuple[Statement, ...]
    hidden: str = ""


def document(facts: StackFacts, value: Value | None, depth: int = 0) -> Document:
    """The statements of a policy; hidden when it is not in the files."""
    if isinstance(value, Table):
        return Document(tuple(_json_statements(value)))
    if isinstance(value, Reference) and depth < MAX_NESTED:
        found: list[Statement] = []
        hidden = ""
        resources = facts.find(value)
        for resource in resources:
            if resource.kind == DOCUMENT:
                inner = _from_blocks(facts, resource.properties, depth)
            else:
                inner = document(facts, resource.properties.entries.get("policy"), depth + 1)
            found.extend(inner.statements)
            hidden = hidden or inner.hidden
        return Document(tuple(found), hidden or ("" if resources else "the policy is not in the files"))
    return Document((), "what the policy says is not known")


def _from_blocks(facts: StackFacts, properties: Table, depth: int) -> Document:
    statements: list[Statement] = []
    hidden = ""
    for one in settings(properties, "statement"):
        for inner in each(one.value):
            if isinstance(inner, Table):
                statements.append(_block(inner))
            else:
                hidden = "some statements are not known"
    for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json"):
        for one in settings(properties, name):
            for inner in each(one.value):
                nested = document(facts, inner, depth + 1)
                statements.extend(nested.statements)
                hidden = hidden or nested.hidden
    return Document(tuple(statements), hidden)


def _block(table: Table) -> Statement:
    effect = setting(table, "effect")
    principals = [
        (partial_text(kind.value), word)
        for block in settings(table, "principals")
        for inner in each(block.value)
        if isinstance(inner, Table)
        for kind in settings(inner, "type")
        for word in _words(inner, "identifiers")
    ]
    conditions = [
        Condition(_text(inner, "test"), _text(inner, "variable"), _words(inner, "values"), inner.span)
        for block in settings(table, "condition")
        for inner in each(block.value)
        if isinstance(inner, Table)
    ]
    return Statement(
        table.span,
        effect is None or partial_text(effect.value) != "Deny",
        _words(table, "actions"),
        _words(table, "resources"),
        tuple(principals),
        tuple(conditions),
        bool(_words(table, "not_actions") or _words(table, "not_resources")),
    )


def _text(table: Table, name: str) -> str:
    found = setting(table, name)
    return partial_text(found.value) if found is not None else ""


def _words(table: Table, name: str) -> tuple[Word, ...]:
    return tuple(
        Word(partial_text(inner) or HOLE, near(inner, one.span))
        for one in settings(table, name)
        for inner in each(one.value)
    )


def near(value: Value, place: Span) -> Span:
    """Where an element is written, when that is inside of its setting; else the setting."""
    inside = value.span.path == place.path and place.line <= value.span.line <= place.end_line
    return value.span if inside else place


def _json_statements(table: Table) -> Iterator[Statement]:
    for one in settings(table, "Statement"):
        for inner in each(one.value):
            if isinstance(inner, Table):
                yield _json(inner)


def _json(table: Table) -> Statement:
    conditions = []
    for block in settings(table, "Condition"):
        tests = block.value.entries if isinstance(block.value, Table) else {}
        for test, variables in tests.items():
            for variable in variables.entries if isinstance(variables, Table) else ():
                assert isinstance(variables, Table)
                words = _words(variables, variable)
                place = variables.places.get(variable, variables.span)
                conditions.append(Condition(test, variable, words, place))
    return Statement(
        table.span,
        _text(table, "Effect") != "Deny",
        _words(table, "Action"),
        _words(table, "Resource"),
        tuple(_json_principals(table)),
        tuple(conditions),
        bool(_words(table, "NotAction") or _words(table, "NotResource")),
    )


def _json_principals(table: Table) -> Iterator[tuple[str, Word]]:
    for one in settings(table, "Principal"):
        if isinstance(one.value, Table):
            for kind in one.value.entries:
                for word in _words(one.value, kind):
                    yield kind, word
        else:
            yield "AWS", Word(partial_text(one.value), one.span)


def is_every_action(text: str) -> bool:
    """Whether an action stands for all of a service, or for all there are."""
    service, _, verb = text.partition(":")
    return text == "*" or service == "*" or set(verb) == {"*"}


def is_every_resource(text: str) -> bool:
    """Whether a resource stands for all of a kind: ``*``, ``arn:aws:s3:::*``, ``arn:aws:logs:*:*:log-group:*``."""
    if set(text) <= {"*", ":", "/"}:
        return True
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return False
    rest = parts[5]
    if rest.startswith("*"):
        return set(rest) <= {"*", ":", "/"}
    if parts[2] == "s3":
        return False
    kinds = rest.replace("/", ":").split(":")
    return len(kinds) > 1 and all(set(kind) <= {"*"} for kind in kinds[1:])


def needs_every_resource(action: str) -> bool:
    """Whether an action only looks around, or cannot be limited to a resource."""
    service, _, verb = action.casefold().partition(":")
    return verb.startswith(("list", "describe")) or f"{service}:{verb}" in NO_RESOURCE


def signature(value: Value) -> tuple[object, ...]:
    """A policy without its places, to see whether two are the same."""
    if isinstance(value, Items):
        return tuple(signature(one) for one in value.items)
    if isinstance(value, Table):
        return tuple((key, signature(one)) for key, one in sorted(value.entries.items()))
    assert isinstance(value, Plain | Reference | Unresolved | Mixed)
    return shape(value)

