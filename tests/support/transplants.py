"""What people do who take one job, stage or step group of somebody else: it stands in an answer that is their own."""

from __future__ import annotations

from pathlib import Path

from support.disguises import texts

from gradeline import readers
from gradeline.exercise import Exercise
from gradeline.intake import open_submission
from gradeline.records import record

FEWEST = 6  # lines of a unit that is worth taking


@record
class Place:
    """Lines of a unit in its file."""

    path: str
    line: int
    end: int


def units(folder: Path, exercise: Exercise) -> list[Place]:
    """The units of a submission's own pipelines."""
    submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
    return [
        Place(one.span.path, one.span.line, max(one.span.line, one.span.end_line))
        for pipeline in readers.load(submission)[1] for one in pipeline.units
        if not submission.from_kit(one.span.path)
    ]  # fmt: skip


def with_a_unit_of(donor: Path, target: Path, exercise: Exercise) -> tuple[dict[str, str], Place, Place] | None:
    """The files of ``target`` with the longest unit of ``donor`` behind the last one of the same file, where it is in
    ``donor``, and where in these files; None when there is none that fits."""
    theirs = units(target, exercise)
    paths = {one.path for one in theirs}
    mine = [one for one in units(donor, exercise) if one.path in paths and one.end - one.line >= FEWEST]
    if not mine:
        return None
    unit = max(mine, key=lambda one: one.end - one.line)
    files = texts(target)
    last = max((one for one in theirs if one.path == unit.path), key=lambda one: (one.end, -one.line))
    taken = (donor / unit.path).read_text(encoding="utf-8").split("\n")[unit.line - 1 : unit.end]
    lines = files[unit.path].split("\n")
    deeper = _indent(lines[last.line - 1]) - _indent(taken[0])
    moved = [" " * (_indent(line) + deeper) + line.lstrip(" ") if line.strip() else line for line in taken]
    files[unit.path] = "\n".join([*lines[: last.end], *moved, *lines[last.end :]])
    return files, unit, Place(unit.path, last.end + 1, last.end + len(moved))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
