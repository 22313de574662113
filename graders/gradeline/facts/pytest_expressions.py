"""The small language of pytest's ``-k`` and ``-m``: names, ``and``, ``or``, ``not`` and parentheses.

Read with a stack, so that no depth of parentheses matters (pytest documentation, Using -k expr).
"""

from __future__ import annotations

import re

from gradeline.records import record

MAX_TOKENS = 2000
_TOKEN = re.compile(r"\s*(?:(\()|(\))|([:\w+.\[\]\\/-]+))")
_BINDING = {"or": 1, "and": 2, "not": 3}


@record
class Names:
    """The names an expression is asked about.  ``exact``: a whole name (``-m``), else a part of one
    without regard to case (``-k``).  ``unseen``: the test has further names that are not known."""

    names: frozenset[str]
    exact: bool
    unseen: bool

    def answer(self, word: str) -> bool | None:
        if self.exact:
            return word in self.names
        if any(word.lower() in name for name in self.names):
            return True
        return None if self.unseen else False


@record
class Expression:
    """An expression in postfix order; ``known`` false when it cannot be read."""

    items: tuple[str, ...]
    known: bool = True


def parse_expression(text: str | None) -> Expression | None:
    """The expression, None when there is none; an unknown or unreadable one is not ``known``."""
    if text is None:
        return Expression((), False)
    if not text.strip():
        return None
    tokens = _tokens(text)
    if tokens is None:
        return Expression((), False)
    postfix = _postfix(tokens)
    return Expression((), False) if postfix is None else Expression(tuple(postfix))


def _tokens(text: str) -> list[str] | None:
    found: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(found) >= MAX_TOKENS:
            return None
        found.append(match[1] or match[2] or match[3])
        position = match.end()
    return found


def _postfix(tokens: list[str]) -> list[str] | None:
    output: list[str] = []
    waiting: list[str] = []
    operand_next = True
    for token in tokens:
        if token == "(" or token == "not":
            if not operand_next:
                return None
            waiting.append(token)
        elif token in ("and", "or"):
            if operand_next:
                return None
            while waiting and waiting[-1] != "(" and _BINDING[waiting[-1]] >= _BINDING[token]:
                output.append(waiting.pop())
            waiting.append(token)
            operand_next = True
        elif token == ")":
            if operand_next:
                return None
            while waiting and waiting[-1] != "(":
                output.append(waiting.pop())
            if not waiting:
                return None
            waiting.pop()
        else:
            if not operand_next:
                return None
            output.append("=" + token)
            operand_next = False
    if operand_next or "(" in waiting:
        return None
    output.extend(reversed(waiting))
    return output


def evaluate(expression: Expression, names: Names) -> bool | None:
    """Whether the names satisfy the expression; None when that is not known."""
    if not expression.known:
        return None
    stack: list[bool | None] = []
    for item in expression.items:
        if item.startswith("="):
            word = item[1:]
            stack.append({"True": True, "False": False}.get(word, names.answer(word)))
        elif item == "not":
            value = stack.pop()
            stack.append(None if value is None else not value)
        else:
            right, left = stack.pop(), stack.pop()
            stopping = item == "or"
            if left is stopping or right is stopping:
                stack.append(stopping)
            else:
                stack.append(None if left is None or right is None else not stopping)
    return stack[-1]
