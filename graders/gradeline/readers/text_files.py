"""Every text file of a submission, read when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gradeline.source import SourceFile


class TextFiles(Mapping[str, SourceFile]):
    """Paths to their files, in the order of ``paths``; what is not text or cannot be read is left out.

    Only going through all of them reads all of them: most checks need the few files they name.
    """

    def __init__(self, paths: tuple[str, ...], read: Callable[[str], SourceFile | None]) -> None:
        self._paths = paths
        self._read = read
        self._known = frozenset(paths)

    def __getitem__(self, path: str) -> SourceFile:
        source = self._read(path) if path in self._known else None
        if source is None:
            raise KeyError(path)
        return source

    def __iter__(self) -> Iterator[str]:
        return (path for path in self._paths if self._read(path) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
