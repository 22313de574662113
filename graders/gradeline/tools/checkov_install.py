"""Makes checkov's own environment in the user's data folder from a list that pins every package by hash.

This is the one place of Gradeline that may use the network, and only because a person asked for it: pip looks where
the person's settings of pip say.  An environment is made beside its place and moved there when checkov answers from
it, so what is there is always whole.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from gradeline.tools import checkov_home
from gradeline.tools.child import ToolFailure, first_line

INSTALL_SECONDS = 1800.0
Installer = Callable[[Path, Path, Sequence[str]], None]


def install(
    target: Path | None = None, find_links: Path | None = None, installer: Installer | None = None
) -> tuple[Path, bool]:
    """The environment's place, and whether it was made now.  ToolFailure when that did not work.

    ``find_links`` is a folder with the packages, for machines without a network.  ``installer`` gets the
    interpreter of a new environment, the list and pip's further options.
    """
    place = target or checkov_home.user_place()
    if checkov_home.installed_version(place) == checkov_home.wanted_version():
        return place, False
    options = ["--no-index", "--find-links", str(find_links.resolve())] if find_links is not None else []
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f"{place.name}.new-", dir=place.parent))
    except OSError as error:
        raise ToolFailure(f"{place.parent} cannot be written: {error.strerror}.") from error
    try:
        _make(made)
        (installer or _pip)(checkov_home.python_in(made), checkov_home.requirements(), options)
        found = checkov_home.installed_version(made)
        if found != checkov_home.wanted_version():
            raise ToolFailure(f"checkov {checkov_home.wanted_version()} is not there after the installation.")
        _replace(made, place)
    except OSError as error:
        raise ToolFailure(f"The environment could not be made: {error.strerror}.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place, True


def _make(folder: Path) -> None:
    import venv

    try:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError as error:
        raise ToolFailure("This Python makes no environments with pip. Install its `venv` package.") from error


def _pip(python: Path, requirements: Path, options: Sequence[str]) -> None:
    """Every package by its hash, and none that would have to be built: building runs its code."""
    command = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", *options, "-r", str(requirements)]
    try:
        done = subprocess.run(  # noqa: S603 - pip of the environment that was just made
            command, capture_output=True, text=True, errors="replace", timeout=INSTALL_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ToolFailure(f"pip did not end in {INSTALL_SECONDS / 60:g} minutes.") from error
    if done.returncode != 0:
        errors = "\n".join(line for line in done.stderr.split("\n") if line.startswith("ERROR")) or done.stderr
        raise ToolFailure(f"pip could not install checkov: {first_line(errors)}")


def _replace(made: Path, place: Path) -> None:
    """Put the new environment in its place; one that is there and not whole goes first."""
    if place.exists():
        old = Path(tempfile.mkdtemp(prefix=f"{place.name}.old-", dir=place.parent))
        place.replace(old / "environment")
        shutil.rmtree(old, ignore_errors=True)
    made.replace(place)
