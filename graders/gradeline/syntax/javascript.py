"""The constants of a JavaScript file: ``const NAME = literal``, located.  Everything else is left alone.

A value is a ``str``, a ``float``, a ``bool``, a ``list`` or a ``dict`` of ``Located`` values; None stands for an
expression.  Bounded: at most ``MAX_TOKENS`` tokens, ``MAX_DEPTH`` levels.  Source: ECMA-262, "Primary Expression".
"""

from __future__ import annotations

import re
from typing import Any

from gradeline.records import record
from gradeline.source import SourceFile, Span

MAX_TOKENS = 20_000
MAX_DEPTH = 30
_TOKEN = re.compile(
    r"\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|"
    r"(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)|(?P<template>`(?:[^`\\]|\\.)*`)|"
    r"(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_$][\w$]*)|(?P<mark>\.\.\.|=>|[=!]==?|.)",
    re.DOTALL,
)


@record
class Token:
    kind: str
    text: str
    start: int


@record
class Located:
    """A value and where it is written.  ``value`` None: an expression."""

    value: Any
    span: Span


class _Reader:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.tokens = significant(source.text)
        self.lines = [0, *(match.end() for match in re.finditer("\n", source.text))]
        self.known: dict[str, Located] = {}

    def span(self, token: Token) -> Span:
        from bisect import bisect_right

        line = bisect_right(self.lines, token.start)
        column = token.start - self.lines[line - 1] + 1
        return Span(self.source.path, line, column, line, column + len(token.text))

    def constants(self) -> dict[str, Located]:
        depth = 0
        for position, token in enumerate(self.tokens):
            if token.text in "({[" and token.kind == "mark":
                depth += 1
            elif token.text in ")}]" and token.kind == "mark":
                depth -= 1
            here = self.tokens[position : position + 3]
            if depth == 0 and token.text in ("const", "let", "var") and len(here) == 3 and here[2].text == "=":
                self.known[here[1].text] = self.value(position + 3, 0)[0]
        return self.known

    def value(self, at: int, depth: int) -> tuple[Located, int]:
        """The value that starts at a token, and the token after it."""
        if at >= len(self.tokens) or depth > MAX_DEPTH:
            return Located(None, Span(self.source.path, 1)), len(self.tokens)
        token = self.tokens[at]
        found: Any = None
        end = at + 1
        if token.kind == "text":
            found = token.text[1:-1]
        elif token.kind == "number":
            found = float(token.text.replace("_", ""))
        elif token.text in ("true", "false"):
            found = token.text == "true"
        elif token.kind == "name" and token.text in self.known:
            found = self.known[token.text].value
        elif token.text == "[":
            found, end = self._list(at + 1, depth + 1)
        elif token.text == "{":
            found, end = self._object(at + 1, depth + 1)
        if end < len(self.tokens) and self.tokens[end].text not in (",", "]", "}", ";", ")") and not (
            self.tokens[end].kind == "name" or depth == 0):  # fmt: skip
            found, end = None, self._skip(end)
        return Located(found, self.span(token)), end

    def _list(self, at: int, depth: int) -> tuple[list[Located], int]:
        found: list[Located] = []
        while at < len(self.tokens) and self.tokens[at].text != "]":
            one, at = self.value(at, depth)
            found.append(one)
            at = self._comma(at)
        return found, at + 1

    def _object(self, at: int, depth: int) -> tuple[dict[str, Located], int]:
        found: dict[str, Located] = {}
        while at < len(self.tokens) and self.tokens[at].text != "}":
            token = self.tokens[at]
            if token.kind in ("text", "name") and at + 1 < len(self.tokens) and self.tokens[at + 1].text == ":":
                one, end = self.value(at + 2, depth)
                place = self.span(token) if one.value is None else one.span
                found[token.text.strip("\"'`")] = Located(one.value, place)
            else:
                found["..."] = Located(None, self.span(token))
                end = self._skip(at)
            at = self._comma(max(end, at + 1))
        return found, at + 1

    def _comma(self, at: int) -> int:
        if at < len(self.tokens) and self.tokens[at].text not in (",", "]", "}"):
            at = self._skip(at)
        return at + 1 if at < len(self.tokens) and self.tokens[at].text == "," else at

    def _skip(self, at: int) -> int:
        """Past an expression, to the comma or bracket after it."""
        depth = 0
        while at < len(self.tokens):
            text = self.tokens[at].text if self.tokens[at].kind == "mark" else ""
            if depth == 0 and text in (",", "]", "}", ")", ";") and text:
                return at
            depth += (text in ("(", "{", "[")) - (text in (")", "}", "]"))
            at += 1
        return at


def constants(source: SourceFile) -> dict[str, Located]:
    """The values of the names that the file binds outside functions."""
    return _Reader(source).constants()


def significant(text: str) -> list[Token]:
    """The tokens of a file without white space and comments."""
    found: list[Token] = []
    position = 0
    while position < len(text) and len(found) < MAX_TOKENS:
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            break
        if match.lastgroup is not None:
            found.append(Token(match.lastgroup, match[0], position))
        position = match.end()
    return found
