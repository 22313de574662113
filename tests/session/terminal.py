"""A shell in tmux: keys go in, the screen comes out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

COLUMNS, LINES = 80, 58
PATIENCE = 90.0  # seconds; a busy machine is no failure

_TIME = re.compile(r"Graded at \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Screen(NamedTuple):
    """What was on the screen; ``ansi`` has its colours."""

    title: str
    ansi: str
    picture: bool

    @property
    def text(self) -> str:
        return _ESCAPE.sub("", self.ansi)

    @property
    def name(self) -> str:
        return "-".join(re.findall(r"[a-z0-9]+", self.title.lower()))


class Terminal:
    """A terminal of 80 columns with a home of its own; ``grade`` is the one in ``programs``."""

    def __init__(self, programs: Path) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gradeline-session-"))
        self._tmux = ["tmux", "-u", "-L", self.home.name, "-f", os.devnull]
        self._environment = {
            "HOME": str(self.home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8",
            "TERM": "screen-256color", "PS1": "$ ", "GRADE_PROGRESS": str(self.home / "progress"),
        }  # fmt: skip

    def __enter__(self) -> Terminal:
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        self._run("new-session", "-d", *size, "-c", str(self.home), "env", "-i", *self._given(), "bash", "--norc")
        self._run("set-option", "-g", "status", "off")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def type(self, line: str) -> None:
        self._run("send-keys", "-l", line)
        self._run("send-keys", "Enter")

    def press(self, key: str) -> None:
        self._run("send-keys", "-l", key)

    def see(self, title: str, *texts: str, picture: bool = False) -> Screen:
        """The screen once all ``texts`` are on it and it rests."""
        end = time.monotonic() + PATIENCE
        before = ""
        while True:
            now = self._run("capture-pane", "-p", "-e")
            plain = " ".join(_ESCAPE.sub("", now).split())
            if now == before and all(text in plain for text in texts):
                break
            assert time.monotonic() < end, f"{title}: waited for {texts}, saw:\n{_ESCAPE.sub('', now)}"
            before = now
            time.sleep(0.3)
        shown = _TIME.sub(lambda found: "Graded at 09:41:07" if found[0][0] == "G" else "2026-11-25 09:41 UTC", now)
        return Screen(title, "\n".join(line.rstrip() for line in shown.rstrip().split("\n")), picture)

    def _given(self) -> list[str]:
        return [f"{name}={value}" for name, value in self._environment.items()]

    def _run(self, *words: str) -> str:
        environment = {**os.environ, "LANG": "C.UTF-8"}
        done = subprocess.run([*self._tmux, *words], check=True, capture_output=True, text=True, env=environment)
        return done.stdout
