"""Who tells about saved files: watchfiles where it works, else a look at the files once a second."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from gradeline_cli.workspace import MARKER, SKIPPED, files_below

Why = Literal["missing", "asked", "failed"]
Notice = Callable[[], None]
Polling = Callable[[Why, str], None]

PERIOD = 1.0  # seconds between two looks

_LEFTOVERS = ("~", ".swp", ".swx", ".swo", ".tmp", ".bak", ".part")


def interesting(path: str) -> bool:
    """Whether a change of ``path`` (relative, with ``/``) may change a grade: no tool's folder, no editor's scratch."""
    *folders, name = path.split("/")
    if SKIPPED & set(folders) or name == MARKER:
        return False
    return not (name.endswith(_LEFTOVERS) or name.startswith((".#", "#")) or name == "4913")  # vim's trial file


class Watcher:
    """Calls ``changed`` from threads of its own; ``polling`` tells, once, that files are looked at and why."""

    def __init__(self, folder: Path, changed: Notice, polling: Polling) -> None:
        self._folder = folder
        self._changed = changed
        self._polling = polling
        self._stop = threading.Event()

    def start(self, poll: bool) -> None:
        threading.Thread(target=self._run, args=(poll,), name="gradeline-watch", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self, poll: bool) -> None:
        # What happens while the other way of watching is set up must not be missed, so the files are noted first.
        before = snapshot(self._folder)
        why, name = self._told(before) if not poll else ("asked", "")
        if not self._stop.is_set():
            self._polling(why, name)
            self._look(before)

    def _told(self, before: dict[str, tuple[int, ...]]) -> tuple[Why, str]:
        """Let watchfiles tell about changes; returns when that is not possible, with the reason."""
        try:
            from watchfiles import watch
        except ImportError:
            return "missing", ""
        root = self._folder.resolve()

        def wanted(_: object, path: str) -> bool:
            return interesting(os.path.relpath(path, root).replace(os.sep, "/"))

        try:
            changes = watch(
                root, watch_filter=wanted, debounce=400, step=50, stop_event=self._stop, rust_timeout=1000,
                yield_on_timeout=True, raise_interrupt=False,
            )  # fmt: skip
            first = True
            for found in changes:
                if found or (first and snapshot(self._folder) != before):
                    self._changed()
                first = False
        except Exception as error:
            return "failed", type(error).__name__
        return ("asked", "") if self._stop.is_set() else ("failed", "")

    def _look(self, before: dict[str, tuple[int, ...]]) -> None:
        while not self._stop.wait(PERIOD):
            now = snapshot(self._folder)
            if now != before:
                before = now
                self._changed()


def snapshot(folder: Path) -> dict[str, tuple[int, ...]]:
    """What tells one state of the files from another: time, size and identity of each."""
    found: dict[str, tuple[int, ...]] = {}
    try:
        for path in files_below(folder):
            if interesting(path):
                try:
                    state = (folder / path).stat()
                except OSError:  # gone meanwhile: the next look sees it
                    continue
                found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    except OSError:
        pass
    return found
