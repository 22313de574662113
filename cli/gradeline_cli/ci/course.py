"""The course that grades: installed, in a folder of its own, or as the base branch has it; never as a pull request
has it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradeline
from gradeline.course import Course, find_course, open_course
from gradeline.intake.limits import MAX_FILE
from gradeline.intake.names import problem_with, safe_name
from gradeline.rubric import CourseError
from gradeline.words import Told, told
from gradeline_cli.ci.git import Repository
from gradeline_cli.ci.touched import RefusedError

_MAX_FILES = 20_000


class BaseCourseError(Told, CourseError):
    """The course in the base of the pull request is broken."""


@contextmanager
def trusted_course(repository: Repository, named: Path | None, fork: str) -> Iterator[Course]:
    """The course to grade with.  A folder ``named`` in the checkout is read from the commit ``fork``, into a folder
    that is gone afterwards."""
    if named is None:
        course = find_course()
        if _inside(course.root, repository.top) is not None:
            _refuse_tracked(repository, course.root, fork)
        yield course
        return
    below = _inside(named, repository.top)
    if below is None:
        yield open_course(named)
        return
    with tempfile.TemporaryDirectory(prefix="gradeline-course-") as place:
        _write(repository, fork, below, Path(place))
        try:
            yield open_course(Path(place))
        except CourseError as error:
            raise BaseCourseError("ci.course", why=told(error)) from error


def refuse_own_grader(repository: Repository, commit: str) -> None:
    """Raises ``RefusedError`` when this program is itself a file of the repository that is graded."""
    package = Path(gradeline.__file__).resolve().parent
    if _inside(package, repository.top) is not None:
        _refuse_tracked(repository, package, commit)


def _refuse_tracked(repository: Repository, folder: Path, commit: str) -> None:
    below = _inside(folder, repository.top) or ""
    if next(repository.files(commit, [below] if below else []), None) is not None:
        raise RefusedError("ci.own_grader", folder=safe_name(below or "."))


def _inside(path: Path, top: Path) -> str | None:
    """``path`` below ``top`` with ``/``, "" for ``top`` itself, None when it is elsewhere."""
    resolved = path.resolve()
    if not resolved.is_relative_to(top):
        return None
    below = resolved.relative_to(top).as_posix()
    return "" if below == "." else below


def _write(repository: Repository, commit: str, below: str, place: Path) -> None:
    """The files of exercises and rubrics, plain files only, as the commit has them."""
    start = f"{below}/" if below else ""
    folders = [f"{start}exercises", f"{start}rubrics"]
    for count, blob in enumerate(repository.files(commit, folders)):
        path = blob.path.removeprefix(start)
        if blob.kind != "file" or problem_with(path):
            continue
        if count >= _MAX_FILES:
            raise BaseCourseError("ci.course_files", most=_MAX_FILES)
        content = repository.read(blob.id, MAX_FILE)
        if isinstance(content, int):
            continue
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (place / "exercises").mkdir(exist_ok=True)
    (place / "rubrics").mkdir(exist_ok=True)
