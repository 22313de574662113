"""``grade`` with all its commands and options: click finds the command."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gradeline_cli import spoken
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


class Program(spoken.Group):
    """Commands are imported when they run; an unknown first word may be an exercise."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"gradeline_cli.commands.{COMMANDS[cmd_name]}").command
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
            formatter.write_dl([(name, words(f"command.{name}")) for name in COMMANDS])

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = ctx.ensure_object(App).words()
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(words("about.grade"))
            formatter.write_paragraph()
            for typed, key in _FIRST_STEPS:
                formatter.write(f"{' ' * formatter.current_indent}{typed:<26} {words(key)}\n")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(ctx.ensure_object(App).words()("help.exit_codes"))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        words = ctx.ensure_object(App).words()
        items = [CompletionItem(one, help=words(f"command.{one}")) for one in COMMANDS if one.startswith(incomplete)]
        items += [CompletionItem(name) for name in complete_exercise(ctx, self.params[0], incomplete)]
        with ctx.scope(cleanup=False):  # the help of the options is looked up
            return items + click.Command.shell_complete(self, ctx, incomplete)

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
    "grade",
    cls=Program,
    context_settings=_HELP,
    subcommand_metavar="EXERCISE [PATH] | COMMAND [ARGS]...",
    invoke_without_command=True,
)
@common_options
@spoken.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
               help="option.common.version")  # fmt: skip
@click.pass_context
def program(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        emit(context.get_help() + "\n")


def run(args: Sequence[str]) -> int:
    """Run the program with the words of a command line; the exit code."""
    return _run(program, list(args), "grade", {})


def _run(command: click.Command, args: list[str], name: str, extra: dict[str, Any]) -> int:
    app: App = extra.setdefault("obj", App())
    app.language = _language(args) or app.language
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
        return _usage(error, app)
    except click.Abort:
        return interrupted(app)


def _usage(error: click.ClickException, app: App) -> int:
    from gradeline.render.text import visible

    context: click.Context = getattr(error, "ctx", None) or click.Context(program, info_name="grade", obj=app)
    with context.scope(cleanup=False):  # what click says, it says in the language of a context
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            emit(f"{context.get_help()}\n", error=True)
            return USAGE
        text = visible(error.format_message())
        hint = spoken.here()("usage.shows_how", command=context.command_path)
    emit(f"grade: {text}\n{hint}\n", error=True)
    return USAGE


def _language(args: Sequence[str]) -> str:
    """What comes after ``--lang``, wherever it stands: help and wrong usage are told before click gets that far."""
    for here, word in enumerate(args):
        name, _, said = word.partition("=")
        if name == "--lang":
            from gradeline.words import is_known

            wanted = said or "".join(args[here + 1 : here + 2])
            if is_known(wanted):
                return wanted
    return ""
