"""Files of parameters: what is given to a template from outside.

AWS CLI reference, ``cloudformation create-stack`` (``--parameters``) and ``deploy`` (``--parameter-overrides``);
CodePipeline User Guide, "Template configuration file".
"""

from __future__ import annotations

from collections.abc import Mapping as Map

from gradeline.model.infrastructure import Plain, Unresolved, Value
from gradeline.readers.cloudformation.values import written
from gradeline.records import field, record
from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse, resolve, scalar_value

MAX_PARAMETERS = 200  # the platform's own limit ("CloudFormation quotas")


@record
class Given:
    """``values`` by the name of the parameter, ``places`` where each is given, ``tags`` those of the whole stack."""

    path: str
    values: Map[str, Value]
    places: Map[str, Span]
    tags: Map[str, Value] = field(default_factory=dict)
    twice: tuple[tuple[str, Span], ...] = ()
    listed: bool = False  # a list of ``ParameterKey``, which means nothing else


def given_values(source: SourceFile) -> Given | None:
    """The values that a file gives, or None when it is about something else."""
    text = source.text
    if "ParameterKey" not in text and "Parameters" not in text and not _may_be_pairs(source):
        return None
    root = parse(source).root
    values: dict[str, Value] = {}
    places: dict[str, Span] = {}
    twice: list[tuple[str, Span]] = []
    for name, place, value in _pairs(root)[:MAX_PARAMETERS]:
        if name in values:
            twice.append((name, place))
        values[name], places[name] = value, place
    if not values:
        return None
    return Given(source.path, values, places, _tags(root), tuple(twice), "ParameterKey" in text)


def _may_be_pairs(source: SourceFile) -> bool:
    return "param" in source.path.casefold() and source.text.lstrip().startswith("[") and "=" in source.text


def _pairs(root: Resolved | None) -> list[tuple[str, Span, Value]]:
    if isinstance(root, Mapping):
        inner = root.get("Parameters")
        if isinstance(inner, Mapping):  # as CodePipeline takes it
            return [(key.text, key.span, _given(one)) for key, one in inner.items() if isinstance(one, Scalar)]
        return _listed(inner) if isinstance(inner, Sequence) else []  # as ``--cli-input-json`` takes it
    return _listed(root) if isinstance(root, Sequence) else []


def _listed(found: Sequence) -> list[tuple[str, Span, Value]]:
    pairs: list[tuple[str, Span, Value]] = []
    for one in map(resolve, found.items):
        if isinstance(one, Scalar) and "=" in one.text:
            name, _, text = one.text.partition("=")
            pairs.append((name, one.span, Plain(one.span, text)))
        elif isinstance(one, Mapping):
            key = one.get("ParameterKey")
            if not isinstance(key, Scalar):
                return []
            value = one.get("ParameterValue")
            if value is None:  # ``UsePreviousValue``
                pairs.append((key.text, key.span, Unresolved(one.span, "the stack keeps the value it has")))
            else:
                pairs.append((key.text, key.span, _given(value)))
        else:
            return []
    return pairs


def _given(node: Resolved) -> Value:
    if isinstance(node, Scalar):
        return Plain(node.span, written(scalar_value(node)))
    return Unresolved(node.span, "a parameter takes a text")


def _tags(root: Resolved | None) -> dict[str, Value]:
    inner = root.get("Tags") if isinstance(root, Mapping) else None
    if not isinstance(inner, Mapping):
        return {}
    return {key.text: _given(one) for key, one in inner.items()}
