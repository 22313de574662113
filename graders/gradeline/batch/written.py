"""A file of lines that is the old one or the whole new one.

Lines are compared with those of the old file as they come: a run in which nothing changed writes nothing and waits for
no disk.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class Written:
    """The file at ``path``, in ASCII.  Use as a context; without ``finish`` the old file stays.  Raises ``OSError``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.tmp")
        self._same = 0  # bytes from the beginning that are those of the old file
        self._old: BinaryIO | None = None
        self._new: BinaryIO | None = None

    def __enter__(self) -> Written:
        with suppress(FileNotFoundError):
            self._old = self._path.open("rb")
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._old, self._new):
            if file is not None:
                file.close()
        if self._new is not None:
            self._temporary.unlink(missing_ok=True)

    def write(self, line: str) -> None:
        content = line.encode("ascii")
        if self._new is None:
            if self._old is not None and self._old.read(len(content)) == content:
                self._same += len(content)
                return
            self._new = self._begin()
        self._new.write(content)

    def finish(self) -> None:
        """Put the new file in the place of the old one, when they differ."""
        if self._new is None and self._old is not None and not self._old.read(1):
            return
        new = self._new = self._new or self._begin()
        new.flush()
        os.fsync(new.fileno())
        self._temporary.replace(self._path)

    def _begin(self) -> BinaryIO:
        new = self._temporary.open("wb")
        if self._old is not None:
            self._old.seek(0)
            left = self._same
            while left:
                part = self._old.read(min(left, 1 << 20))
                new.write(part)
                left -= len(part)
        return new
