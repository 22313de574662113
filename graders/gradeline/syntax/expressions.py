"""GitHub's expression language: where expressions are in a text, and the tree of one of them.

``find`` gives the ``${{ ... }}`` of a text, ``parse`` the syntax tree of what is inside.  Every node
and every error has offsets into the text that was given, so a reader can point at the very word.

Grammar, limits and literals follow GitHub Docs, "Evaluate expressions in workflows and actions", and
the reference lexer and parser of GitHub's own language server (actions/languageservices, folder
``expressions``): depth 50, 21,000 characters, ``'`` doubled inside text, ``!`` before comparison
before equality before ``&&`` before ``||``.  Which contexts and functions exist is the reader's business.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from gradeline.records import record
from gradeline.source import GradelineError

MAX_DEPTH = 50
MAX_LENGTH = 21_000


class ExpressionError(GradelineError):
    """An expression that GitHub would not accept.  ``offset`` is where it stops making sense."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Occurrence(NamedTuple):
    """One ``${{ ... }}``: ``text[start:end]`` with the delimiters, ``text[inner_start:inner_end]`` without."""

    start: int
    end: int
    inner_start: int
    inner_end: int

    @property
    def closed(self) -> bool:
        """False when ``}}`` is missing; the occurrence then reaches to the end of the text."""
        return self.end > self.inner_end


@record
class Literal:
    value: str | float | bool | None
    start: int
    end: int


@record
class Context:
    """A bare name: ``github``, ``needs``, ``matrix``, ..."""

    name: str
    start: int
    end: int


@record
class Property:
    """``target.name``"""

    target: Node
    name: str
    start: int
    end: int


@record
class Index:
    """``target[index]``"""

    target: Node
    index: Node
    start: int
    end: int


@record
class Filter:
    """``target.*`` or ``target[*]``: every item of a list, every value of an object."""

    target: Node
    start: int
    end: int


@record
class Function:
    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


@record
class Not:
    operand: Node
    start: int
    end: int


@record
class Comparison:
    """``operator`` is one of ``==`` ``!=`` ``<`` ``<=`` ``>`` ``>=``."""

    operator: str
    left: Node
    right: Node
    start: int
    end: int


@record
class Logical:
    """``operator`` is ``&&`` or ``||``, with two or more operands."""

    operator: str
    operands: tuple[Node, ...]
    start: int
    end: int


