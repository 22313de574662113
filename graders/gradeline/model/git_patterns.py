"""Path patterns as Git writes them, matched in time linear in the path.

Git documentation, gitignore(5), "Pattern format"; Git source, ``wildmatch.c``.  Files with owners and tools that
share the notation differ in what follows from a match, not in how one part of a path is matched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

MAX_PATTERN = 1_000
MAX_PATH = 1_024

# A character, or ("any",) for `?`, ("star",) for `*`, ("set", test, negated) for `[...]`.
_Token = str | tuple[object, ...]
_CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum, "alpha": str.isalpha, "digit": str.isdigit, "lower": str.islower, "upper": str.isupper,
    "space": str.isspace, "blank": lambda one: one in " \t", "xdigit": lambda one: one in "0123456789abcdefABCDEF",
    "cntrl": lambda one: ord(one) < 32 or ord(one) == 127, "print": str.isprintable,
    "graph": lambda one: one.isprintable() and not one.isspace(),
    "punct": lambda one: one.isprintable() and not one.isalnum() and not one.isspace(),
}  # fmt: skip


def matches_path(pattern: str, path: str) -> bool:
    """Whether the whole path matches a pattern with folders: ``**/`` is any number of folders, a last ``/**``
    everything inside, and ``*`` stays in its folder."""
    if len(path) > MAX_PATH or len(pattern) > MAX_PATTERN:
        return False
    parts = path.split("/")
    wanted = pattern.split("/")
    reached = {0}
    for place, part in enumerate(wanted):
        if part == "**":
            first = min(reached)
            last = place == len(wanted) - 1
            reached = set(range(first + 1 if last else first, len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and matches_part(part, parts[at])}
        if not reached:
            return False
    return len(parts) in reached


@lru_cache(maxsize=4096)
def matches_part(pattern: str, name: str) -> bool:
    """Whether one name, without ``/``, matches a pattern without folders."""
    tokens = _tokens(pattern)
    if tokens is None:
        return False
    reached = {0}
    for token in tokens:
        if token == ("star",):
            reached = set(range(min(reached), len(name) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(name) and _fits(token, name[at])}
        if not reached:
            return False
    return len(name) in reached


def _fits(token: _Token, character: str) -> bool:
    if isinstance(token, str):
        return token == character
    if token[0] == "any":
        return True
    test, negated = token[1], token[2]
    assert callable(test)
    return bool(test(character)) != bool(negated)


@lru_cache(maxsize=1024)
def _tokens(pattern: str) -> tuple[_Token, ...] | None:
    """The parts of a pattern; None for one that Git never matches (an open ``[`` or a last ``\\``)."""
    found: list[_Token] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            if found[-1:] != [("star",)]:
                found.append(("star",))
        elif character == "?":
            found.append(("any",))
        elif character == "\\":
            if position >= len(pattern):
                return None
            found.append(pattern[position])
            position += 1
        elif character == "[":
            read = _set(pattern, position)
            if read is None:
                return None
            token, position = read
            found.append(token)
        else:
            found.append(character)
    return tuple(found)


def _set(pattern: str, position: int) -> tuple[_Token, int] | None:
    """``[...]`` from behind its bracket, and where it ends."""
    negated = pattern[position : position + 1] in ("!", "^")
    position += negated
    singles: set[str] = set()
    ranges: list[tuple[str, str]] = []
    tests: list[Callable[[str], bool]] = []
    first = True
    while True:
        character = pattern[position : position + 1]
        if not character:
            return None
        if character == "]" and not first:
            break
        first = False
        if character == "[" and pattern[position + 1 : position + 2] == ":":
            name, colon, _ = pattern[position + 2 :].partition(":]")
            if not colon or name not in _CLASSES:
                return None
            tests.append(_CLASSES[name])
            position += len(name) + 4
            continue
        if character == "\\":
            position += 1
            character = pattern[position : position + 1]
            if not character:
                return None
        position += 1
        if pattern[position : position + 1] == "-" and pattern[position + 1 : position + 2] not in ("", "]"):
            last = pattern[position + 1]
            position += 2
            if last == "\\":
                last = pattern[position : position + 1]
                position += 1
            ranges.append((character, last))
        else:
            singles.add(character)

    def test(one: str) -> bool:
        return one in singles or any(low <= one <= high for low, high in ranges) or any(ask(one) for ask in tests)

    return ("set", test, negated), position + 1
