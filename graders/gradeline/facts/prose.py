"""What a document of the repository says: sections, tables, and numbers that can be compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.markdown import Section, Table, sections

_TASK = re.compile(r"(?:\d{1,3}[.)] )?\[[ xX]\]\s*(?=\S)")
_LABEL = 60  # characters before a colon that still name what stands behind it
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,9}(?:[.,]\d{1,6})?")


@record
class Number:
    value: float
    span: Span
    shown: str


class Prose:
    """One Markdown document."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.sections = sections(text)

    def place(self, line: int) -> Span:
        return Span(self.path, line)

    def section(self, names: Sequence[str]) -> Section | None:
        """The first section whose heading holds one of the names."""
        return next((part for part in self.sections if part.level and _holds(part.title, names)), None)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, once."""
        found = {table.line: table for part in self.sections for table in part.tables}
        return tuple(found[line] for line in sorted(found))

    @property
    def tasks(self) -> tuple[int, ...]:
        """The lines of the tasks that can be ticked."""
        return tuple(dict.fromkeys(
            item.number for part in self.sections for item in part.lines if _TASK.match(item.text)
        ))  # fmt: skip

    def asks_for(self, names: Sequence[str]) -> int | None:
        """The first line that asks its reader for something of that name: a heading, a task, a label before a colon,
        a question, or the first cell of a row."""
        found = [part.line for part in self.sections if part.level and _holds(part.title, names)]
        for part in self.sections:
            for item in part.lines:
                has_label = ":" in item.text[:_LABEL]  # what stands behind it says what is meant
                asked = item.text if has_label or _TASK.match(item.text) or item.text.endswith("?") else ""
                if asked and _holds(asked, names):
                    found.append(item.number)
        found += [line for table in self.tables for line, cells in table.rows if cells and _holds(cells[0], names)]
        return min(found, default=None)

    def number(self, names: Sequence[str], column: Sequence[str]) -> Number | None:
        """The number that stands for a name: in the row of a table and one of its columns, else behind the name."""
        for table in self.tables:
            wanted = [place for place, cell in enumerate(table.header) if column and _holds(cell, column)]
            for line, cells in table.rows:
                if not cells or not _holds(cells[0], names):
                    continue
                for place in wanted or range(1, len(cells)):
                    if place < len(cells) and (found := self._first(cells[place], line)) is not None:
                        return found
        for part in self.sections:
            for item in part.lines:
                place = _place(item.text, names)
                if place >= 0 and (found := self._first(item.text[place:], item.number)) is not None:
                    return found
        return None

    def statement(self, names: Sequence[str], column: Sequence[str]) -> tuple[str, Span] | None:
        """The text that stands for a name: in the row of a table and one of its columns, else behind the name."""
        for table in self.tables:
            wanted = [place for place, cell in enumerate(table.header) if column and _holds(cell, column)]
            if column and not wanted:
                continue
            for line, cells in table.rows:
                if cells and _holds(cells[0], names):
                    place = wanted[0] if wanted else 1
                    if place < len(cells) and cells[place].strip():
                        return cells[place], self.place(line)
        for part in self.sections:
            for item in part.lines:
                if (end := _place(item.text, names)) >= 0 and item.text[end:].strip(" :"):
                    return item.text[end:].strip(" :"), self.place(item.number)
        return None

    def _first(self, text: str, line: int) -> Number | None:
        found = _NUMBER.search(text)
        if found is None:
            return None
        return Number(float(found[0].replace(",", ".")), self.place(line), found[0])


def prose(project: Project, path: str) -> Prose | None:
    source = project.files.get(path)
    return None if source is None else Prose(path, source.text)


def first_of(project: Project, paths: Sequence[str]) -> Prose | None:
    """The first of some documents that is there; the letter case of names does not matter."""
    known = {path.lower(): path for path in reversed(project.paths)}
    return next((prose(project, known[path.lower()]) for path in paths if path.lower() in known), None)


def columns(table: Table, names: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    """The places of all these columns in a table; None when one is missing."""
    found: list[int] = []
    for wanted in names:
        place = next((number for number, cell in enumerate(table.header) if _holds(cell, wanted)), None)
        if place is None:
            return None
        found.append(place)
    return tuple(found)


def _holds(text: str, names: Sequence[str]) -> bool:
    return _place(text, names) >= 0


def _place(text: str, names: Sequence[str]) -> int:
    """Where one of the names ends in the text, whatever the letter case; -1 when none is there."""
    low = " ".join(text.lower().split())
    for name in names:
        start = low.find(name.lower())
        if start >= 0:
            return start + len(name)
    return -1
