"""``grade export``: what another grader needs to grade with us."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@click.group("export", short_help="Make what another grader needs.")
@common_options
@pass_app
def command(app: App) -> None:
    """Make what another grader needs to grade with Gradeline.

    Results in the formats of other graders are written by `grade run EXERCISE FOLDER --format NAME`.
    """


@command.command("gradescope", short_help="Make the zip of a Gradescope autograder.")
@click.argument("exercise", shell_complete=complete_exercise)
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Put this wheel of Gradeline into the zip, instead of naming its version.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              default=Path("autograder.zip"), show_default=True, help="The zip to write.")  # fmt: skip
@common_options
@pass_app
def gradescope(app: App, exercise: str, wheel: Path | None, output: Path) -> None:
    """Make the zip of a Gradescope autograder for EXERCISE.

    It holds setup.sh, run_autograder and the pinned packages.  No solution is in it.
    """
    from gradeline import __version__
    from gradeline.render.text import visible
    from gradeline_cli.gradescope.archive import autograder
    from gradeline_cli.output import emit, write_bytes

    found = app.course().exercise(exercise)
    write_bytes(output, autograder(found.id, __version__, wheel))
    emit(f"{visible(str(output))} is the autograder of {found.id}. Upload it to Gradescope.\n")
