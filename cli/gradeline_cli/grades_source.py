"""Grades from where people keep them: a file of ``grade batch``, its folder, or the address of a gradebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gradeline.grades import Grade, read_lines
from gradeline.words import MissingPart, Told


def read_grades(source: str) -> Iterator[Grade]:
    """The grades in ``source``; raises ``Told`` and ``OSError``.  An address has ``://`` in it."""
    path = Path(source)
    if "://" in source or _is_database(path):
        try:
            from gradeline.gradebook.reading import read
        except ImportError as error:
            raise MissingPart("book.extra") from error
        yield from read(source)
        return
    if path.is_dir():
        path = path / "results.jsonl"
    if not path.is_file():
        raise Told("grades.none", name=source)
    yield from read_lines(path)


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"
