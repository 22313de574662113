"""Policies that are written as JSON text: their parts with the lines they stand in.

Holes in the text (``${aws_s3_bucket.data.arn}``) become parts again where they stood.
"""

from __future__ import annotations

from gradeline.model.infrastructure import Items, Mixed, Plain, Reference, Table, Unresolved, Value
from gradeline.readers.terraform.values import MAX_TEXT, items, joined, table
from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse, scalar_value

_MARK = "\ue000"
Hole = Plain | Reference | Unresolved


def decoded(value: Value) -> Value:
    """The document that a text holds; the value itself when it is no JSON object or list."""
    parts: tuple[Hole, ...] = value.parts if isinstance(value, Mixed) else (value,) if isinstance(value, Plain) else ()
    first = parts[0] if parts else None
    if not isinstance(first, Plain) or not isinstance(first.data, str) or first.data.lstrip()[:1] not in ("{", "["):
        return value
    holes: list[Hole] = []
    pieces = []
    for part in parts:
        if isinstance(part, Plain):
            pieces.append(str(part.data).replace(_MARK, ""))
        else:
            pieces.append(f"{_MARK}{len(holes)}{_MARK}")
            holes.append(part)
    text = "".join(pieces)
    if len(text) > MAX_TEXT:
        return value
    parsed = parse(SourceFile(value.span.path, text))
    root = parsed.root
    if not parsed.complete or not isinstance(root, Mapping | Sequence) or root.style != "flow":
        return value
    return _Document(value.span, holes).value(root)


class _Document:
    def __init__(self, span: Span, holes: list[Hole]) -> None:
        self.holes = holes
        self.outer = span
        # A heredoc starts in the line after its mark, a whole file in its first line; others are in one place.
        whole = (span.line, span.column) == (1, 1)
        self.shift = -1 if span.end_line <= span.line else 0 if whole else span.line

    def place(self, span: Span) -> Span:
        if self.shift < 0:
            return self.outer
        line = span.line + self.shift
        return Span(span.path, line, span.column, line, span.end_column) if line <= self.outer.end_line else self.outer

    def value(self, node: Resolved) -> Value:
        span = self.place(node.span)
        if isinstance(node, Mapping):
            entries = {key.value: self.value(value) for key, value in node.items()}
            places = {key.value: self.place(key.span) for key, _ in node.items()}
            return table(span, entries, places)
        if isinstance(node, Sequence):
            return items(span, [self.value(item) for item in node.values()])
        assert isinstance(node, Scalar)
        if _MARK not in node.value:
            data = scalar_value(node) if node.style == "plain" else node.value
            return Plain(span, data)
        parts: list[Value] = []
        for number, piece in enumerate(node.value.split(_MARK)):
            if number % 2 == 0:
                if piece:
                    parts.append(Plain(span, piece))
            elif piece.isdecimal() and len(piece) < 6 and int(piece) < len(self.holes):
                parts.append(self.holes[int(piece)])
        return parts[0] if len(parts) == 1 else joined(span, parts)


def is_document(value: Value) -> bool:
    return isinstance(value, Items | Table)