Node = Literal | Context | Property | Index | Filter | Function | Not | Comparison | Logical


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of ``node``, in source order."""
    if isinstance(node, Property | Filter):
        return (node.target,)
    if isinstance(node, Index):
        return (node.target, node.index)
    if isinstance(node, Function):
        return node.arguments
    if isinstance(node, Not):
        return (node.operand,)
    if isinstance(node, Comparison):
        return (node.left, node.right)
    if isinstance(node, Logical):
        return node.operands
    return ()


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it, parents first."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo.extend(reversed(children(current)))


def find(text: str) -> list[Occurrence]:
    """Every ``${{ }}`` of ``text`` in order.  ``}}`` inside quotes does not end one; the last one may be
    unterminated (``closed`` is false)."""
    found: list[Occurrence] = []
    start = text.find("${{")
    while start >= 0:
        inner = start + 3
        position = inner
        end = -1
        while end < 0:
            close = text.find("}}", position)
            quote = text.find("'", position)
            if close < 0:
                break
            if 0 <= quote < close:
                # A doubled quote reads as the end of one string and the start of the next, which is harmless.
                position = text.find("'", quote + 1) + 1
                if position == 0:
                    break
            else:
                end = close
        if end < 0:
            found.append(Occurrence(start, len(text), inner, len(text)))
            return found
        found.append(Occurrence(start, end + 2, inner, end))
        start = text.find("${{", end + 2)
    return found


class _Token(NamedTuple):
    kind: str  # number, string, name, operator, end
    text: str
    value: str | float | bool | None
    start: int
    end: int


_BOUNDARY = re.compile(r"[()\[\],.!<>=&|\s]")
_NUMBER_END = re.compile(r"[()\[\],!<>=&|\s]")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_BASED = re.compile(r"0x[0-9a-fA-F]+\Z|0o[0-7]+\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_OPERATORS = ("==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", ",", ".", "!", "<", ">", "*")
_WORDS: dict[str, bool | float | None] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": math.nan,
    "Infinity": math.inf,
}


def _number(word: str) -> float | None:
    """The value of a number in any form that GitHub reads, or None."""
    sign = -1.0 if word.startswith("-") else 1.0
    body = word[1:] if word[:1] in ("-", "+") else word
    if body == "Infinity":
        return sign * math.inf
    try:
        if _BASED.match(body):
            return sign * float(int(body, 0))
        return float(word) if _DECIMAL.match(word) else None
    except OverflowError:
        return sign * math.inf


def _tokens(text: str, start: int, end: int) -> list[_Token]:
    tokens: list[_Token] = []
    position = start
    while position < end:
        character = text[position]
        if character in " \t\r\n":
            position += 1
            continue
        token = _token(text, position, end, tokens[-1] if tokens else None)
        tokens.append(token)
        position = token.end
    tokens.append(_Token("end", "", None, end, end))
    return tokens


def _token(text: str, position: int, end: int, previous: _Token | None) -> _Token:
    character = text[position]
    if character == "'":
        return _string(text, position, end)
    follows_value = previous is not None and (previous.kind == "name" or previous.text in (")", "]", "*"))
    if character in "0123456789+-" or (character == "." and not follows_value):
        match = _NUMBER_END.search(text, position + 1, end)
        stop = match.start() if match else end
        number = _number(text[position:stop])
        if number is None:
            raise ExpressionError(position, f"`{_shown(text[position:stop])}` is not a number")
        return _Token("number", text[position:stop], number, position, stop)
    for operator in _OPERATORS:
        if text.startswith(operator, position) and position + len(operator) <= end:
            return _Token("operator", operator, None, position, position + len(operator))
    match = _BOUNDARY.search(text, position + 1, end)
    stop = match.start() if match else end
    word = text[position:stop]
    if not _NAME.match(word):
        hint = "; text needs single quotes" if character == '"' else ""
        raise ExpressionError(position, f"unexpected `{_shown(word)}`{hint}")
    if word in _WORDS and (previous is None or previous.text != "."):
        return _Token("literal", word, _WORDS[word], position, stop)
    return _Token("name", word, None, position, stop)


def _string(text: str, position: int, end: int) -> _Token:
    stop = position + 1
    while True:
        stop = text.find("'", stop, end)
        if stop < 0:
            raise ExpressionError(position, "a text that starts here has no closing quote")
        if stop + 1 < end and text[stop + 1] == "'":
            stop += 2
            continue
        value = text[position + 1 : stop].replace("''", "'")
        return _Token("string", text[position : stop + 1], value, position, stop + 1)


def _shown(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."


def parse(text: str, start: int = 0, end: int | None = None) -> Node:
    """The tree of the expression ``text[start:end]`` (without delimiters).  Raises ``ExpressionError``."""
    end = len(text) if end is None else end
    if end - start > MAX_LENGTH:
        raise ExpressionError(start, f"the expression is longer than {MAX_LENGTH} characters")
    return _Parser(_tokens(text, start, end)).parse()


_COMPARISONS = (("==", "!="), ("<", "<=", ">", ">="))


class _Parser:
    """Precedence climbing over the token list.  The height of the tree is bounded as well as the nesting
    of brackets, because ``a.b.c`` and ``a == b == c`` grow the tree without brackets."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.heights: dict[int, int] = {}

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def parse(self) -> Node:
        if self.token.kind == "end":
            raise ExpressionError(self.token.start, "the expression is empty")
        node = self.either()
        if self.token.kind != "end":
            raise ExpressionError(self.token.start, f"unexpected `{_shown(self.token.text)}`")
        return node

    def take(self, *operators: str) -> _Token | None:
        token = self.token
        if token.kind == "operator" and token.text in operators:
            self.position += 1
            return token
        return None

    def expect(self, operator: str) -> _Token:
        token = self.take(operator)
        if token is None:
            raise ExpressionError(self.token.start, f"expected `{operator}`{self.seen()}")
        return token

    def seen(self) -> str:
        return " but the expression ends" if self.token.kind == "end" else f" but found `{_shown(self.token.text)}`"

    def made(self, node: Node) -> Node:
        height = 1 + max((self.heights.get(id(child), 0) for child in children(node)), default=0)
        if height > MAX_DEPTH:
            raise ExpressionError(node.start, f"the expression is nested more than {MAX_DEPTH} levels deep")
        self.heights[id(node)] = height
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(self.token.start, f"the expression is nested more than {MAX_DEPTH} levels deep")

    def either(self) -> Node:
        return self.logical("||", 0)

    def logical(self, operator: str, level: int) -> Node:
        operands = [self.logical("&&", 1) if level == 0 else self.comparison(0)]
        while self.take(operator):
            operands.append(self.logical("&&", 1) if level == 0 else self.comparison(0))
        if len(operands) == 1:
            return operands[0]
        return self.made(Logical(operator, tuple(operands), operands[0].start, operands[-1].end))

    def comparison(self, level: int) -> Node:
        left = self.comparison(1) if level == 0 else self.unary()
        while token := self.take(*_COMPARISONS[level]):
            right = self.comparison(1) if level == 0 else self.unary()
            left = self.made(Comparison(token.text, left, right, left.start, right.end))
        return left

    def unary(self) -> Node:
        token = self.take("!")
        if token is None:
            return self.postfix()
        self.deeper()
        operand = self.unary()
        self.depth -= 1
        return self.made(Not(operand, token.start, operand.end))

    def postfix(self) -> Node:
        bracketed = self.token.text == "(" and self.token.kind == "operator"
        node = self.primary()
        if isinstance(node, Literal) and not bracketed:
            return node
        while True:
            if self.take("."):
                star = self.take("*")
                if star is not None:
                    node = self.made(Filter(node, node.start, star.end))
                elif self.token.kind == "name":
                    name = self.token
                    self.position += 1
                    node = self.made(Property(node, name.text, node.start, name.end))
                else:
                    raise ExpressionError(self.token.start, f"expected a name after `.`{self.seen()}")
            elif self.take("["):
                if self.take("*"):
                    node = self.made(Filter(node, node.start, self.expect("]").end))
                    continue
                self.deeper()
                index = self.either()
                self.depth -= 1
                node = self.made(Index(node, index, node.start, self.expect("]").end))
            else:
                return node

    def primary(self) -> Node:
        token = self.token
        if token.kind in ("number", "string", "literal"):
            self.position += 1
            return self.made(Literal(token.value, token.start, token.end))
        if token.kind == "name":
            self.position += 1
            return self.call(token) if self.take("(") else self.made(Context(token.text, token.start, token.end))
        if self.take("("):
            self.deeper()
            node = self.either()
            self.depth -= 1
            self.expect(")")
            return node
        if token.kind == "end":
            raise ExpressionError(token.start, "the expression ends too early")
        raise ExpressionError(token.start, f"unexpected `{token.text}`")

    def call(self, name: _Token) -> Node:
        self.deeper()
        arguments: list[Node] = []
        closing = self.take(")")
        while closing is None:
            arguments.append(self.either())
            if self.take(","):
                continue
            closing = self.expect(")")
        self.depth -= 1
        return self.made(Function(name.text, tuple(arguments), name.start, closing.end))
