"""``grade tools install``: makes the environment that checkov needs for itself."""

from __future__ import annotations

from pathlib import Path

import click

from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App


@click.group("tools", short_help="Install analysers that need an environment of their own.")
@common_options
@pass_app
def command(app: App) -> None:
    """Install analysers that need an environment of their own.

    checkov cannot share an environment with Gradeline: both bring a package of the same name.
    """


@command.command("install", short_help="Make checkov's own environment.")
@click.option("--find-links", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
              help="Take the packages from this folder and use no network.")  # fmt: skip
@common_options
@pass_app
def install(app: App, find_links: Path | None) -> None:
    """Make checkov's own environment in your data folder.

    Every package is pinned by its hash, and pip looks for it where your settings of pip say.  It takes about a
    minute and 270 MB.  Grading itself never opens a connection.
    """
    from gradeline.render.text import visible
    from gradeline.tools import checkov_home
    from gradeline.tools.checkov_install import install as make
    from gradeline_cli.output import emit

    place = checkov_home.user_place()
    emit(f"checkov {checkov_home.wanted_version()} into {visible(str(place))}\n")
    _, made = make(place, find_links)
    emit("It is ready. `grade doctor` shows all analysers.\n" if made else "It is there already.\n")
