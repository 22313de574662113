"""``grade lsp``: a language server, so that an editor shows findings while a pipeline is written."""

from __future__ import annotations

import click

from gradeline_cli.app import common_options, complete_exercise, pass_app
from gradeline_cli.parts import App


@click.command("lsp", short_help="Show findings in an editor, while you type.")
@click.argument("exercise", required=False, shell_complete=complete_exercise)
@common_options
@pass_app
def command(app: App, exercise: str | None) -> None:
    """Talk to an editor over standard input and output (Language Server Protocol).

    The same findings as in a report stand in the text while you type.  A code action gives the next hint, and
    hovering explains what a criterion looks for.  Folders made by `grade start` are known; EXERCISE is for others.
    Set up your editor so that it starts `grade lsp` for YAML files, Dockerfiles and Jenkinsfiles.
    """
    try:
        from gradeline_cli.editor.server import make
    except ModuleNotFoundError as error:
        from gradeline.words import MissingPart

        raise MissingPart("lsp.missing") from error
    from gradeline_cli.editor.desk import Desk

    name = app.course().exercise(exercise).id if exercise is not None else None
    make(Desk(app, name)).start_io()
