"""What a shell's arithmetic gives, and what ``bc`` and an ``awk`` without input make of the same signs.

Facts: Bash Reference Manual, "Shell Arithmetic" (integers; a name without a value is 0; division truncates toward zero;
a value that is no number is an error); POSIX, ``bc`` (``scale`` is 0 at first; comparisons give 1 or 0).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

_TOKEN = re.compile(
    r"\s*(?:(\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})|([A-Za-z_]\w{0,80})|(\|\||&&|==|!=|<=|>=|[-+*/%<>!?:()]))"
)
_DEEPEST = 15  # brackets and choices inside one another
_LONGEST = 120
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))
Number = Fraction


def calculate(text: str, value: Callable[[str], Number | None], scale: int | None = None) -> Number | None:
    """The value of an expression; None when it is not known or not understood.

    ``value`` gives the number behind a name.  ``scale``: digits after the point that a division keeps, and None keeps
    all of them.  Division by zero raises ``ZeroDivisionError``.
    """
    tokens: list[str] = []
    position = 0
    written = text.strip()
    while position < len(written):
        match = _TOKEN.match(written, position)
        if match is None or len(tokens) >= _LONGEST:
            return None
        tokens.append(match[0].strip())
        position = match.end()
    reader = _Reader(tokens, value, scale)
    try:
        found = reader.choice()
    except _Unclear:
        return None
    return found if reader.position == len(tokens) else None


class _Unclear(Exception):
    pass


class _Reader:
    def __init__(self, tokens: list[str], value: Callable[[str], Number | None], scale: int | None) -> None:
        self.tokens, self.value, self.scale, self.position = tokens, value, scale, 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def choice(self) -> Number:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unclear
        found = self.level(0)
        if self.peek() == "?":
            self.position += 1
            yes = self.choice()
            if self.peek() != ":":
                raise _Unclear
            self.position += 1
            no = self.choice()
            found = yes if found else no
        self.depth -= 1
        return found

    def level(self, depth: int) -> Number:
        if depth == len(_LEVELS):
            return self.single()
        left = self.level(depth + 1)
        while self.peek() in _LEVELS[depth]:
            sign = self.peek()
            self.position += 1
            left = self.combined(left, sign, self.level(depth + 1))
        return left

    def combined(self, left: Number, sign: str, right: Number) -> Number:
        if sign in ("+", "-", "*"):
            return left + right if sign == "+" else left - right if sign == "-" else left * right
        if sign in ("/", "%"):
            whole = self.shortened(left / right)
            return whole if sign == "/" else left - right * Number(int(left / right))
        truths = {"||": bool(left or right), "&&": bool(left and right), "==": left == right, "!=": left != right,
                  "<=": left <= right, ">=": left >= right, "<": left < right, ">": left > right}  # fmt: skip
        return Number(int(truths[sign]))

    def shortened(self, number: Number) -> Number:
        if self.scale is None:
            return number
        return Number(int(number * 10**self.scale), 10**self.scale)

    def single(self) -> Number:
        token = self.peek()
        self.position += 1
        if token in ("-", "+", "!"):
            inner = self.single()
            return -inner if token == "-" else inner if token == "+" else Number(int(not inner))
        if token == "(":
            inner = self.choice()
            if self.peek() != ")":
                raise _Unclear
            self.position += 1
            return inner
        if token[:1].isdigit() or token[:1] == ".":
            if len(token) > 1 and token[0] == "0" and token.isdigit():
                raise _Unclear  # octal
            return Number(token.rstrip(".") or "0")
        if token[:1].isalpha() or token[:1] == "_":
            found = self.value(token)
            if found is not None:
                return found
        raise _Unclear
