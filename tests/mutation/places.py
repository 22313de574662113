"""The place of a change, named by what stands there: such a name survives edits elsewhere in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """``line``: the text of the first damaged line.  ``under``: the lines that it is indented under, nearest first.  Both
    without the blanks around them, and both empty where a change is not about a line."""

    path: str
    line: str = ""
    under: tuple[str, ...] = ()


def place_of(files: Mapping[str, str], site: str) -> Place:
    """The place of a site ``path:12`` or ``path:12-15``; any other one is about the whole file."""
    path, _, where = site.partition(":")
    first = where.partition("-")[0]
    every = files.get(path, "").split("\n")
    if not first.isdecimal() or not 1 <= int(first) <= len(every):
        return Place(path)
    number = int(first) - 1
    depth, under = indent(every[number]), []
    for line in reversed(every[:number]):
        if line.strip() and not line.strip().startswith("#") and indent(line) < depth:
            under.append(line.strip())
            depth = indent(line)
    return Place(path, every[number].strip(), tuple(under))


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def fits(text: str, pattern: str) -> bool:
    """Whether a text is what a pattern says; ``*`` stands for anything, and every other sign for itself."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def fits_one(text: str, patterns: str | Sequence[str]) -> bool:
    return any(fits(text, one) for one in ([patterns] if isinstance(patterns, str) else patterns))
