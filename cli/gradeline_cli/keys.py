"""Single keys from a terminal, or letters at the start of lines from anything else."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

How = Literal["keys", "lines", "none"]
Heard = Callable[[str], None]

# Arrows and other special keys come as a sequence (ECMA-48), whose letters are no keys of ours.
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)?")


@contextmanager
def listening(heard: Heard, plain: bool) -> Iterator[How]:
    """Call ``heard`` with each letter from a thread; the terminal is as before at the end, however it ends.

    With ``plain`` a terminal is read by lines: keys without Enter confuse some screen readers.
    """
    stream = sys.stdin
    if stream is None or stream.closed:
        yield "none"
        return
    try:
        handle = stream.fileno()
    except (OSError, ValueError):  # not a real stream
        yield "none"
        return
    if not stream.isatty() or plain or sys.platform == "win32":
        _listen(_lines, handle, heard)
        yield "lines"
        return
    import termios
    import tty

    before = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        _listen(_keys, handle, heard)
        yield "keys"
    finally:
        with suppress(termios.error):
            termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _listen(read: Callable[[int, Heard], None], handle: int, heard: Heard) -> None:
    threading.Thread(target=read, args=(handle, heard), name="gradeline-keys", daemon=True).start()


def _keys(handle: int, heard: Heard) -> None:
    with suppress(OSError):
        while chunk := os.read(handle, 32):
            for letter in _SEQUENCE.sub("", chunk.decode("ascii", "ignore")).lower():
                heard(letter)


def _lines(handle: int, heard: Heard) -> None:
    rest = b""
    with suppress(OSError):
        while chunk := os.read(handle, 1024):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-1024:]
            for line in lines:
                text = line.decode("ascii", "ignore").strip().lower()
                if text:
                    heard(text[0])
