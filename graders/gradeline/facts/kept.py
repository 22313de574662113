"""Answers about command lines, kept for as long as the process lives.

A command line means the same in every submission, and submissions have most of theirs in common.  As with the trees
of scripts (``syntax/shell.py``), a process that grades many works each out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

_KEYS: dict[frozenset[tuple[str, str | None]], frozenset[tuple[str, str | None]]] = {}  # each by itself
Argv = tuple[str | None, ...]
Environment = Mapping[str, str | None]
Items = tuple[tuple[str, str | None], ...]

MOST = 2048  # answers of one kind
LONGEST = 2000  # characters of a command line with its environment; longer ones are not kept


class Exported(dict[str, str | None]):
    """The environment of a command; nobody may change it.  ``key`` is one object for all that are equal, so that it is
    told from others at once: what is asked about each command of a pipeline is asked with the same environment."""

    __slots__ = ("items_in_order", "key")

    def __init__(self, values: Mapping[str, str | None], items: Items | None = None) -> None:
        super().__init__(values)
        self.items_in_order: Items = tuple(self.items()) if items is None else items
        key = frozenset(self.items_in_order)
        if len(_KEYS) >= MOST:
            _KEYS.pop(next(iter(_KEYS)), None)
        self.key = _KEYS.setdefault(key, key) if _length((), self) <= LONGEST else key


class Kept(Generic[T]):
    """The answers to one question that a command line and its environment, or an action and its inputs, decide.

    ``make`` gives what nobody may change.  The oldest answer goes when there are too many.
    """

    def __init__(self, make: Callable[[Argv, Environment], T]) -> None:
        self._make = make
        self._known: dict[object, T] = {}

    def __call__(self, argv: Argv, environment: Environment) -> T:
        if type(environment) is Exported:
            key: object = (argv, environment.key)
        else:
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
