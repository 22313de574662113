"""``grade start EXERCISE``: a folder to work in, made from the exercise's starter."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("start")
@spoken.argument("exercise", shell_complete=complete_exercise)
@spoken.option("--to", "target", type=click.Path(path_type=Path), metavar="DIR", help="option.start.to")
@common_options
@pass_app
def command(app: App, exercise: str, target: Path | None) -> None:
    from gradeline import __version__
    from gradeline.render.text import visible
    from gradeline_cli.start import BRIEF, copy_starter
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import MARKER, WorkspaceError, marked, marker_text, refuse_authoring

    words = app.words()
    found = app.course().exercise(exercise)
    folder = target if target is not None else Path(found.name)
    refuse_authoring(folder, found)
    shown = visible(str(folder))
    if marked(folder) == found.id:
        tell(app, words("start.already", folder=shown, id=found.id))
    elif folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise WorkspaceError("start.exists", folder=shown)
    else:
        copy_starter(found, folder, {MARKER: marker_text(found, __version__)}, words.language)
        tell(app, words("start.title", id=found.id, title=found.title), words("start.folder", folder=shown))
        tell(app, words("start.task", file=BRIEF))
        _remember(app, found.id, folder)
    tell(app, words("start.next", files=", ".join(found.submit), id=found.id))
    tell(app, words("start.watch", id=found.id))


def _remember(app: App, exercise: str, folder: Path) -> None:
    """Note where the workspace is, so that it can be named to who looks for it elsewhere."""
    from gradeline_cli.progress import ProgressError

    with suppress(ProgressError, OSError):
        app.progress().change(exercise, folder, lambda one: one)
