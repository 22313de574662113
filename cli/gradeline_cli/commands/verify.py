"""``grade verify``: the course proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.authoring.verify import Finding
    from gradeline.words import Words

_SUBJECT = 28  # columns


@spoken.command("verify")
@spoken.argument("exercise", required=False, shell_complete=complete_exercise)
@spoken.option("--all", "everything", is_flag=True, help="option.verify.all")
@common_options
@pass_app
@click.pass_context
def command(context: click.Context, app: App, exercise: str | None, everything: bool) -> None:
    from gradeline.authoring.verify import verify, verify_course
    from gradeline.course import UnknownExerciseError
    from gradeline_cli.output import columns, emit

    words = app.words()
    if (exercise is None) != everything:
        raise click.UsageError(words("verify.which"))
    course = app.course()
    broken = looked_at = 0

    def show(name: str, found: Finding) -> None:
        nonlocal broken, looked_at
        looked_at, broken = looked_at + 1, broken + (not found.ok)
        emit("".join(f"{line}\n" for line in _rows(name, found, columns(), words)))

    if exercise is None:
        show("", verify_course(course))
        ids = list(course.folders)
    else:
        named = course.resolve(exercise)
        if named is None:
            raise UnknownExerciseError(exercise, course.suggestions(exercise))
        ids = [named]
    for exercise_id in ids:
        for found in verify(course, exercise_id, app.grader(), app.opener(), raise_bugs=app.debug):
            show(exercise_id, found)
    emit(f"\n{words('verify.broken' if broken else 'verify.whole', broken=broken, all=looked_at)}\n")
    context.exit(1 if broken else 0)


def _rows(name: str, found: Finding, wide: int, words: Words) -> Iterator[str]:
    """One line of the table, and below it what does not hold."""
    from gradeline.render.text import wrap

    lead = f"{name:<12}  {'ok  ' if found.ok else 'FAIL'}  "
    indent = len(lead) + _SUBJECT + 2
    subject, details = words.said(found.subject), wrap(words.said(found.detail), max(wide - indent, 20))
    if len(subject) > _SUBJECT:
        yield lead + subject
    else:
        yield f"{lead}{subject:<{_SUBJECT}}  {details.pop(0) if details else ''}".rstrip()
    yield from (" " * indent + line for line in details)
    for problem in found.problems:
        for index, line in enumerate(wrap(words.said(problem), wide - 22)):
            yield f"{' ' * 20}{'- ' if index == 0 else '  '}{line}"
