"""A temporary folder that does not outlive its process for long, also when that is killed.

Its owner holds a lock in it.  A process that died, by whatever signal, holds none: the next one that makes a folder
takes such folders away.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TextIO

PREFIX = "gradeline-batch-"
_OWNER = "owner"


class Scratch:
    """``path`` is there until ``close``, and at the latest until the process ends."""

    def __init__(self) -> None:
        place = Path(tempfile.gettempdir())
        _tidy(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        file = _claim(self.path / _OWNER, create=True)
        self.close = weakref.finalize(self, _remove, self.path, file)


def _remove(folder: Path, file: TextIO | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if file is not None:
        file.close()


def _tidy(place: Path) -> None:
    """Remove folders of ours whose owner is gone.  One that is just being made has no file yet, and stays."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        for folder in place.glob(f"{PREFIX}*"):
            if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.geteuid():
                continue
            file = _claim(folder / _OWNER)
            if file is not None:
                _remove(folder, file)


def _claim(path: Path, create: bool = False) -> TextIO | None:
    """The file, locked for as long as it is open; None when it is not there, or somebody else holds it."""
    flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        file = os.fdopen(os.open(path, flags, 0o600), "r+", encoding="ascii")
    except OSError:
        return None
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
    return file
