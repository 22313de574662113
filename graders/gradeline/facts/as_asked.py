"""A sequence that is made as far as somebody has asked for it, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class AsAsked(Generic[T]):
    """The items of ``source``: each is made once, however many look at it."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._made: list[T] = []

    def __iter__(self) -> Iterator[T]:
        at = 0
        while True:
            if at == len(self._made):
                found = next(self._source, None)
                if found is None:
                    return
                self._made.append(found)
            yield self._made[at]
            at += 1
