"""``grade EXERCISE [PATH]``: grade one submission."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline.render.formats import NAMES
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@click.command("run", short_help="Grade a submission; `grade EXERCISE` is short for it.")
@click.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(["terminal", "json", *NAMES]), default="terminal",
              show_default=True, help="For people, for programs, or the result format of another system.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the report to FILE, in one step.")  # fmt: skip
@common_options
@pass_app
@click.pass_context
def command(
    context: click.Context, app: App, exercise: str | None, path: Path | None, kind: str, output: Path | None
) -> None:
    """Grade a submission for EXERCISE.

    EXERCISE is a number (12), an id (exercise-12) or a name (gha-matrix-cache).  PATH is the folder with
    your work; without it, the workspace you are in is graded, and EXERCISE need not be named there.
    """
    from gradeline_cli.grading import exercise_here, grade_folder

    exercise, word = exercise_here(app, exercise, str(path) if path is not None else None)
    path = Path(word) if word is not None else None
    context.exit(grade_folder(app, exercise, path, kind=kind, output=output))
