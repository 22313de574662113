"""``grade solution EXERCISE``: a right answer, for those who have one."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("solution")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("name", required=False)
@spoken.option("--path", type=click.Path(path_type=Path), metavar="DIR", help="option.solution.path")
@common_options
@pass_app
def command(app: App, exercise: str | None, name: str | None, path: Path | None) -> None:
    from gradeline.render.text import visible
    from gradeline.words import Told
    from gradeline_cli.grading import exercise_here
    from gradeline_cli.output import ascii_only, emit
    from gradeline_cli.solutions import has_passed, shapes
    from gradeline_cli.telling import tell

    words = app.words()
    exercise, name = exercise_here(app, exercise, name)
    found = app.course().exercise(exercise)
    known = shapes(app.course(), found)
    if not known:
        raise Told("solution.not_here")
    if not has_passed(app, found, path):
        raise Told("solution.not_yet", id=found.id)
    names = ", ".join(known)
    wanted = name if name is not None else next(iter(known))
    if wanted not in known:
        raise Told("solution.unknown", name=repr(wanted), names=names)
    tell(app, words("solution.title", id=found.id, number=len(known), names=names), "")
    plain = ascii_only()
    for file, text in known[wanted]:
        tell(app, words("solution.file", name=wanted, path=file))
        emit("".join(f"{visible(line, ascii_only=plain)}\n" for line in text.splitlines()) + "\n")
    others = [one for one in known if one != wanted]
    if others:
        tell(app, words("solution.other", id=found.id, name=others[0]))
