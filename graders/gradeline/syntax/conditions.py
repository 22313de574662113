"""Conditions on measured results in the expr language, as trees: ``len(result) > 0 && result[0] >= 0.95``.

expr-lang documentation, "Language Definition": literals, operators and their order, indexing, functions, and
predicates such as ``all(result, # > 0.9)``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gradeline.records import record
from gradeline.source import GradelineError

MAX_LENGTH = 2_000
MAX_DEPTH = 40


class ConditionError(GradelineError):
    """A condition that cannot be read; the message says where."""


@record
class Literal:
    value: str | float | bool | None


@record
class Name:
    name: str


@record
class Member:
    """``target.name`` or ``target[key]``."""

    target: Node
    key: Node


@record
class Call:
    function: str
    arguments: tuple[Node, ...]


@record
class Unary:
    operator: str
    operand: Node


@record
class Binary:
    operator: str
    left: Node
    right: Node


@record
class Choice:
    condition: Node
    yes: Node
    no: Node


@record
class ListOf:
    items: tuple[Node, ...]


Node = Literal | Name | Member | Call | Unary | Binary | Choice | ListOf

_TOKEN = re.compile(
    r"""\s+|(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+)|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<word>[A-Za-z_$][A-Za-z0-9_]*)|(?P<sign>&&|\|\||==|!=|<=|>=|\?\?|\?\.|\.\.|\*\*|[-+*/%<>!?:.,()\[\]{}#])"""
)
_RANKS = {
    "||": 2, "or": 2, "&&": 3, "and": 3, "==": 4, "!=": 4, "<": 4, ">": 4, "<=": 4, ">=": 4, "in": 4,
    "contains": 4, "startsWith": 4, "endsWith": 4, "matches": 4, "..": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
    "**": 8, "??": 9,
}  # fmt: skip
_DENIED = frozenset({"in", "contains", "startsWith", "endsWith", "matches"})  # after "not"
_WORDS = {"true": True, "false": False, "nil": None}


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """The tree of a condition.  Raises ConditionError.  A condition is asked about many results, so trees are kept."""
    if len(text) > MAX_LENGTH:
        raise ConditionError("it is too long to be read")
    parser = _Parser(_tokens(text))
    node = parser.choice(0)
    if parser.peek() is not None:
        raise ConditionError(f"`{parser.peek()}` stands where the condition should end")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ConditionError(f"`{text[place : place + 10]}` cannot be read")
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.place = 0

    def peek(self) -> str | None:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else None

    def take(self, wanted: str = "") -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise ConditionError("it ends too early")
        token = self.tokens[self.place]
        if wanted and token[1] != wanted:
            raise ConditionError(f"`{wanted}` is missing before `{token[1]}`")
        self.place += 1
        return token

    def choice(self, depth: int) -> Node:
        node = self.binary(0, depth + 1)
        if self.peek() == "?":
            self.take()
            yes = self.choice(depth + 1)
            self.take(":")
            return Choice(node, yes, self.choice(depth + 1))
        return node

    def binary(self, rank: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ConditionError("it is nested too deep")
        left = self.unary(depth + 1)
        for _ in range(MAX_LENGTH):
            operator = self.peek()
            negated = False
            if operator == "not" and self.place + 1 < len(self.tokens) and self.tokens[self.place + 1][1] in _DENIED:
                operator, negated = self.tokens[self.place + 1][1], True
            mine = _RANKS.get(operator or "")
            if operator is None or mine is None or mine <= rank:
                return left
            self.take()
            if negated:
                self.take()
            right = self.binary(mine, depth + 1)
            left = Binary({"or": "||", "and": "&&"}.get(operator, operator), left, right)
            if negated:
                left = Unary("!", left)
        return left

    def unary(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ConditionError("it is nested too deep")
        if self.peek() in ("!", "not", "-", "+"):
            operator = self.take()[1]
            return Unary("!" if operator == "not" else operator, self.unary(depth + 1))
        return self.after(self.primary(depth + 1), depth)

    def after(self, node: Node, depth: int) -> Node:
        while self.peek() in (".", "?.", "["):
            if self.take()[1] == "[":
                node = Member(node, self.choice(depth + 1))
                self.take("]")
            else:
                node = Member(node, Literal(self.take()[1]))
        return node

    def primary(self, depth: int) -> Node:
        kind, text = self.take()
        if kind == "number":
            return Literal(float(text))
        if kind == "string":
            return Literal(text[1:-1])
        if text == "(":
            node = self.choice(depth + 1)
            self.take(")")
            return node
        if text == "[":
            items: list[Node] = []
            while self.peek() != "]":
                items.append(self.choice(depth + 1))
                if self.peek() == ",":
                    self.take()
            self.take()
            return ListOf(tuple(items))
        if text == "#":
            return Name("#")
        if text == "{":  # the body of a predicate: all(result, {# > 1})
            node = self.choice(depth + 1)
            self.take("}")
            return node
        if kind != "word":
            raise ConditionError(f"`{text}` stands where a value should stand")
        if text in _WORDS:
            return Literal(_WORDS[text])
        if self.peek() == "(":
            self.take()
            arguments: list[Node] = []
            while self.peek() != ")":
                arguments.append(self.choice(depth + 1))
                if self.peek() == ",":
                    self.take()
            self.take()
            return Call(text, tuple(arguments))
        return Name(text)
