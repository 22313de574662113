"""One template with one set of values becomes a stack (CloudFormation Template Reference, "Template sections")."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator
from collections.abc import Mapping as Map

from gradeline.model.infrastructure import (
    Output,
    Parameter,
    Plain,
    Refused,
    Resource,
    Stack,
    Table,
    Unresolved,
    Value,
    Written,
)
from gradeline.model.pipeline import Opaque
from gradeline.readers.cloudformation.given import Given
from gradeline.readers.cloudformation.values import HOLES, Values, function, written
from gradeline.records import record
from gradeline.source import Diagnostic, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, resolve, scalar_value

MAX_RESOURCES = 500  # the platform's own limit ("CloudFormation quotas")
MAX_TEXTS = 3_000  # of one resource
_GUARDS = ("DeletionPolicy", "UpdateReplacePolicy")
# Transforms that change nothing in what is declared: more functions, and the rotation of secrets ("Transforms").
_HARMLESS = ("AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16")
_LIMITS = ("AllowedValues", "AllowedPattern", "MaxLength", "MinLength", "MaxValue", "MinValue")
_NOT_DATA = frozenset({"Ref", "GetAtt", "FindInMap", "ImportValue", "Condition", "GetAZs", "Transform"})


@record
class Template:
    path: str
    root: Mapping
    complete: bool
    diagnostics: tuple[Diagnostic, ...]


def is_template(root: Mapping) -> bool:
    """Whether a file is a template: by its version, or by a resource of the platform."""
    if root.key("AWSTemplateFormatVersion") is not None:
        return True
    return any(_word(one, "Type").startswith("AWS::") for _, one in _members(root, "Resources"))


def parameter_names(template: Template) -> frozenset[str]:
    return frozenset(key.text for key, _ in _members(template.root, "Parameters"))


def stack(template: Template, given: Given | None) -> Stack:
    """What the template makes with these values, or with its defaults alone."""
    root, path = template.root, template.path
    names = given.values if given is not None else {}
    declared = _members(root, "Resources")
    parameters = tuple(_parameter(key, one, names) for key, one in _members(root, "Parameters"))
    values = Values(root, parameters, [key.text for key, _ in declared], names)
    opaque = [Opaque(one.span, "a transform may change the template") for one in _transforms(root)]
    resources = [_resource(values, key, one) for key, one in declared[:MAX_RESOURCES]]
    outputs = tuple(
        _output(values, key, one)
        for key, one in _members(root, "Outputs")
        if not _word(one, "Condition") or values.condition(_word(one, "Condition")) is not False
    )
    broken = [one.span.line for one in template.diagnostics if one.severity == "error" and one.span is not None]
    damaged = () if template.complete else tuple(_damaged(root, broken))
    whole = template.complete and not opaque and len(declared) <= MAX_RESOURCES
    return Stack("cloudformation", path, Span(path, 1), (path, given.path) if given is not None else (path,),
                 values=given.path if given is not None else "",
                 resources=tuple(one for one in resources if one.present is not False),
                 parameters=parameters, outputs=outputs, names=tuple(values.names), opaque=tuple(opaque),
                 complete=whole, damage=() if whole else ("",), damaged=damaged, description=_word(root, "Description"),
                 tags=given.tags if given is not None else {},
                 refused=tuple(_refused(root, parameters, given)) if given is not None else ())  # fmt: skip


def children(parent: Stack, known: Container[str]) -> Iterator[tuple[str, Given]]:
    """The templates that a stack makes stacks of inside itself, with what it gives them (CloudFormation User Guide,
    "Embed stacks within other stacks"; AWS CLI reference, ``cloudformation package``, for paths of files)."""
    for one in parent.resources:
        address = one.properties.entries.get("TemplateURL")
        if one.kind != "AWS::CloudFormation::Stack" or not isinstance(address, Plain):
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(parent.path), str(address.data)))
        if path in known:
            given = one.properties.entries.get("Parameters")
            values = dict(given.entries) if isinstance(given, Table) else {}
            said = given.places if isinstance(given, Table) else {}
            places = {name: said.get(name, one.head) for name in values}
            yield path, Given(parent.values or parent.path, values, places)


def _members(root: Mapping, section: str) -> list[tuple[Scalar, Mapping]]:
    found = root.get(section)
    if not isinstance(found, Mapping):
        return []
    return [(key, one) for key, one in found.items() if isinstance(one, Mapping)]


def _word(node: Mapping, key: str) -> str:
    found = node.get(key)
    return found.text if isinstance(found, Scalar) else ""


def _damaged(root: Mapping, lines: list[int]) -> Iterator[Span]:
    """The entries around the lines that could not be read: what is missing there may have been in them."""
    starts = [(key.span, one.span) for name in ("Resources", "Parameters", "Outputs")
              for key, one in _members(root, name)]  # fmt: skip
    for line in lines:
        before = [pair for pair in starts if pair[0].line <= line]
        if before:
            head, body = max(before, key=lambda pair: pair[0].line)
            yield Span(head.path, head.line, 1, max(body.end_line, line))


def _transforms(root: Mapping) -> Iterator[Resolved]:
    found = root.get("Transform")
    for one in found.values() if isinstance(found, Sequence) else [found]:
        if one is not None and not (isinstance(one, Scalar) and one.text in _HARMLESS):
            yield one
    for name in ("Resources", "Parameters", "Outputs", "Mappings", "Conditions"):
        section = root.get(name)
        if isinstance(section, Mapping):
            yield from (one for key, one in section.items() if key.text.startswith("Fn::"))


def _parameter(key: Scalar, node: Mapping, given: Map[str, Value]) -> Parameter:
    default = node.get("Default")
    value = Plain(default.span, written(scalar_value(default))) if isinstance(default, Scalar) else None
    limits = tuple(one.span for one in map(node.get, _LIMITS) if one is not None and _limits(one))
    hidden = written(scalar_value(node.get("NoEcho"))).casefold() == "true"
    return Parameter(node.span, key.span, key.text, _word(node, "Type"), _word(node, "Description"), value, hidden,
                     limits=limits, given=(given[key.text],) if key.text in given else ())  # fmt: skip


def _limits(node: Resolved) -> bool:
    """Whether a rule about values refuses any."""
    if isinstance(node, Sequence):
        return bool(node.items)
    return isinstance(node, Scalar) and node.text.strip("^$()") not in ("", ".*", ".+", "[\\s\\S]*")


def _refused(root: Mapping, parameters: tuple[Parameter, ...], given: Given) -> Iterator[Refused]:
    """What the platform says before it does anything (API reference, ``CreateChangeSet``, ``ParameterValue``)."""
    sections = {key.text: one for key, one in _members(root, "Parameters")}
    for name, place in given.twice:
        yield Refused(place, f"`{name}` is given twice")
    for name, value in given.values.items():
        if name not in sections:
            yield Refused(given.places[name], f"the template has no parameter `{name}`")
            continue
        allowed = sections[name].get("AllowedValues")
        if isinstance(allowed, Sequence) and isinstance(value, Plain):
            known = [written(scalar_value(one)) for one in allowed.items]
            if known and str(value.data) not in known:
                yield Refused(value.span, f"`{value.data}` is none of the values that `{name}` may have")
    for one in parameters:
        if one.name not in given.values and one.default is None:
            yield Refused(one.head, f"`{one.name}` has no default, and {given.path} does not give it")


def _resource(values: Values, key: Scalar, node: Mapping) -> Resource:
    before = values.names
    values.names = {}
    body = node.get("Properties")
    found = values.value(body, key.span) if body is not None else Table(key.span, {})
    properties = found if isinstance(found, Table) else Table(key.span, {})
    opaque = found.reason if isinstance(found, Unresolved) else ""
    guards = {name: values.value(node.get(name), key.span) for name in _GUARDS if node.get(name) is not None}
    places = {name: one.span for name in guards if (one := node.key(name)) is not None}
    life = Table(node.span, {name: one for name, one in guards.items() if one is not None}, places=places)
    condition = _word(node, "Condition")
    present = values.condition(condition) if condition else True
    names = tuple(values.names)
    notes = values.value(node.get("Metadata"), key.span) if node.get("Metadata") is not None else None
    depends = node.get("DependsOn")
    after = depends.items if isinstance(depends, Sequence) else (depends,) if depends is not None else ()
    words = tuple(one.text for one in map(resolve, after) if isinstance(one, Scalar))
    values.names = before | values.names
    return Resource(key.span.to(node.span), key.span, _word(node, "Type"), key.text, key.text, properties,
                    present=present, guards=life, written=tuple(_texts(body)), names=names, depends=words,
                    opaque=opaque, notes=notes if isinstance(notes, Table) else None)  # fmt: skip


def _output(values: Values, key: Scalar, node: Mapping) -> Output:
    before = values.names
    values.names = {}
    value = values.value(node.get("Value"), key.span)
    names = tuple(values.names)
    export = node.get("Export")
    exported = values.value(export.get("Name"), export.span) if isinstance(export, Mapping) else None
    values.names = before | values.names
    return Output(node.span, key.span, key.text, value, _word(node, "Description"), names=names, exported=exported)


def _texts(body: Resolved | None) -> Iterator[Written]:
    """The texts that stand in the properties themselves, with the path they belong to.

    What a function looks up by a name is none.  Of a text with holes, the holes are left out.
    """
    waiting: list[tuple[tuple[str, ...], Resolved | None]] = [((), body)]
    steps = 0
    while waiting and steps < MAX_TEXTS:
        steps += 1
        path, node = waiting.pop()
        if node is None:
            continue
        called = function(node)
        if called is not None:
            name, given = called
            if name in _NOT_DATA:
                continue
            if name == "Sub" and isinstance(given, Scalar):
                yield Written(given.span, path, HOLES.sub("${}", given.text))
                continue
            if isinstance(given, Scalar):
                yield Written(given.span, path, given.text)
                continue
            inner = list(given.values()) if isinstance(given, Sequence) else [one for _, one in given.items()]
            if name == "If":
                inner = inner[1:]  # the first is the name of the condition
            waiting.extend((path, one) for one in reversed(inner))
        elif isinstance(node, Scalar):
            if isinstance(scalar_value(node), str) and node.text:
                yield Written(node.span, path, node.text)
        elif isinstance(node, Sequence):
            waiting.extend((path, one) for one in reversed(list(node.values())))
        else:
            waiting.extend(((*path, key.text), one) for key, one in reversed(list(node.items())))


