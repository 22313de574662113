"""YAML, JSON and TOML files as plain values with their places, read when a check asks for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from gradeline.model.document import Document, Key, Value
from gradeline.readers.project_source import FileText
from gradeline.source import HIDING, Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Node, Scalar, Sequence, merged_entries, parse, resolve, scalar_value

MAX_VALUES = 20_000
MAX_DEPTH = 32
_YAML = (".yaml", ".yml", ".json", ".snyk")


def is_document(path: str) -> bool:
    """Whether the ending says that a file holds values."""
    return path.endswith((*_YAML, ".toml"))


def read_document(path: str, read: Callable[[str], SourceFile | None]) -> Document | None:
    """The values of a file; None when it cannot be read at all.  Of several documents the first one counts."""
    source = read(path)
    if source is None:
        return None
    if path.endswith(".toml"):
        return _toml(source)
    return values_of(source)[0]


def values_of(source: SourceFile) -> tuple[Document, tuple[Diagnostic, ...]]:
    """The values of a YAML or JSON text, and what is wrong with it."""
    parsed = parse(source)
    problem = next((item.message for item in parsed.diagnostics if item.code in HIDING), "")
    found: dict[Key, Value] = {}
    root = resolve(parsed.documents[0]) if parsed.documents else None
    if root is not None:
        _yaml((), root, root.span, found, 0)
    return Document(source.path, Span(source.path, 1), found, problem), parsed.diagnostics


def _yaml(key: Key, node: Node, span: Span, found: dict[Key, Value], depth: int) -> None:
    known = resolve(node)
    if known is None or depth > MAX_DEPTH or len(found) >= MAX_VALUES:
        return
    if isinstance(known, Scalar):
        found[key] = Value(scalar_value(known), span)
    elif isinstance(known, Mapping):
        found[key] = Value(None, span, len(known.entries))
        for name, value in merged_entries(known):
            _yaml((*key, name.value), value, name.span.to(value.span) if _after(name, value) else value.span,
                  found, depth + 1)  # fmt: skip
    elif isinstance(known, Sequence):
        found[key] = Value(None, span, len(known.items))
        for number, item in enumerate(known.items):
            _yaml((*key, number), item, item.span, found, depth + 1)


def _after(name: Scalar, value: Node) -> bool:
    """Whether the value stands behind its key; one that is repeated by an alias may stand anywhere."""
    return (value.span.line, value.span.column) >= (name.span.line, name.span.column)


def _toml(source: SourceFile) -> Document:
    from gradeline.readers.project_toml import Toml, read_toml

    toml: Toml = read_toml(FileText(source))
    found: dict[Key, Value] = {}

    def put(key: Key, value: object, depth: int) -> None:
        if depth > MAX_DEPTH or len(found) >= MAX_VALUES:
            return
        span = toml.span(*key)
        if isinstance(value, dict):
            found[key] = Value(None, span, len(value))
            for name, inner in value.items():
                put((*key, name), inner, depth + 1)
        elif isinstance(value, list):
            found[key] = Value(None, span, len(value))
            for number, inner in enumerate(value):
                put((*key, number), inner, depth + 1)
        elif isinstance(value, date):
            found[key] = Value(value.isoformat()[:10], span)
        elif isinstance(value, bool | str):
            found[key] = Value(value, span)
        elif isinstance(value, int | float):
            found[key] = Value(float(value), span)

    put((), toml.data, 0)
    problem = toml.diagnostics[0].message if toml.diagnostics else ""
    return Document(source.path, Span(source.path, 1), found, problem)
