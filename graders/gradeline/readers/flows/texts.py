"""Values of an orchestration as texts with places."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from gradeline.model.code import Module
from gradeline.model.expression import Constant, Expression, Secret, Unresolved
from gradeline.model.pipeline import Bound, Variable
from gradeline.model.text import Hole, Text
from gradeline.readers.flows.values import Joined, Runtime, Unknown, is_plain
from gradeline.readers.texts import number_text
from gradeline.source import Span

_TAG = re.compile(r"\{\{[^{}\n]{1,200}\}\}")
Tags = Callable[[str, Span], Expression]


def text_of(module: Module, value: Any, node: ast.AST, tags: Tags | None = None) -> Text:
    """The value as text; what a run brings is a hole.  ``tags`` reads ``{{ ... }}`` inside constants."""
    span = module.span(node)
    if isinstance(value, str):
        lines = _lines(module, node, value)
        if lines:
            span = Span(span.path, *lines[0], span.end_line, span.end_column)
        return Text(value, span, _holes(value, span, tags), lines)
    if isinstance(value, bool | int | float):
        return Text(number_text(value), span)
    parts = value.parts if isinstance(value, Joined) else (value,)
    raw = ""
    holes: list[Hole] = []
    for part in parts:
        if isinstance(part, str):
            holes.extend(Hole(hole.start + len(raw), hole.end + len(raw), hole.expression)
                         for hole in _holes(part, span, tags))  # fmt: skip
            raw += part
            continue
        spelling = "{{value}}"
        holes.append(Hole(len(raw), len(raw) + len(spelling), expression_of(part, span)))
        raw += spelling
    return Text(raw, span, tuple(holes))


def expression_of(value: Any, span: Span) -> Expression:
    if isinstance(value, Runtime):
        return value.expression
    if isinstance(value, str | int | float | bool) or value is None:
        return Constant(float(value) if isinstance(value, int) and not isinstance(value, bool) else value, span)
    return Unresolved(value.reason if isinstance(value, Unknown) else "its value is computed", span)


def _holes(raw: str, span: Span, tags: Tags | None) -> tuple[Hole, ...]:
    if tags is None or "{{" not in raw:
        return ()
    return tuple(Hole(one.start(), one.end(), tags(one.group()[2:-2].strip(), span)) for one in _TAG.finditer(raw))


def _lines(module: Module, node: ast.AST, value: str) -> tuple[tuple[int, int], ...]:
    """Where the lines of a string start, when it is written as it is: no escapes, in one piece."""
    if not isinstance(node, ast.Constant):
        return ()
    span = module.span(node)
    text = module.source.line(span.line)[span.column - 1 :]
    opened = re.match(r"[rRuUbB]{0,2}(\"\"\"|'''|\"|')", text)
    if opened is None:
        return ()
    first = (span.line, span.column + opened.end())
    if len(opened.group(1)) == 3 and text[opened.end() :].rstrip("\r\n") == "\\":
        first = (span.line + 1, 1)  # the line after the quotes goes on with the next one
    found: list[tuple[int, int]] = []
    for number, line in enumerate(value.split("\n")):
        row, column = (first[0] + number, 1) if number else first
        if not module.source.line(row)[column - 1 :].startswith(line):
            return ()
        found.append((row, column))
    return tuple(found)


def constant(value: str, span: Span) -> Text:
    return Text(value, span)


def secret_variable(name: str, secret: str, span: Span) -> Variable:
    """A variable whose value comes from the store of the platform."""
    raw = f"secret {secret}"
    return Variable(name, Text(raw, span, (Hole(0, len(raw), Secret(secret, span)),)), "step", span)


def minutes(value: float | None, span: Span) -> Bound:
    """A limit in seconds as a bound in minutes; None: it is computed."""
    if value is None:
        return Bound(Text("{{value}}", span, (Hole(0, 9, Unresolved("the limit is computed", span)),)), span)
    return Bound(Text(number_text(value / 60), span), span)


def number(value: Any, span: Span) -> Text:
    """A number of attempts and the like; what is not known is a hole."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Text(number_text(value), span)
    return Text("{{value}}", span, (Hole(0, 9, expression_of(value, span)),))


def word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def known(value: Any) -> bool:
    return is_plain(value)
