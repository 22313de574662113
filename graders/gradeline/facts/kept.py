"""Answers about command lines, kept for as long as the process lives.

A command line means the same in every submission, and submissions have most of theirs in common.  As with the trees
of scripts (``syntax/shell.py``), a process that grades many works each out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")
Argv = tuple[str | None, ...]
Environment = Mapping[str, str | None]

MOST = 2048  # answers of one kind
LONGEST = 2000  # characters of a command line with its environment; longer ones are not kept


class Kept(Generic[T]):
    """The answers to one question that a command line and its environment, or an action and its inputs, decide.

    ``make`` gives what nobody may change.  The oldest answer goes when there are too many.
    """

    def __init__(self, make: Callable[[Argv, Environment], T]) -> None:
        self._make = make
        self._known: dict[object, T] = {}

    def __call__(self, argv: Argv, environment: Environment) -> T:
        key = (argv, *environment.items()) if environment else argv
        known = self._known
        if key in known:
            return known[key]
        found = self._make(argv, environment)
        if _length(argv, environment) <= LONGEST:
            if len(known) >= MOST:
                known.pop(next(iter(known)), None)
            known[key] = found
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


def _length(argv: Argv, environment: Environment) -> int:
    words = sum(len(word) for word in argv if word is not None)
    return words + sum(len(name) + len(value or "") for name, value in environment.items())
