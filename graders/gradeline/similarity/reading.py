"""From a folder to the parts of the learner's own files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gradeline.course import Course
from gradeline.exercise import Exercise
from gradeline.intake import open_submission
from gradeline.intake.snapshot import Snapshot
from gradeline.similarity.features import Own, Part, own, parts
from gradeline.source import SourceFile

MAX_FILES = 400
# Written by a program from what a person wrote elsewhere: alike without anybody's doing.
_MADE = (".lock", "lock.json", "lock.yaml", "lock.yml", "lockfile", ".lock.hcl", ".ipynb", ".csv", ".svg")


def parts_of(folder: Path, exercise: Exercise) -> tuple[Part, ...]:
    """The parts of what was handed in; files of the kit that were not changed are not looked at.

    Raises ``IntakeError`` and ``OSError``.
    """
    from gradeline import readers

    submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
    _, pipelines = readers.load(submission)
    return parts(_own_files(submission), pipelines)


def texts_of(folder: Path, exercise: Exercise) -> dict[str, str]:
    """What was handed in, by path.  Raises ``IntakeError`` and ``OSError``."""
    submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
    return {one.path: one.text for one in _own_files(submission)}


def _own_files(submission: Snapshot) -> list[SourceFile]:
    mine = [path for path in submission.paths if not submission.from_kit(path) and not path.lower().endswith(_MADE)]
    return [source for path in mine[:MAX_FILES] if (source := submission.read(path)) is not None]


def known_parts(course: Course, exercise: Exercise, references: Iterable[Path] = ()) -> Own:
    """What says nothing because everybody has it: the kit, the brief, the right answers and ``references``."""
    folders = [exercise.starter, *references]
    answers = course.solutions / exercise.name
    if answers.is_dir():
        folders += sorted(one for one in answers.iterdir() if one.is_dir() and one.name.startswith("exemplar"))
    found: list[Part] = []
    for folder in folders:
        found += parts_of(folder, exercise)
    for brief in sorted(exercise.folder.glob("README*.md")):
        text = brief.read_text(encoding="utf-8", errors="replace")
        found += parts([SourceFile("README.md", text), SourceFile("brief.sh", text), *_blocks(text)], ())
    return own(found)


def _blocks(text: str) -> Iterable[SourceFile]:
    """The examples in a brief, read as what they are."""
    for number, block in enumerate(text.split("```")[1::2]):
        kind, _, content = block.partition("\n")
        yield SourceFile(f"example-{number}.{kind.strip().split(' ')[0] or 'sh'}", content)
