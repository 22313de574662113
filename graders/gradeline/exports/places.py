"""A CSV file of somebody else, cell by cell with its place, so that some cells can change and all else stays.

RFC 4180 with what platforms really write: a byte order mark, commas or semicolons, CRLF or LF.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from gradeline.records import record
from gradeline.words import Told

LIMIT = 64 * 1024 * 1024  # bytes of one file; a course of 10,000 with 50 columns has 5 MB
_MARK = "\ufeff"
_ENDS = {one: re.compile(f"[{one}\r\n]") for one in (",", ";")}
_AT_FIRST = re.compile('"[^"]*"?|[,;\r\n]')


@record
class Cell:
    """``start`` and ``end`` are places in the text of the file; quotes belong to the cell."""

    value: str
    start: int
    end: int


@record
class Table:
    """``rows`` are of different length when the file is so; ``name`` is for messages."""

    name: str
    text: str
    separator: str
    rows: tuple[tuple[Cell, ...], ...]

    def value(self, row: int, column: int) -> str:
        cells = self.rows[row]
        return cells[column].value if 0 <= column < len(cells) else ""


def read(name: str, content: bytes) -> Table:
    """The table in ``content``; raises ``Told`` for what is no CSV in UTF-8."""
    if len(content) > LIMIT:
        raise Told("exports.large", file=name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Told("exports.encoding", file=name) from error
    start = 1 if text.startswith(_MARK) else 0
    separator = _separator(text, start)
    rows: list[tuple[Cell, ...]] = []
    position = start
    while position < len(text):
        row, position = _row(name, text, position, separator)
        rows.append(row)
    return Table(name, text, separator, tuple(rows))


def filled(table: Table, values: Mapping[tuple[int, int], str]) -> bytes:
    """The bytes of the file with new values for some cells, given by row and column, and nothing else changed."""
    pieces: list[str] = []
    position = 0
    for row, column in sorted(values):
        cell = table.rows[row][column]
        if values[row, column] == cell.value:
            continue
        pieces += (table.text[position : cell.start], _quoted(values[row, column], table, cell))
        position = cell.end
    pieces.append(table.text[position:])
    return "".join(pieces).encode("utf-8")


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """A new file: commas, CRLF as RFC 4180 has it, quotes where they are needed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _separator(text: str, start: int) -> str:
    """What separates the cells of the first row; a title in quotes may hold anything."""
    counts = {",": 0, ";": 0}
    for found in _AT_FIRST.finditer(text, start, start + 100_000):
        if found[0] in "\r\n":
            break
        if found[0] in counts:
            counts[found[0]] += 1
    return ";" if counts[";"] > counts[","] else ","


def _row(name: str, text: str, position: int, separator: str) -> tuple[tuple[Cell, ...], int]:
    cells: list[Cell] = []
    while True:
        cell = _quoted_cell(name, text, position) if text[position : position + 1] == '"' else None
        if cell is None:
            end = _end(text, position, separator)
            cell = Cell(text[position:end], position, end)
        cells.append(cell)
        position = cell.end
        if text[position : position + 1] == separator:
            position += 1
            continue
        if text.startswith("\r\n", position):
            return tuple(cells), position + 2
        if position >= len(text) or text[position] in "\r\n":
            return tuple(cells), position + 1
        raise Told("exports.csv", file=name, line=text.count("\n", 0, position) + 1)


def _quoted_cell(name: str, text: str, start: int) -> Cell:
    position = start + 1
    while True:
        quote = text.find('"', position)
        if quote < 0:
            raise Told("exports.csv", file=name, line=text.count("\n", 0, start) + 1)
        if text[quote + 1 : quote + 2] != '"':
            return Cell(text[start + 1 : quote].replace('""', '"'), start, quote + 1)
        position = quote + 2


def _end(text: str, position: int, separator: str) -> int:
    found = _ENDS[separator].search(text, position)
    return found.start() if found else len(text)


def _quoted(value: str, table: Table, cell: Cell) -> str:
    was_quoted = table.text[cell.start : cell.start + 1] == '"'
    if was_quoted or any(one in value for one in (table.separator, '"', "\r", "\n")) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value
