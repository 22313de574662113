"""Writing: to the terminal, to a pipe whose reader may have gone, to a file that is whole or absent."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

WIDEST = 100  # columns; longer lines are harder to read


def emit(text: str, *, error: bool = False) -> None:
    """Write ``text``.  A closed stream or a reader that went away is no failure of ours.

    Raises ``OSError`` that names the output when it takes no more, because the disk is full for example.
    """
    stream: TextIO | None = sys.stderr if error else sys.stdout
    if stream is None:
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        forget(stream)
    except OSError as problem:
        forget(stream)
        if not error:  # nobody could read it
            raise OSError(problem.errno, problem.strerror, "the output") from problem
    except ValueError:
        if not stream.closed:
            raise


def forget(stream: TextIO) -> None:
    """Point ``stream`` at nothing, so that flushing it when Python ends fails no more."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def columns() -> int:
    """How wide to write: the terminal's width up to a readable one, 80 when there is no terminal."""
    if not is_terminal():
        return 80
    width = 0
    with suppress(ValueError):
        width = int(os.environ.get("COLUMNS", ""))
    if width <= 0:  # as shutil.get_terminal_size does it, without the 2 ms of importing every compressor
        with suppress(OSError, ValueError):
            width = os.get_terminal_size(sys.stdout.fileno()).columns
    return min(width, WIDEST) if width > 0 else 80


def has_colour(wanted: bool) -> bool:
    """Whether colour is welcome: see no-color.org for NO_COLOR."""
    return wanted and is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def ascii_only() -> bool:
    """Whether the output cannot show more than ASCII."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    return not encoding.startswith("utf")


def write_file(path: Path, text: str, *, wait: bool = True) -> None:
    """Replace ``path`` by ``text`` in one step: other programs see the old file or the whole new one."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"), wait=wait)


def write_bytes(path: Path, content: bytes, *, wait: bool = True) -> None:
    """Replace ``path`` by ``content`` in one step.

    ``wait`` until the disk has it; one of thousands of files that can be made again need not.
    """
    import tempfile

    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:  # the name people know is that of the report
        raise OSError(error.errno, error.strerror, str(path)) from error
    temporary = type(path)(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if wait:
                os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and not sys.stdout.closed and sys.stdout.isatty()
