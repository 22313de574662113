"""The folder that a batch writes to.  It belongs to one run at a time."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from gradeline.words import Told

_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


class Output:
    """Use as a context: the folder ``path`` is ours until the end, or until this process ends in whatever way.

    Raises ``Told`` when another run has it, and ``OSError``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results = path / "results.jsonl"
        self.store = path / "store"
        self.staged = path / "staged"
        self._lock: TextIO | None = None

    def __enter__(self) -> Output:
        self.store.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.path)
        for leftover in (*self.path.glob(f".{self.results.name}.*tmp"), *self.store.glob(".*.tmp")):
            leftover.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()


def replace(path: Path, content: bytes) -> None:
    """Write a file that is the old one or the whole new one, whenever this process is killed.

    It is not waited for until the disk has it: who reads it must notice when a power cut has damaged it.
    """
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}.tmp")
    try:
        with named(path):
            temporary.write_bytes(content)
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):  # on a full disk each byte counts
            temporary.unlink()
        raise


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors name the file, also those of writing: a full disk is not told by the system with a name."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def _locked(folder: Path) -> TextIO:
    file = (folder / ".lock").open("a", encoding="ascii")
    if sys.platform == "win32":
        return file
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if error.errno in _BUSY:
            raise Told("batch.busy", folder=str(folder)) from error
        raise OSError(error.errno, os.strerror(error.errno or 0), str(folder)) from error  # it cannot be locked at all
    return file
