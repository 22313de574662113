"""CloudFormation: from the templates of a submission to stacks.  A template is known by what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradeline.model.infrastructure import Infrastructure, Output, Parameter, Plain, Resource, Stack, Table, Unresolved
from gradeline.model.pipeline import Opaque
from gradeline.readers.cloudformation.values import Values, written
from gradeline.source import Diagnostic, SourceFile
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse, resolve, scalar_value

MAX_TEMPLATES = 40
MAX_RESOURCES = 500  # the platform's own limit ("CloudFormation quotas")
_ENDINGS = (".yml", ".yaml", ".json", ".template")
_GUARDS = ("DeletionPolicy", "UpdateReplacePolicy")


def read_cloudformation(paths: Iterable[str], read: Callable[[str], SourceFile | None]) -> Infrastructure:
    """Each template with the defaults of its parameters.  Diagnostic codes are those of ``syntax.yaml``."""
    stacks: list[Stack] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted(paths):
        if not path.endswith(_ENDINGS) or len(stacks) >= MAX_TEMPLATES:
            continue
        source = read(path)
        if source is None or ("AWS::" not in source.text and "AWSTemplateFormatVersion" not in source.text):
            continue
        parsed = parse(source)
        root = parsed.root
        if isinstance(root, Mapping) and _is_template(root):
            stacks.append(_stack(path, root, parsed.complete))
            diagnostics.extend(parsed.diagnostics)
    return Infrastructure(tuple(stacks), tuple(diagnostics))


def _is_template(root: Mapping) -> bool:
    if root.key("AWSTemplateFormatVersion") is not None:
        return True
    return any(_word(one, "Type").startswith("AWS::") for _, one in _members(root, "Resources"))


def _members(root: Mapping, section: str) -> list[tuple[Scalar, Mapping]]:
    found = root.get(section)
    if not isinstance(found, Mapping):
        return []
    return [(key, one) for key, one in found.items() if isinstance(one, Mapping)]


def _word(node: Mapping, key: str) -> str:
    found = node.get(key)
    return found.text if isinstance(found, Scalar) else ""


def _stack(path: str, root: Mapping, complete: bool) -> Stack:
    parameters = tuple(_parameter(key, one) for key, one in _members(root, "Parameters"))
    declared = _members(root, "Resources")
    values = Values(root, parameters, [key.text for key, _ in declared])
    opaque = [Opaque(one.span, "a transform may change the template") for one in _transforms(root)]
    resources = tuple(_resource(values, key, one) for key, one in declared[:MAX_RESOURCES])
    outputs = tuple(_output(values, key, one) for key, one in _members(root, "Outputs"))
    whole = complete and not opaque and len(declared) <= MAX_RESOURCES
    return Stack("cloudformation", path, root.span, (path,), resources=resources, parameters=parameters,
                 outputs=outputs, names=tuple(values.names), opaque=tuple(opaque), complete=whole,
                 damage=() if whole else ("",))  # fmt: skip


def _transforms(root: Mapping) -> list[Resolved]:
    places = [root.get("Transform")]
    for name in ("Resources", "Parameters", "Outputs", "Mappings", "Conditions"):
        section = root.get(name)
        if isinstance(section, Mapping):
            places += [one for key, one in section.items() if key.text.startswith("Fn::")]
    return [one for one in places if one is not None]


def _parameter(key: Scalar, node: Mapping) -> Parameter:
    default, allowed = node.get("Default"), node.get("AllowedValues")
    kind = _word(node, "Type")
    value = Plain(default.span, written(scalar_value(default))) if isinstance(default, Scalar) else None
    if kind.startswith(("AWS::SSM::", "List<", "CommaDelimitedList")):
        value = None  # looked up or split by the platform
    limits = tuple(one.span for one in (allowed, node.get("AllowedPattern")) if one is not None)
    hidden = written(scalar_value(node.get("NoEcho"))).casefold() == "true"
    return Parameter(node.span, key.span, key.text, kind, _word(node, "Description"), value, hidden, limits=limits)


def _resource(values: Values, key: Scalar, node: Mapping) -> Resource:
    before = values.names
    values.names = {}
    body = node.get("Properties")
    found = values.value(body, key.span) if body is not None else Table(key.span, {})
    properties = found if isinstance(found, Table) else Table(key.span, {})
    opaque = found.reason if isinstance(found, Unresolved) else ""
    guards = {name: values.value(node.get(name), key.span) for name in _GUARDS if node.get(name) is not None}
    life = Table(node.span, {name: one for name, one in guards.items() if one is not None})
    condition = _word(node, "Condition")
    depends = node.get("DependsOn")
    after = depends.items if isinstance(depends, Sequence) else (depends,) if depends is not None else ()
    words = tuple(one.text for one in map(resolve, after) if isinstance(one, Scalar))
    names = tuple(values.names)
    values.names = before | values.names
    return Resource(node.span, key.span, _word(node, "Type"), key.text, key.text, properties,
                    present=values.condition(condition) if condition else True, guards=life, names=names,
                    depends=words, opaque=opaque)  # fmt: skip


def _output(values: Values, key: Scalar, node: Mapping) -> Output:
    before = values.names
    values.names = {}
    value = values.value(node.get("Value"), key.span)
    names = tuple(values.names)
    values.names = before | values.names
    return Output(node.span, key.span, key.text, value, _word(node, "Description"), names=names)
