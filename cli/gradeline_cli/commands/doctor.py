"""``grade doctor``: which analysers are there, and what to do about the others."""

from __future__ import annotations

import click

from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@click.command("doctor", short_help="Show which analysers are there, and what to do.")
@common_options
@pass_app
@click.pass_context
def command(context: click.Context, app: App) -> None:
    """Show each analyser that a rubric may ask, its version, and what to do when it does not work.

    Exit code 3 when one does not work.  Only criteria that ask it are touched by that: they get the status
    "error", never points and never a failure.
    """
    from gradeline.render.text import visible, wrap
    from gradeline.tools.states import states
    from gradeline_cli.ending import FAILED, PASSED
    from gradeline_cli.output import ascii_only, columns, emit

    found = states()
    plain, room = app.is_plain() or ascii_only(), columns()
    for one in found:
        emit(f"{one.name:<10}{one.state:<9}{visible(one.version)}".rstrip() + "\n")
        for line in wrap(one.advice, room - 10, ascii_only=plain) if one.advice else ():
            emit(f"{' ' * 10}{line}\n")
    context.exit(PASSED if all(one.state == "ready" for one in found) else FAILED)
