"""click's commands, options and own sentences, said in the language that a person has asked for.

Help is looked up when it is read, and reading it is all that costs: a command that runs looks nothing up.  The name
of a text follows from the command (``command.book.import`` in a list, ``about.book.import`` on its page); an option
gives the name of its help itself, because many mean the same (``help="option.only_exercise"``).  Placeholders such
as FILE are words, too (``metavar.file``).

click's own sentences go through ``gettext``, which would ask the system's locale and look for catalogues on the disk.
They are in our catalogue under ``click.``, and here they are found by what they say in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click import core, exceptions, formatting, parser, types

from gradeline_cli.parts import App

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gradeline.words import Words

Function = TypeVar("Function", bound=Callable[..., Any])


def here() -> Words:
    """The texts for the command line that is being read; English where there is none, or an unknown language."""
    from gradeline.words import Told, english

    context = click.get_current_context(silent=True)
    app = context.find_object(App) if context is not None else None
    try:
        return app.words() if app is not None else english()
    except Told:  # said elsewhere, in English
        return english()


class Command(click.Command):
    """A command whose help is in the catalogue; a docstring tells programmers what it does."""

    key = ""

    def __init__(self, name: str | None, **attributes: Any) -> None:
        self.key = name or ""
        super().__init__(name, **attributes)

    @property
    def help(self) -> str | None:
        return here()(f"about.{self.key}")

    @help.setter  # noqa: A003  # click's word
    def help(self, _: str | None) -> None:
        """click puts the docstring here."""

    @property
    def short_help(self) -> str | None:
        return here()(f"command.{self.key}")

    @short_help.setter
    def short_help(self, _: str | None) -> None:
        """click sets every attribute."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:  # one for the life of the program, whatever its language is
            option.help = here()("click.help")
        return option

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [placeholder(piece) for piece in super().collect_usage_pieces(ctx)]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        with ctx.scope(cleanup=False):  # the help of an option stands beside its name
            return super().shell_complete(ctx, incomplete)


class Group(Command, click.Group):
    """A command with commands of its own."""

    command_class = Command

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        if isinstance(cmd, Command):
            cmd.key = f"{self.key}.{name or cmd.name}"
        super().add_command(cmd, name)


class Option(click.Option):
    """An option whose ``help`` is the name of a text."""

    _help = ""

    @property
    def help(self) -> str | None:
        return here()(self._help)

    @help.setter  # noqa: A003  # click's word
    def help(self, key: str | None) -> None:
        self._help = key or ""

    def make_metavar(self, ctx: click.Context) -> str:
        return placeholder(super().make_metavar(ctx))


class Argument(click.Argument):
    def make_metavar(self, ctx: click.Context) -> str:
        return placeholder(super().make_metavar(ctx))


def command(name: str) -> Callable[[Callable[..., Any]], Command]:
    return click.command(name, cls=Command)


def group(name: str) -> Callable[[Callable[..., Any]], Group]:
    return click.group(name, cls=Group)


def option(*names: str, help: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: A002  # click's word
    return click.option(*names, cls=Option, help=help, **attributes)


def argument(*names: str, **attributes: Any) -> Callable[[Function], Function]:
    return click.argument(*names, cls=Argument, **attributes)


def placeholder(text: str) -> str:
    """``FILE|URL`` as people read it; what programs take literally is in small letters and stays."""
    words = here()
    if words.is_english:
        return text
    return re.sub(
        r"[A-Z]{2,}(?: RANGE)?", lambda one: words.get(f"metavar.{one[0].lower().replace(' ', '_')}", one[0]), text
    )


# --- what click itself says -----------------------------------------------------------------------


# A type asks for its name when it is made, before anybody knows the language; sentences translate it later.
_KINDS = ("file", "directory", "path")


class _Sentence(str):
    """A text of click in another language; some of the values that it is given are English words."""

    __slots__ = ()

    def format(self, *values: object, **named: object) -> str:
        if "filename" in named and "name" in named:  # File 'x' does not exist
            named["name"] = _said(f"{named['name']}".lower()).title()
        if "number_type" in named:
            named["number_type"] = _said(f"{named['number_type']}")
        return super().format(*values, **named)


def _gettext(message: str) -> str:
    return message if message in _KINDS else _said(message)


def _said(message: str) -> str:
    words = here()
    key = None if words.is_english else _own_sentences().get(message)
    return message if key is None else _Sentence(words(key))


def _ngettext(one: str, many: str, number: int) -> str:
    return _gettext(one if number == 1 else many)


@cache
def _own_sentences() -> dict[str, str]:
    """English text: the name of it."""
    from gradeline.words import english

    return {english()(key): key for key in english().names("click.")}


for _module in (core, exceptions, formatting, parser, types):
    for _name, _ours in (("_", _gettext), ("ngettext", _ngettext)):
        if _name in vars(_module):
            vars(_module)[_name] = _ours
