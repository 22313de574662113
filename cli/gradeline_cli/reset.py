"""Puts a workspace back to its starter.  What the learner had is moved aside, never deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gradeline.exercise import Exercise
from gradeline.records import record
from gradeline.rubric import CourseError
from gradeline.words import DEFAULT, languages
from gradeline_cli.start import BRIEF, brief_text
from gradeline_cli.workspace import MARKER, SKIPPED


@record
class Undone:
    """``changed`` are the paths that are as at the start again; ``copy`` holds what they were."""

    changed: tuple[str, ...]
    copy: Path | None


def put_back(exercise: Exercise, folder: Path, language: str = DEFAULT) -> Undone:
    """Make the files of ``folder`` those of the starter again.

    Everything that differs goes to a new folder beside it first: changed files are copied, added files are moved.
    Only when that is complete, the starter's files are written, each in one step.  Folders that tools keep
    (``.git``, ``.venv``, ...) and links are left alone.
    """
    wanted, brief = _at_start(exercise, language)
    differing, missing = _differences(wanted, folder, brief, _briefs(exercise))
    if not differing and not missing:
        return Undone((), None)
    copy = _set_aside(folder, differing, wanted) if differing else None
    for name in sorted({*missing, *(name for name in differing if _content(wanted, name, brief) is not None)}):
        content = _content(wanted, name, brief)
        assert content is not None
        _write(folder / name, content, wanted.get(name))
    return Undone(tuple(sorted({*missing, *differing})), copy)


def untouched(exercise: Exercise, folder: Path) -> bool:
    """Whether the files of ``folder`` are those of the start, no more and no fewer."""
    wanted, brief = _at_start(exercise, DEFAULT)
    briefs, seen = _briefs(exercise), set()
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if name != MARKER and not _unchanged(path, wanted, name, brief, briefs):
            return False  # a folder may be large: the first difference decides
        seen.add(name)
    return seen.issuperset(wanted)


def _at_start(exercise: Exercise, language: str) -> tuple[dict[str, Path], bytes]:
    """The files of the starter by their paths, and the brief."""
    if not exercise.starter.is_dir():
        raise CourseError(f"{exercise.name} has no starter.")
    wanted = {path.relative_to(exercise.starter).as_posix(): path for path in _files(exercise.starter)}
    return wanted, brief_text(exercise, language).encode()


def _briefs(exercise: Exercise) -> set[bytes]:
    """The brief in every language: the task in another one is no change."""
    return {brief_text(exercise, one).encode() for one in languages()}


def _differences(
    wanted: dict[str, Path], folder: Path, brief: bytes, briefs: set[bytes]
) -> tuple[list[str], list[str]]:
    """The paths in ``folder`` that are not as at the start, and those that are missing."""
    present = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    present.pop(MARKER, None)
    differing = [name for name, path in present.items() if not _unchanged(path, wanted, name, brief, briefs)]
    missing = [name for name in (*wanted, BRIEF) if name not in present and not (folder / name).is_symlink()]
    return differing, missing


def _unchanged(path: Path, wanted: dict[str, Path], name: str, brief: bytes, briefs: set[bytes]) -> bool:
    """Whether a file is as at the start.  It is only read when its size does not tell already."""
    if name == BRIEF and name not in wanted:
        return path.stat().st_size <= max(map(len, briefs)) and path.read_bytes() in briefs
    content = _content(wanted, name, brief)
    return content is not None and path.stat().st_size == len(content) and path.read_bytes() == content


def _set_aside(folder: Path, names: list[str], wanted: dict[str, Path]) -> Path:
    place = next(
        place for number in range(1, 10_000) if not (place := _beside(folder, number)).exists()
    )  # fmt: skip
    place.mkdir()
    for name in names:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((folder / name).read_bytes())
    # Only now, with every copy made, is anything taken away.
    for name in names:
        if name not in wanted and name != BRIEF:
            (folder / name).unlink()
            _remove_empty(folder, (folder / name).parent)
    return place


def _beside(folder: Path, number: int) -> Path:
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.before-reset-{number}")


def _remove_empty(folder: Path, inner: Path) -> None:
    while inner != folder:
        with suppress(OSError):
            inner.rmdir()
        inner = inner.parent


def _content(wanted: dict[str, Path], name: str, brief: bytes) -> bytes | None:
    if name in wanted:
        return wanted[name].read_bytes()
    return brief if name == BRIEF else None


def _write(path: Path, content: bytes, original: Path | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.reset.tmp")
    temporary.write_bytes(content)
    if original is not None and original.stat().st_mode & 0o100:
        temporary.chmod(temporary.stat().st_mode | 0o111)
    temporary.replace(path)


def _files(folder: Path) -> Iterator[Path]:
    """Plain files, without links and without the folders of tools."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(files):
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink():
                yield path
