"""HCL written as JSON (``.tf.json``, ``.tfvars.json``, ``.tftest.json``): the same tree as from the other notation.

Terraform documentation, "JSON Configuration Syntax".  JSON does not tell nested blocks from objects, so inside a
block both are settings whose value is an object or a list of objects.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.hcl import expression
from gradeline.syntax.hcl_nodes import (
    Block,
    Body,
    Broken,
    Expression,
    Label,
    Literal,
    ObjectOf,
    Parsed,
    Setting,
    TupleOf,
)
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse, scalar_value

MAX_DEPTH = 40
# How many labels each kind of block has; the rest of its levels is its body.
LABELS = {
    "resource": 2, "data": 2, "ephemeral": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "locals": 0,
    "terraform": 0, "moved": 0, "import": 0, "removed": 0, "check": 1, "required_providers": 0, "backend": 1,
    "cloud": 0, "workspaces": 0, "run": 1, "assert": 0,
}  # fmt: skip
_TOP = frozenset(LABELS) - {"required_providers", "backend", "cloud", "workspaces", "assert"}
_IN_TERRAFORM = frozenset({"required_providers", "backend", "cloud"})
_IN_PLACE = {"variable": frozenset({"validation"}), "terraform": _IN_TERRAFORM, "cloud": frozenset({"workspaces"}),
             "run": frozenset({"assert"})}  # fmt: skip
_WITHOUT_TEMPLATES = frozenset({"type", "source", "version", "required_version"})


def parse_json(source: SourceFile, values: bool = False) -> Parsed:
    """The tree of a file; ``values``: it sets values of variables and holds no blocks."""
    parsed = parse(source)
    whole = Span(source.path, 1)
    root = parsed.root
    diagnostics = list(parsed.diagnostics)
    if not isinstance(root, Mapping):
        if not diagnostics:
            message = "The file is empty or does not start with keys."
            diagnostics.append(Diagnostic("error", "no-mapping", message, source.path, whole))
        return Parsed(Body(whole), tuple(diagnostics), False)
    body = Body(root.span, tuple(_settings(root))) if values else Body(root.span, (), tuple(_blocks(root, _TOP)))
    return Parsed(body, tuple(diagnostics), parsed.complete)


def _settings(node: Mapping) -> Iterator[Setting]:
    for key, value in node.items():
        if key.value != "//":
            yield Setting(key.span.to(value.span), key.value, _value(value, 0, key.value not in _WITHOUT_TEMPLATES))


def _blocks(node: Mapping, kinds: frozenset[str]) -> Iterator[Block]:
    for key, value in node.items():
        if key.value in kinds:
            yield from _labelled(key.value, key.span, value, (), LABELS.get(key.value, 0))


def _labelled(kind: str, head: Span, node: Resolved, labels: tuple[Label, ...], left: int) -> Iterator[Block]:
    if isinstance(node, Sequence):
        for item in node.values():
            if not isinstance(item, Sequence):
                yield from _labelled(kind, head, item, labels, left)
    elif isinstance(node, Mapping):
        if left:
            for key, value in node.items():
                if key.value != "//":
                    yield from _labelled(kind, key.span, value, (*labels, Label(key.span, key.value)), left - 1)
            return
        nested = _IN_PLACE.get(kind, frozenset())
        settings = tuple(one for one in _settings(node) if one.name not in nested)
        yield Block(head.to(node.span), head, kind, labels, Body(node.span, settings, tuple(_blocks(node, nested))))


def _value(node: Resolved, depth: int, templates: bool = True) -> Expression:
    if depth > MAX_DEPTH:
        return Broken(node.span, "it is nested too deep")
    if isinstance(node, Scalar):
        if node.style == "plain":
            data = scalar_value(node)
            return Literal(node.span, data if not isinstance(data, float) or not data.is_integer() else int(data))
        return expression(node.value, node.span) if templates else Literal(node.span, node.value)
    if isinstance(node, Sequence):
        return TupleOf(node.span, tuple(_value(item, depth + 1) for item in node.values()))
    entries = [
        (Literal(key.span, key.value), _value(value, depth + 1))
        for key, value in node.items()
        if key.value != "//"
    ]
    return ObjectOf(node.span, tuple(entries))
