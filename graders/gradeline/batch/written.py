"""A file of lines that is the old one or the whole new one.

Lines are compared with those of the old file as they come: a run in which nothing changed writes nothing and waits for
no disk.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gradeline.batch.output import named


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
                with suppress(OSError):  # what is not finished is not wanted
                    file.close()
        if self._new is not None:
            self._temporary.unlink(missing_ok=True)

    def write(self, line: str) -> None:
        content = line.encode("ascii")
        if self._new is None and self._old is not None and self._old.read(len(content)) == content:
            self._same += len(content)
            return
        with named(self._path):
            self._begun().write(content)

    def finish(self) -> None:
        """Put the new file in the place of the old one, when they differ."""
        if self._new is None and self._old is not None and not self._old.read(1):
            return
        with named(self._path):
            new = self._begun()
            new.flush()
            os.fsync(new.fileno())
            if self._old is not None:
                self._old.close()  # Windows replaces no file that is open
            new.close()
            self._temporary.replace(self._path)

    def _begun(self) -> BinaryIO:
        """The new file, with all that it has in common with the old one."""
        if self._new is None:
            self._new = self._temporary.open("wb")
            if self._old is not None:
                self._old.seek(0)
                left = self._same
                while left:
                    part = self._old.read(min(left, 1 << 20))
                    if not part:
                        raise OSError(errno.EIO, "it became shorter while it was read", str(self._path))
                    self._new.write(part)
                    left -= len(part)
        return self._new
