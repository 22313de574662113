"""Path patterns as change filters use them: ``*`` stays in a folder, ``**`` crosses folders."""

from __future__ import annotations


def matches(path: str, pattern: str) -> bool:
    """Whether the whole ``path`` matches; linear in practice, without regular expressions.

    Semantics as in picomatch and GitHub's filter patterns: ``**/x`` also matches ``x`` at the top.
    """
    return _match(tuple(path.split("/")), tuple(pattern.removeprefix("./").split("/")))


def _match(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    reachable = {0}
    for pattern in patterns:
        if pattern == "**":
            reachable = set(range(min(reachable), len(parts) + 1)) if reachable else set()
            continue
        reachable = {at + 1 for at in reachable if at < len(parts) and _part(parts[at], pattern)}
        if not reachable:
            return False
    return len(parts) in reachable


def _part(text: str, pattern: str) -> bool:
    """One path part against a pattern of ``*`` and ``?``, in O(len(text) * len(pattern))."""
    at = mark = 0
    star = -1
    position = 0
    while at < len(text):
        if position < len(pattern) and pattern[position] == "*":
            star, mark = position, at
            position += 1
        elif position < len(pattern) and pattern[position] in ("?", text[at]):
            at += 1
            position += 1
        elif star >= 0:
            mark += 1
            at, position = mark, star + 1
        else:
            return False
    return set(pattern[position:]) <= {"*"}
