"""Grades one folder and shows the report: the work of ``grade EXERCISE [PATH]``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.render.since import FIRST, Since, compare
from gradeline_cli.commands import COMMANDS
from gradeline_cli.ending import exit_code
from gradeline_cli.output import ascii_only, columns, emit, has_colour, write_file
from gradeline_cli.workspace import submitted

if TYPE_CHECKING:
    from gradeline.course import Course
    from gradeline.exercise import Exercise
    from gradeline.result import Report
    from gradeline_cli.parts import App


def require_exercise(course: Course, word: str) -> None:
    """Raises ``UnknownExerciseError`` when the first word of a command line is no exercise and no command."""
    if course.resolve(word) is None:
        from gradeline.course import UnknownExerciseError

        raise UnknownExerciseError(word, course.suggestions(word, COMMANDS))


def graded(app: App, exercise: Exercise, folder: Path) -> Report:
    """The report for the work in ``folder``."""
    from gradeline.grade import grade

    rubric = app.course().rubric(exercise.id)
    submission = app.opener()(folder, kit=exercise.starter, submit=exercise.submit)
    return grade(
        submission, exercise, rubric, app.grader(), submission_id=folder.resolve().name, raise_bugs=app.debug
    )  # fmt: skip


def known_workspaces(app: App, exercise: str) -> Iterator[Path]:
    """Where the learner has worked on ``exercise`` before, the latest first."""
    for one in reversed(app.progress().all()):
        if one.exercise == exercise:
            yield Path(one.folder)


def find_work(app: App, exercise: str, path: Path | None) -> tuple[Exercise, Path]:
    """The exercise, and the folder with the learner's work on it."""
    found = app.course().exercise(exercise)
    return found, submitted(found, path, lambda: known_workspaces(app, found.id))


def grade_folder(
    app: App, exercise: str, path: Path | None, *, kind: str = "terminal", output: Path | None = None
) -> int:
    """Grade the folder ``path``, or the workspace around us, write the report and note the attempt; the exit code.

    Progress is read and written after the report is made, and only a terminal shows it: a result file has the
    same bytes whatever was graded before.
    """
    found, folder = find_work(app, exercise, path)
    report = graded(app, found, folder)
    if kind == "json":
        from gradeline.render.json import render as render_json

        text = render_json(report)
    elif kind != "terminal":
        import os

        from gradeline.render.formats import render as render_as

        text = render_as(kind, report, os.environ)
    else:
        text = page(app, report, since(app, found, folder, report) if output is None else FIRST, output is None)
    if output is None:
        emit(text)
    else:
        write_file(output, text)
    note(app, found.id, folder, report)
    return exit_code(report)


def since(app: App, exercise: Exercise, folder: Path, report: Report) -> Since:
    """What changed since the last attempt, or since the starter when there is none; ``FIRST`` when nothing is known.

    The starter is graded for that once in a workspace, so that nobody is praised for what was there already.
    """
    from gradeline_cli.progress import ProgressError

    book = app.progress()
    if book.folder is None or not folder.is_dir():
        return FIRST
    try:
        before = book.of(exercise.id, folder)
    except (ProgressError, OSError):
        return FIRST
    if before.last is not None and not before.fresh:
        return before.since(report)
    return _since_start(app, exercise, folder, report)


def _since_start(app: App, exercise: Exercise, folder: Path, report: Report) -> Since:
    from gradeline.source import GradelineError
    from gradeline_cli.reset import untouched

    try:
        if untouched(exercise, folder):
            return Since("untouched", report.score)
        start = graded(app, exercise, exercise.starter)
    except (GradelineError, OSError):  # the learner's own grade stands
        return FIRST
    return compare({result.id: result.status for result in start.criteria}, start.score, report, "started")


def note(app: App, exercise: str, folder: Path, report: Report) -> None:
    """Note the attempt; a problem with that is told and changes nothing else.  Archives are not noted."""
    from gradeline_cli.progress import keep

    problem = keep(app.progress(), exercise, folder, report) if folder.is_dir() else None
    if problem is not None:
        from gradeline.render.text import wrap

        emit("".join(f"{line}\n" for line in wrap(app.words().say(problem.phrase), 80)), error=True)


def page(app: App, report: Report, change: Since, screen: bool, only: str | None = None) -> str:
    """The report as text for the terminal, or for a file when it is not for a ``screen``."""
    words = app.words()
    if app.is_plain():
        from gradeline.render.plain import render as render_plain

        return render_plain(report, words=words, since=change, only=only)
    from gradeline.render.terminal import COLOUR, PLAIN, render

    palette = COLOUR if screen and has_colour(app.colour) else PLAIN
    return render(
        report, columns=columns() if screen else 80, palette=palette, ascii_only=screen and ascii_only(),
        words=words, since=change, only=only,
    )  # fmt: skip


def exercise_here(app: App, name: str | None, following: str | None = None) -> tuple[str, str | None]:
    """The exercise that was meant, and the word behind it.

    Inside a workspace the exercise need not be named: then the first word is already the next one.  Raises
    ``WorkspaceError`` when there is nothing to tell it from.
    """
    from pathlib import Path

    from gradeline_cli.workspace import WorkspaceError, around

    course = app.course()
    if name is not None and (course.resolve(name) is not None or following is not None or _like_an_id(name)):
        return name, following
    here = around(Path.cwd())
    if here is not None and course.resolve(here) is not None:
        return here, name
    if name is None:
        raise WorkspaceError("folder.which")
    return name, following


def _like_an_id(name: str) -> bool:
    """Whether a word is an exercise that was misspelled, not a criterion or a folder."""
    return name.lower().startswith("exer") or name.isdigit()
