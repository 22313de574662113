"""``test``, ``[`` and ``[[``: true, false or not known."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from gradeline.facts.shell_state import HIDDEN

UNARY = frozenset(
    {
        "-a",
        "-b",
        "-c",
        "-d",
        "-e",
        "-f",
        "-g",
        "-h",
        "-k",
        "-n",
        "-p",
        "-r",
        "-s",
        "-t",
        "-u",
        "-v",
        "-w",
        "-x",
        "-z",
        "-G",
        "-L",
        "-N",
        "-O",
        "-S",
    }
)
BINARY = frozenset(["=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"])


def check_test(words: list[str], exists: Callable[[str], bool | None], extended: bool) -> bool | None:
    """The truth of a test expression, None when it depends on something unknown.

    ``exists`` answers for a path of the workspace; ``extended`` is ``[[ ]]``, where ``&&``, ``||`` and
    pattern matching are part of the language.  A malformed test is false, as the shell has it.
    """
    position = 0

    def peek() -> str | None:
        return words[position] if position < len(words) else None

    def disjunction(depth: int) -> bool | None:
        nonlocal position
        value = conjunction(depth)
        while peek() in ("-o", "||"):
            position += 1
            other = conjunction(depth)
            value = True if True in (value, other) else (None if None in (value, other) else False)
        return value

    def conjunction(depth: int) -> bool | None:
        nonlocal position
        value = primary(depth)
        while peek() in ("-a", "&&"):
            position += 1
            other = primary(depth)
            value = False if False in (value, other) else (None if None in (value, other) else True)
        return value

    def primary(depth: int) -> bool | None:
        nonlocal position
        word = peek()
        if word is None or depth > 40:
            return False
        following = words[position + 1] if position + 1 < len(words) else None
        if following in BINARY and position + 2 < len(words):
            position += 3
            return _binary(word, following, words[position - 1], extended)
        if word == "!":
            position += 1
            inner = primary(depth + 1)
            return None if inner is None else not inner
        if word == "(":
            position += 1
            inner = disjunction(depth + 1)
            position += 1
            return inner
        if word in UNARY and following is not None:
            position += 2
            return _unary(word, following, exists)
        position += 1
        return _filled(word)

    return disjunction(0)


def _filled(word: str) -> bool | None:
    """Whether a word is not empty; None when every stretch of it is unknown.  A traced run has signs in its words."""
    if HIDDEN not in word:
        return word != ""
    from gradeline.facts.traces import plain

    return True if plain(word).strip(HIDDEN) else None


def _unary(operator: str, word: str, exists: Callable[[str], bool | None]) -> bool | None:
    if operator in ("-n", "-z"):
        filled = _filled(word)
        return filled if operator == "-n" or filled is None else not filled
    if operator in ("-e", "-f", "-d", "-r", "-s") and HIDDEN not in word:
        return exists(word)
    return None


def _binary(left: str, operator: str, right: str, extended: bool) -> bool | None:
    if HIDDEN in left or HIDDEN in right:
        return None
    if operator in ("=", "==", "!="):
        equal = fnmatchcase(left, right) if extended and set(right) & set("*?[") else left == right
        return equal if operator != "!=" else not equal
    numbers = {"-eq": 0, "-ne": 0, "-lt": 0, "-le": 0, "-gt": 0, "-ge": 0}
    if operator in numbers:
        try:
            a, b = int(left or "0"), int(right or "0")
        except ValueError:
            return False
        return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}[operator]
    if operator in ("<", ">"):
        return left < right if operator == "<" else left > right
    if operator == "=~" and extended:
        from gradeline.facts import patterns  # extended regular expressions, which RE2 takes with the same meaning

        return patterns.search(right, left)
    return None
