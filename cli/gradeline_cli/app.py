"""What every command shares with click: the options that all take, and the ``App`` they set up.

Tests put an ``App`` with parts of their own into ``click``'s context; the program uses the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gradeline_cli import spoken
from gradeline_cli.parts import App

Function = TypeVar("Function", bound=Callable[..., Any])

pass_app = click.make_pass_decorator(App, ensure=True)


def common_options(function: Function) -> Function:
    """Options that work before and after the name of a command."""
    for option in (
        spoken.option("--no-color", is_flag=True, expose_value=False, is_eager=True, callback=_no_colour,
                      help="option.common.no_color"),
        spoken.option("--plain", is_flag=True, expose_value=False, is_eager=True, callback=_plain,
                      help="option.common.plain"),
        spoken.option("--lang", metavar="LANG", expose_value=False, is_eager=True, callback=_language,
                      help="option.common.lang"),
        spoken.option("--course", "root", type=click.Path(), metavar="DIR", expose_value=False,
                      is_eager=True, callback=_course, help="option.common.course"),
        spoken.option("--debug", is_flag=True, expose_value=False, is_eager=True, callback=_debug,
                      help="option.common.debug"),
    ):  # fmt: skip
        function = option(function)
    return function


def _no_colour(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(App).colour = False


def _plain(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(App).plain = True


def _language(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        app = context.ensure_object(App)
        app.language = value
        app.words()  # an unknown language is said before anything is done


def _course(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        from pathlib import Path

        context.ensure_object(App).course_root = Path(value)


def _debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(App).debug = True


def complete_exercise(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Ids and slugs for shell completion; no file is opened for them."""
    from gradeline.source import GradelineError

    try:
        folders = context.ensure_object(App).course().folders
    except GradelineError:
        return []
    names = [*folders, *(folder.name.removeprefix(f"{one}-") for one, folder in folders.items())]
    return [name for name in names if name.startswith(incomplete)]


def complete_check(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Names of checks for shell completion."""
    return sorted(name for name in context.ensure_object(App).grader().checks() if name.startswith(incomplete))
