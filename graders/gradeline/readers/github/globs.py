"""GitHub's filter patterns for branches, tags and paths.

GitHub Docs, "Workflow syntax", Filter pattern cheat sheet: ``*`` does not cross ``/``, ``**`` does, ``?``
and ``+`` repeat what stands before them, ``[]`` lists characters, ``\\`` makes the next one literal, and
a leading ``!`` takes back what earlier patterns matched.  The order of patterns counts.

Matching follows all alternatives at once, so the time is bounded by pattern length times text length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

MAX_LENGTH = 1_000  # no branch, tag or path that GitHub allows needs a longer pattern


class _Item(NamedTuple):
    """One piece of a pattern: which character it takes, and whether it may be absent or repeat."""

    accepts: Callable[[str], bool]
    optional: bool = False
    repeats: bool = False


def _any(_: str) -> bool:
    return True


def _not_slash(character: str) -> bool:
    return character != "/"


def _exactly(wanted: str) -> Callable[[str], bool]:
    return lambda character: character == wanted


@lru_cache(maxsize=512)
def _items(pattern: str) -> list[_Item | None]:
    """The pieces of a pattern; None stands for ``**/`` at the start of a folder name."""
    items: list[_Item | None] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith("**", position):
            end = position
            while end < len(pattern) and pattern[end] == "*":
                end += 1
            at_folder = position == 0 or pattern[position - 1] == "/"
            if at_folder and end < len(pattern) and pattern[end] == "/":
                items.append(None)
                position = end + 1
            else:
                items.append(_Item(_any, optional=True, repeats=True))
                position = end
            continue
        position += 1
        if character == "*":
            items.append(_Item(_not_slash, optional=True, repeats=True))
        elif character in "?+" and items and items[-1] is not None:
            before = items[-1]
            items[-1] = _Item(before.accepts, before.optional or character == "?", before.repeats or character == "+")
        elif character == "[" and "]" in pattern[position:]:
            end = pattern.index("]", position)
            items.append(_Item(_class(pattern[position:end])))
            position = end + 1
        elif character == "\\" and position < len(pattern):
            items.append(_Item(_exactly(pattern[position])))
            position += 1
        else:
            items.append(_Item(_exactly(character)))
    return items


def _class(inside: str) -> Callable[[str], bool]:
    singles: set[str] = set()
    ranges: list[tuple[str, str]] = []
    position = 0
    while position < len(inside):
        if position + 2 < len(inside) and inside[position + 1] == "-":
            ranges.append((inside[position], inside[position + 2]))
            position += 3
        else:
            singles.add(inside[position])
            position += 1
    return lambda character: character in singles or any(low <= character <= high for low, high in ranges)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` matches one pattern (a leading ``!`` is not treated here)."""
    if len(pattern) > MAX_LENGTH:
        return False
    items = _items(pattern)
    states = _closure({0}, items)
    for character in text:
        following: set[int] = set()
        for state in states:
            if state >= len(items):
                continue
            item = items[state]
            if item is None:
                # Any number of whole folders: stay inside one, and be done after each slash.
                following.add(state)
                if character == "/":
                    following.add(state + 1)
            elif item.accepts(character):
                following.add(state + 1)
                if item.repeats:
                    following.add(state)
        # Folders can be passed without taking a character only where a folder name starts.
        states = _closure(following, items, entered_by=character)
        if not states:
            return False
    return len(items) in states


def _closure(states: set[int], items: list[_Item | None], entered_by: str = "/") -> set[int]:
    done: set[int] = set()
    todo = list(states)
    while todo:
        state = todo.pop()
        if state in done:
            continue
        done.add(state)
        if state < len(items):
            item = items[state]
            if (item is None and entered_by == "/") or (item is not None and item.optional):
                todo.append(state + 1)
    return done


def selected(patterns: Iterable[str], text: str) -> bool:
    """Whether a list of patterns takes ``text``: the last pattern that matches decides."""
    taken = False
    for pattern in patterns:
        if pattern.startswith("!") == taken and matches(pattern.removeprefix("!"), text):
            taken = not taken
    return taken


def example(pattern: str, filler: str) -> str | None:
    """A text that the pattern takes, with ``filler`` for what is open; None when none is found."""
    trial = ""
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "*":
            end = position
            while end < len(pattern) and pattern[end] == "*":
                end += 1
            trial += filler
            position = end
            continue
        if character == "[" and "]" in pattern[position:]:
            trial += pattern[position + 1 : position + 2]
            position = pattern.index("]", position) + 1
            continue
        if character == "\\":
            position += 1
            trial += pattern[position : position + 1]
        elif character not in "?+":
            trial += character
        position += 1
    return trial if trial and matches(pattern, trial) else None
