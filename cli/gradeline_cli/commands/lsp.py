"""``grade lsp``: a language server, so that an editor shows findings while a pipeline is written."""

from __future__ import annotations

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@spoken.command("lsp")
@spoken.argument("exercise", required=False, shell_complete=complete_exercise)
@common_options
@pass_app
def command(app: App, exercise: str | None) -> None:
    try:
        from gradeline_cli.editor.server import make
    except ModuleNotFoundError as error:
        from gradeline.words import MissingPart

        raise MissingPart("lsp.missing") from error
    from gradeline_cli.editor.desk import Desk

    name = app.course().exercise(exercise).id if exercise is not None else None
    make(Desk(app, name)).start_io()
