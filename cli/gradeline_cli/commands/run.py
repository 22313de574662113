"""``grade EXERCISE [PATH]``: grade one submission."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline.render.formats import NAMES
from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("run")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("path", required=False, type=click.Path(path_type=Path))
@spoken.option("--format", "kind", type=click.Choice(["terminal", "json", *NAMES]), default="terminal",
               show_default=True, help="option.run.format")  # fmt: skip
@spoken.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
               help="option.run.output")  # fmt: skip
@common_options
@pass_app
@click.pass_context
def command(
    context: click.Context, app: App, exercise: str | None, path: Path | None, kind: str, output: Path | None
) -> None:
    from gradeline_cli.grading import exercise_here, grade_folder

    exercise, word = exercise_here(app, exercise, str(path) if path is not None else None)
    path = Path(word) if word is not None else None
    context.exit(grade_folder(app, exercise, path, kind=kind, output=output))
