"""Parts of the model that are only read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Part = TypeVar("Part")


class Lazy(Mapping[str, Part], Generic[Part]):
    """What each of some paths holds, made on first use.  ``make`` returns None for a file that cannot be read."""

    def __init__(self, paths: tuple[str, ...], make: Callable[[str], Part | None]) -> None:
        self._known = frozenset(paths)
        self._paths = paths
        self._make = make
        self._made: dict[str, Part | None] = {}

    def __getitem__(self, path: str) -> Part:
        if path not in self._made:
            self._made[path] = self._make(path) if path in self._known else None
        found = self._made[path]
        if found is None:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        return (path for path in self._paths if self.get(path) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def made(self) -> Iterator[Part]:
        """What has been asked for so far, in the order of the paths."""
        if not self._made:
            return iter(())
        return (found for path in self._paths if (found := self._made.get(path)) is not None)
