"""Makes a workspace: complete, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gradeline.exercise import Exercise
from gradeline.rubric import CourseError
from gradeline.words import DEFAULT

BRIEF = "EXERCISE.md"


def copy_starter(exercise: Exercise, folder: Path, extra: Mapping[str, str], language: str = DEFAULT) -> None:
    """Copy the starter and the brief of ``exercise`` to ``folder``, with ``extra`` files (name to text).

    Everything is prepared beside ``folder`` and moved there in one step.  ``folder`` may exist when it
    is empty.
    """
    if not exercise.starter.is_dir():
        raise CourseError(f"{exercise.name} has no starter.")
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=parent))
    except OSError as error:  # the name people know is that of the folder
        raise OSError(error.errno, error.strerror, str(folder)) from error
    try:
        work = temporary / "work"
        work.mkdir()
        _copy_files(exercise.starter, work)
        if not (work / BRIEF).exists():
            (work / BRIEF).write_text(brief_text(exercise, language), encoding="utf-8", newline="\n")
        for name, text in extra.items():
            (work / name).write_text(text, encoding="utf-8", newline="\n")
        if folder.is_dir():
            folder.rmdir()  # fails when something appeared in it meanwhile
        work.rename(folder.absolute())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    """Plain files and folders only; whether a file may be executed is kept, other rights are not."""
    for parent, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        here = target / Path(parent).relative_to(source)
        here.mkdir(exist_ok=True)
        for name in sorted(files):
            original = Path(parent) / name
            if original.is_symlink() or not original.is_file():
                continue
            copy = here / name
            copy.write_bytes(original.read_bytes())
            if original.stat().st_mode & 0o100:
                copy.chmod(copy.stat().st_mode | 0o111)


def brief_text(exercise: Exercise, language: str = DEFAULT) -> str:
    """The brief as it reads in a workspace, where the starter's files are not in a folder of their own.

    ``README.de.md`` beside ``README.md`` is the German one; without it the English one is given.
    """
    translated = exercise.brief.with_name(f"README.{language}.md")
    brief = translated if language != DEFAULT and translated.is_file() else exercise.brief
    if not brief.is_file():
        return f"# {exercise.title}\n\n{exercise.summary}\n"
    text = brief.read_text(encoding="utf-8")
    return text.replace("](starter/", "](").replace("](./starter/", "](")
