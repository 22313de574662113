"""``grade`` with all its commands and options: click finds the command."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gradeline_cli.app import common_options, complete_exercise
from gradeline_cli.commands import COMMANDS
from gradeline_cli.ending import PASSED, USAGE, guarded, interrupted
from gradeline_cli.entry import COMPLETE
from gradeline_cli.output import emit
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_FIRST_STEPS = (
    ("grade list", "help.list"), ("grade start exercise-01", "help.start"), ("grade exercise-01", "help.grade"),
)  # fmt: skip
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Program(click.Group):
    """Commands are imported when they run; an unknown first word may be an exercise."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"gradeline_cli.commands.{COMMANDS[cmd_name][0]}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in COMMANDS:
            return name, self.get_command(ctx, name), args[1:]
        from gradeline_cli.grading import require_exercise

        require_exercise(ctx.ensure_object(App).course(), name)
        return "run", self.get_command(ctx, "run"), args

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = ctx.ensure_object(App).words()
        with formatter.section(words("help.commands")):
            formatter.write_dl([(name, words.get(f"command.{name}", line)) for name, (_, line) in COMMANDS.items()])

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = ctx.ensure_object(App).words()
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(words("help.intro"))
            formatter.write_paragraph()
            for typed, key in _FIRST_STEPS:
                formatter.write(f"{' ' * formatter.current_indent}{typed:<26} {words(key)}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        words = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        words += [CompletionItem(name) for name in complete_exercise(ctx, self.params[0], incomplete)]
        return words + click.Command.shell_complete(self, ctx, incomplete)

    def main(  # type: ignore[override]  # click's overloads depend on standalone_mode; here it always exits
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        extra.pop("standalone_mode", None)
        sys.exit(_run(self, list(sys.argv[1:] if args is None else args), prog_name or "grade", extra))


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from gradeline import __version__

        emit(f"gradeline {__version__}\n")
        context.exit(PASSED)


@click.group(
    cls=Program,
    context_settings=_HELP,
    subcommand_metavar="EXERCISE [PATH] | COMMAND [ARGS]...",
    invoke_without_command=True,
    epilog="Exit codes: 0 passed, 1 below the pass mark, 2 wrong usage or unreadable input, "
    "3 the grader failed, 130 interrupted.",
)
@common_options
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
              help="Show the version.")  # fmt: skip
@click.pass_context
def program(context: click.Context) -> None:
    """Grade a CI/CD pipeline by what it does."""
    if context.invoked_subcommand is None:
        emit(context.get_help() + "\n")


def run(args: Sequence[str]) -> int:
    """Run the program with the words of a command line; the exit code."""
    return _run(program, list(args), "grade", {})


def _run(command: click.Command, args: list[str], name: str, extra: dict[str, Any]) -> int:
    app: App = extra.setdefault("obj", App())
    return guarded(lambda: _invoke(command, args, name, extra, app), "--debug" in args, app)


def _invoke(command: click.Command, args: list[str], name: str, extra: dict[str, Any], app: App) -> int:
    try:
        if COMPLETE in os.environ:
            from click.shell_completion import shell_complete

            return USAGE if shell_complete(command, extra, name, COMPLETE, os.environ[COMPLETE]) else PASSED
        with command.make_context(name, args, **extra) as context:
            command.invoke(context)
        return PASSED
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _usage(error)
    except click.Abort:
        return interrupted(app)


def _usage(error: click.ClickException) -> int:
    from gradeline.render.text import visible

    context = getattr(error, "ctx", None)
    text = visible(error.format_message())
    hint = f"`{context.command_path} --help` shows how." if context else "`grade --help` shows how."
    emit(f"grade: {text}\n{hint}\n", error=True)
    return USAGE
