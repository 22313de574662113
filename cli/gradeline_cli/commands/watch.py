"""``grade watch EXERCISE``: grades again whenever a file is saved."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("watch")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("path", required=False, type=click.Path(path_type=Path))
@spoken.option("--poll", is_flag=True, help="option.watch.poll")
@common_options
@pass_app
@click.pass_context
def command(context: click.Context, app: App, exercise: str | None, path: Path | None, poll: bool) -> None:
    from gradeline_cli.grading import exercise_here, find_work
    from gradeline_cli.watching import Watch
    from gradeline_cli.workspace import WorkspaceError

    exercise, word = exercise_here(app, exercise, str(path) if path is not None else None)
    found, folder = find_work(app, exercise, Path(word) if word is not None else None)
    if not folder.is_dir():
        raise WorkspaceError("watch.no_folder", folder=str(folder))
    context.exit(Watch(app, found, folder).run(poll))
