"""``grade tools install``: makes the environment that checkov needs for itself."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@spoken.group("tools")
@common_options
@pass_app
def command(app: App) -> None:
    """Its commands follow."""


@command.command("install")
@spoken.option("--find-links", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
               help="option.tools.install.find_links")  # fmt: skip
@common_options
@pass_app
def install(app: App, find_links: Path | None) -> None:
    from gradeline.render.text import visible
    from gradeline.tools import checkov_home
    from gradeline.tools.checkov_install import install as make
    from gradeline_cli.output import emit

    place, words = checkov_home.user_place(), app.words()
    emit(f"{words('tools.begin', version=checkov_home.wanted_version(), folder=visible(str(place)))}\n")
    _, made = make(place, find_links)
    emit(f"{words('tools.ready' if made else 'tools.already')}\n")
