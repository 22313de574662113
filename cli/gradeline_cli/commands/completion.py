"""``grade completion SHELL``: the script that teaches a shell to complete ``grade``."""

from __future__ import annotations

import click

from gradeline_cli.app import common_options


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@common_options
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash:  grade completion bash > ~/.local/share/bash-completion/completions/grade
    zsh:   grade completion zsh > a file _grade in a folder of $fpath
    fish:  grade completion fish > ~/.config/fish/completions/grade.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from gradeline_cli.output import emit

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"This version of click knows no completion for {shell}.")
    maker = kind(context.find_root().command, {}, "grade", "_GRADE_COMPLETE")
    emit(ShellComplete.source(maker) + "\n")  # the subclass for bash would start bash to ask its version
