"""``grade reset EXERCISE``: back to the starter, with a copy of what was there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("reset")
@spoken.argument("exercise", required=False, metavar="[EXERCISE]", shell_complete=complete_exercise)
@spoken.argument("path", required=False, type=click.Path(path_type=Path))
@common_options
@pass_app
def command(app: App, exercise: str | None, path: Path | None) -> None:
    from gradeline.records import replace
    from gradeline_cli.grading import exercise_here, find_work
    from gradeline_cli.progress import ProgressError
    from gradeline_cli.reset import put_back
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import WorkspaceError, marked, short

    words = app.words()
    exercise, word = exercise_here(app, exercise, str(path) if path is not None else None)
    found, folder = find_work(app, exercise, Path(word) if word is not None else None)
    if marked(folder) != found.id:
        raise WorkspaceError("reset.no_workspace", folder=short(folder), id=found.id)
    undone = put_back(found, folder, words.language)
    if not undone.changed:
        tell(app, words("reset.same", folder=short(folder)))
        return
    with suppress(ProgressError, OSError):
        app.progress().change(found.id, folder, lambda one: replace(one, hints={}, fresh=True))
    tell(app, words.count("reset.done", len(undone.changed)))
    if undone.copy is not None:
        tell(app, words("reset.copy", folder=short(undone.copy)))
    tell(app, words("start.next", files=", ".join(found.submit), id=found.id))
