"""Numbers that people tune: from a file of parameters, or given to the program directly."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml


def add_parameters(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add ``--params FILE``, and an option for each number that wins over the file."""
    parser.add_argument(
        "--params", type=Path, default=Path("params.yaml"), help="the file with the parameters"
    )
    for name in names:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=None)


def parameter(arguments: argparse.Namespace, section: str, name: str) -> float:
    """The number from the command line, from the section of the file, or from its top level.

    A number that is nowhere, or is empty, ends the program: there is no hidden default.
    """
    given = getattr(arguments, name)
    if given is None:
        known = yaml.safe_load(arguments.params.read_text(encoding="utf-8")) or {}
        inside = known.get(section) or {}
        given = inside.get(name, known.get(name))
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise SystemExit(f"{section}: {name} is not a number in {arguments.params}: {given!r}")
    return given
