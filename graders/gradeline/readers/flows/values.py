"""The values that a file of an orchestration has while it is read.

Plain Python constants, lists and dictionaries stand for themselves.  The records here stand for what is not a
constant: things of libraries, functions of the repository, and values that only a run knows.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from gradeline.model.code import Function, Module
from gradeline.model.expression import Expression
from gradeline.records import field, record
from gradeline.source import Span

Env = dict[str, Any]


@record
class Unknown:
    """A value that the files do not tell."""

    reason: str = "its value is computed"


@record
class Runtime:
    """A value that a run brings: a parameter, a secret, a date."""

    expression: Expression


@record
class Joined:
    """A text put together from constants and ``Runtime`` or ``Unknown`` parts."""

    parts: tuple[Any, ...]


@record
class Named:
    """Something that is imported from outside of the repository, by its full name."""

    name: str

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


@record
class Made:
    """The result of calling something from outside: ``timedelta(minutes=5)``."""

    name: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    node: ast.Call
    span: Span

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


@record
class Method:
    """A bound method that nothing is known about yet: ``value.name``."""

    owner: Any
    name: str


@record
class Own:
    """A function of the repository, with the names it sees when it was defined inside another one."""

    module: Module
    node: Function | ast.Lambda
    env: Env = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@record
class OwnClass:
    """A class of the repository."""

    module: Module
    node: ast.ClassDef


def is_plain(value: Any) -> bool:
    """Whether a value is a constant that is known as a whole."""
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(is_plain(item) for item in value.values())
    return value is None or isinstance(value, str | int | float | bool)


def holds(value: Any, kind: type, depth: int = 0) -> bool:
    """Whether a value is or contains one of a kind."""
    if isinstance(value, kind):
        return True
    if depth > 6:
        return False
    parts: Any = ()
    if isinstance(value, list | tuple):
        parts = value
    elif isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, Joined):
        parts = value.parts
    elif isinstance(value, Made):
        parts = (*value.args, *value.kwargs.values())
    return any(holds(item, kind, depth + 1) for item in parts)


def seconds(value: Any) -> float | None:
    """A duration in seconds: a number, or a ``timedelta`` of constants.  None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, Made) or value.last not in ("timedelta", "duration", "Duration"):
        return None
    units = {"weeks": 604800.0, "days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0,
             "milliseconds": 1e-3, "microseconds": 1e-6}  # fmt: skip
    order = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
    total = 0.0
    for name, item in (*zip(order, value.args, strict=False), *value.kwargs.items()):
        if name not in units or isinstance(item, bool) or not isinstance(item, int | float):
            return None
        total += units[name] * item
    return total
