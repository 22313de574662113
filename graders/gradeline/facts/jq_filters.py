"""What a filter of jq gives for a document: the part of the language that decides over a few numbers and results.

Facts: jq manual, "Basic filters", "Builtin operators and functions", "Conditionals and Comparisons", "Invoking jq"
(``--exit-status``: 1 when the last output is false or null; ``--raw-output``; ``--arg``, ``--argjson``).
A filter that needs more of the language is not understood, which is an answer of its own.  So is one that looks into
a text that is not wholly known (``HIDDEN``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from operator import add, eq, ge, gt, le, lt, ne, sub, truediv
from typing import Any

from gradeline.facts.jq_functions import (
    FUNCTIONS,
    WITH_FILTERS,
    Filter,
    Unclear,
    capped,
    clear,
    items_of,
    plain,
    short,
    times,
    true,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?)|(?P<field>\.[A-Za-z_]\w{0,80})|(?P<variable>\$\w{1,80})|"
    r"(?P<word>@?[A-Za-z_]\w{0,80})|(?P<sign>//|==|!=|<=|>=|[-+*/%<>|,.()\[\]?\";:]))"
)
_DEEPEST = 12  # brackets inside one another
_LONGEST = 120  # tokens: each may be one more function inside another
_NUMBERS = {"+": add, "-": sub, "*": times, "/": truediv, "%": math.fmod}
_TRUTHS = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def outputs(filter_text: str, document: Any, variables: Mapping[str, Any]) -> list[Any]:
    """The outputs of a filter in their order.  ``Unclear`` when that cannot be told."""
    try:
        reader = _Reader(filter_text[:2000], variables)
        made = reader.pipe()
        if reader.peek():
            raise Unclear(filter_text)
        return made(document)
    except (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError) as error:
        raise Unclear(filter_text) from error


class _Reader:
    """Reads a filter into one function: from an input to its outputs."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self.text, self.position, self.tokens, self.depth = text, 0, 0, 0
        self.variables = variables

    def peek(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None and self.text[self.position :].strip():
            raise Unclear(self.text)
        return match[match.lastgroup or 0] if match is not None else ""

    def take(self, wanted: str = "") -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None or (wanted and match[match.lastgroup or 0] != wanted):
            raise Unclear(self.text)
        self.tokens += 1
        if self.tokens > _LONGEST:
            raise Unclear(self.text)
        self.position = match.end()
        return match[match.lastgroup or 0]

    def pipe(self) -> Filter:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unclear(self.text)
        made = self.comma()
        while self.peek() == "|":
            self.take()
            made = _piped(made, self.comma())
        self.depth -= 1
        return made

    def comma(self) -> Filter:
        parts = [self.alternative()]
        while self.peek() == ",":
            self.take()
            parts.append(self.alternative())
        return parts[0] if len(parts) == 1 else lambda value: capped([one for part in parts for one in part(value)])

    def alternative(self) -> Filter:
        first = self.either()
        if self.peek() != "//":
            return first
        self.take()
        second = self.alternative()
        return lambda value: [one for one in first(value) if true(one)] or second(value)

    def either(self) -> Filter:
        return self._logic("or", lambda: self._logic("and", self.compared))

    def _logic(self, word: str, inner: Callable[[], Filter]) -> Filter:
        made = inner()
        while self.peek() == word:
            self.take()
            made = _lazy(made, inner(), word == "or")
        return made

    def compared(self) -> Filter:
        made = self.summed()
        if self.peek() not in _TRUTHS:
            return made
        sign = self.take()
        return _paired(made, self.summed(), _TRUTHS[sign])

    def summed(self) -> Filter:
        return self._calculated(("+", "-"), lambda: self._calculated(("*", "/", "%"), self.postfix))

    def _calculated(self, signs: tuple[str, ...], inner: Callable[[], Filter]) -> Filter:
        made = inner()
        while self.peek() in signs:
            function = _NUMBERS[self.take()]
            made = _paired(made, inner(), function)
        return made

    def postfix(self) -> Filter:
        made = self.term()
        while True:
            token = self.peek()
            if token == "?":
                self.take()
            elif token[:1] == "." and len(token) > 1:
                made = _piped(made, _named(self.take()[1:]))
            elif token == "[" or (token == "." and self.text[self.position :].lstrip()[1:2] in ("[", '"')):
                made = _piped(made, self.index(token))
            else:
                return made

    def index(self, token: str) -> Filter:
        if token == ".":
            self.take()
        if self.peek() == '"':
            return self._key(self.string())
        self.take("[")
        if self.peek() == "]":
            self.take()
            return items_of
        inner = self.pipe()
        self.take("]")
        return self._key(inner)

    def _key(self, inner: Filter) -> Filter:
        return lambda value: [_at(value, key) for key in inner(value)]

    def term(self) -> Filter:
        token = self.peek()
        if token == '"':
            return self.string()
        self.take()
        if token[:1].isdigit():
            number = float(token) if "." in token else int(token)
            return lambda value: [number]
        if token == ".":
            return self.index("") if self.peek() == '"' else lambda value: [value]
        if token[:1] == ".":
            return _named(token[1:])
        if token in ("(", "["):
            inner = self.pipe()
            self.take(")" if token == "(" else "]")
            return inner if token == "(" else lambda value: [inner(value)]
        if token == "-":
            return _mapped(self.postfix(), lambda value: -value)
        if token == "if":
            return self.condition()
        if token in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[token]
            return lambda value: [constant]
        if token == "empty":
            return lambda value: []
        if token[:1] == "$" and token[1:] in self.variables:
            known = self.variables[token[1:]]
            return lambda value: [known]
        if token == "not":
            return lambda value: [not true(value)]
        if token in WITH_FILTERS:
            return self.called(token)
        if token in FUNCTIONS:
            function = FUNCTIONS[token]
            if token == "length":  # of a list or an object: what is inside does not matter
                return lambda value: [function(value if isinstance(value, list | dict) else clear(value))]
            return lambda value: [function(clear(value))]
        raise Unclear(self.text)

    def called(self, name: str) -> Filter:
        """A function that takes filters: ``all(.[]; .result == "success")``."""
        given: list[Filter] = []
        if self.peek() == "(":
            self.take()
            given.append(self.pipe())
            while self.peek() == ";":
                self.take()
                given.append(self.pipe())
            self.take(")")
        made = WITH_FILTERS[name].get(len(given))
        if made is None:
            raise Unclear(self.text)
        return made(*given)

    def condition(self) -> Filter:
        test = self.pipe()
        self.take("then")
        yes = self.pipe()
        other: Filter = lambda value: [value]  # noqa: E731 - jq 1.7: without `else` the input goes through
        if self.peek() == "elif":
            self.take()
            other = self.condition()
        else:
            if self.peek() == "else":
                self.take()
                other = self.pipe()
            self.take("end")
        return lambda value: capped(
            [one for truth in test(value) for one in (yes if true(truth) else other)(value)]
        )

    def string(self) -> Filter:
        """A text in quotes, with ``\\(...)`` in it."""
        self.take('"')
        parts: list[str | Filter] = []
        text = self.text
        while self.position < len(text):
            letter = text[self.position]
            self.position += 1
            if letter == '"':
                return lambda value: [
                    short("".join(one if isinstance(one, str) else plain(one(value)[0]) for one in parts))
                ]
            if letter != "\\":
                parts.append(letter)
            elif text.startswith("(", self.position):
                self.take("(")
                parts.append(self.pipe())
                self.take(")")
            else:
                parts.append({"n": "\n", "t": "\t"}.get(text[self.position : self.position + 1], text[self.position]))
                self.position += 1
        raise Unclear(text)


def _piped(first: Filter, second: Filter) -> Filter:
    return lambda value: capped([one for middle in first(value) for one in second(middle)])


def _mapped(made: Filter, function: Callable[[Any], Any]) -> Filter:
    return lambda value: [function(one) for one in made(value)]


def _named(name: str) -> Filter:
    return lambda value: [_at(value, name)]


def _at(value: Any, key: Any) -> Any:
    return value.get(key) if isinstance(value, dict) else None if value is None else value[key]


def _paired(left: Filter, right: Filter, function: Callable[[Any, Any], Any]) -> Filter:
    return lambda value: capped([short(function(clear(a), clear(b))) for b in right(value) for a in left(value)])


def _lazy(left: Filter, right: Filter, either: bool) -> Filter:
    """``or`` and ``and``: the right side is only asked when the left one does not decide."""

    def decided(value: Any) -> list[Any]:
        found: list[Any] = []
        for first in left(value):
            found += [either] if true(first) is either else [true(second) for second in right(value)]
        return capped(found)

    return decided
