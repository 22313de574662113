"""Small files of a person that survive a killed process, a full disk and two terminals at once.

A file is replaced in one step: written beside its place, flushed to the disk, renamed.  Whoever changes a file
holds the folder's lock while reading and writing it, so no change is lost between two terminals.  The system
gives a lock back when its process dies, however it dies.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 5.0  # seconds to wait for another terminal; a change takes milliseconds

_LOCK = "lock"
_BUSY = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK})


class BusyError(OSError):
    """Another process holds the lock for longer than any change takes."""


def data_folder() -> Path:
    """The folder for a person's own data, as ``platformdirs`` says.

    On Linux and the BSDs it is the XDG rule, spelled out here: importing platformdirs costs a tenth of a cold start.
    """
    if sys.platform.startswith(("linux", "freebsd", "openbsd", "netbsd")) and "ANDROID_DATA" not in os.environ:
        given = os.environ.get("XDG_DATA_HOME", "")
        base = given if given.startswith("/") else os.path.expanduser("~/.local/share")  # noqa: PTH111 - Path.expanduser raises
        return Path(base) / "gradeline"
    from platformdirs import user_data_path

    return user_data_path("gradeline", appauthor=False)


@contextmanager
def locked(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of ``folder``, which is made when it is missing.

    Raises ``BusyError`` after ``patience`` seconds.  Where the file system knows no locks, nothing is held: each
    file is still whole, and only changes at the very same moment may win over each other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = time.monotonic() + patience
        while not _try_lock(handle):
            if time.monotonic() >= end:
                raise BusyError(errno.EAGAIN, "another program holds it", str(folder / _LOCK))
            time.sleep(0.002)
        yield
    finally:
        os.close(handle)  # gives the lock back


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: after a crash at any moment the old file is there, or the whole new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
    _flush_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed writers left behind.  Call it with the lock held: then nobody else is writing."""
    for name in os.listdir(folder):  # noqa: PTH208 - names are all that is needed
        if name.startswith(".") and name.endswith(".tmp"):
            with suppress(OSError):
                (folder / name).unlink()


def _flush_folder(folder: Path) -> None:
    """Make the new name of a file durable, too; not every file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _try_lock(handle: int) -> bool:
    """Whether the lock is ours now, or the file system has none."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _BUSY
    return True
