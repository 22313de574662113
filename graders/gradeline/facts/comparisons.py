"""What a comparison in a document consists of: who is compared, by what, and which files it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from gradeline.facts.prose import Prose
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.syntax.markdown import Table

_PATH = re.compile(r"(?<![\w/.:-])(?:[\w.-]{1,80}/){1,8}[\w.-]{1,80}\.[A-Za-z]{1,8}(?![\w/])")


@record
class Criterion:
    """One thing that is compared: its name, and what is said of each option, in the order of the options."""

    name: str
    line: int
    said: tuple[str, ...]


@record
class Comparison:
    line: int
    criteria: tuple[Criterion, ...]


def comparison(document: Prose, options: Sequence[Sequence[str]]) -> Comparison | None:
    """The largest table that has all options, as columns or as rows."""
    found = [one for table in document.tables if (one := _across(table, options) or _down(table, options)) is not None]
    return max(found, key=lambda one: len(one.criteria), default=None)


def _across(table: Table, options: Sequence[Sequence[str]]) -> Comparison | None:
    places = _places(table.header[1:], options)
    if places is None:
        return None
    criteria = tuple(
        Criterion(cells[0], line, tuple(cells[place + 1] if place + 1 < len(cells) else "" for place in places))
        for line, cells in table.rows
        if cells and any(cells)
    )
    return Comparison(table.line, criteria)


def _down(table: Table, options: Sequence[Sequence[str]]) -> Comparison | None:
    places = _places([cells[0] if cells else "" for _, cells in table.rows], options)
    if places is None:
        return None
    rows = [table.rows[place] for place in places]
    criteria = tuple(
        Criterion(name, rows[0][0], tuple(cells[column] if column < len(cells) else "" for _, cells in rows))
        for column, name in enumerate(table.header)
        if column > 0
    )
    return Comparison(table.line, criteria)


def _places(cells: Sequence[str], options: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    found: list[int] = []
    for names in options:
        place = next((number for number, cell in enumerate(cells) if number not in found and says(cell, names)), None)
        if place is None:
            return None
        found.append(place)
    return tuple(found)


def says(text: str, names: Sequence[str]) -> bool:
    """Whether one of the names stands in the text at the beginning of a word, whatever the letter case."""
    low = text.lower()
    return any(re.search(rf"(?<!\w){re.escape(name.lower())}", low) for name in names)


def named_files(document: Prose, project: Project, patterns: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    """The files of the submission that a document names, and those in its folders that are not there, by line."""
    there: dict[str, int] = {}
    missing: dict[str, int] = {}
    folders = {path.rpartition("/")[0] for path in project.paths if "/" in path}
    wanted = [path for path in project.paths if any(fnmatchcase(path, pattern) for pattern in patterns)]
    for line, text in texts(document):
        for path in wanted:
            if path not in there and _names(text, path):
                there[path] = line
        for found in _PATH.finditer(text):
            path = found[0].removeprefix("./")
            if path.rpartition("/")[0] in folders and path not in project.paths:
                missing.setdefault(path, line)
    return there, missing


def _names(text: str, path: str) -> bool:
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) for name in (path, path.rpartition("/")[2]))


def texts(document: Prose) -> list[tuple[int, str]]:
    """Every line and every row of a table, once, in order."""
    found = {item.number: item.text for part in document.sections for item in part.lines}
    for table in document.tables:
        found[table.line] = " ".join(table.header)
        found.update({line: " ".join(cells) for line, cells in table.rows})
    return sorted(found.items())
