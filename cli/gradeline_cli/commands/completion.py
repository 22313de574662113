"""``grade completion SHELL``: the script that teaches a shell to complete ``grade``."""

from __future__ import annotations

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options


@spoken.command("completion")
@spoken.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@common_options
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    from click.shell_completion import ShellComplete, get_completion_class

    from gradeline_cli.output import emit

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(spoken.here()("usage.shell", shell=shell))
    maker = kind(context.find_root().command, {}, "grade", "_GRADE_COMPLETE")
    emit(ShellComplete.source(maker) + "\n")  # the subclass for bash would start bash to ask its version
