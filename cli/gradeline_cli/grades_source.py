"""Grades from where people keep them: a file of ``grade batch``, its folder, or the address of a gradebook."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from gradeline.grades import Grade, read_lines
from gradeline.words import Told


def read_grades(source: str) -> Iterator[Grade]:
    """The grades in ``source``; raises ``Told`` and ``OSError``.  An address has ``://`` in it."""
    if "://" in source:
        yield from import_module("gradeline.gradebook").read(source)
        return
    path = Path(source)
    if path.is_dir():
        path = path / "results.jsonl"
    if not path.is_file():
        raise Told("grades.none", name=source)
    yield from read_lines(path)
