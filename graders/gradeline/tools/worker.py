"""A tool that is started once and answers questions over a pipe, one JSON text a line.

A question that is not answered in time, and an answer that is none, end the process with its whole group.
"""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from gradeline.tools.child import ToolFailure, clean_environment, end

START_SECONDS = 60.0
MAX_ANSWER = 8 * 1024 * 1024

# Of checkov: no processes of its own, no look for git when it is imported.
_SETTINGS = {"CHECKOV_PARALLELIZATION_TYPE": "none", "GIT_PYTHON_REFRESH": "quiet"}


class Worker:
    """``version`` is what the tool says of itself when it is ready.  ToolFailure when it does not start."""

    def __init__(self, name: str, command: Sequence[str | Path], seconds: float = START_SECONDS) -> None:
        self.name = name
        self._number = 0
        self._folder = tempfile.mkdtemp(prefix="gradeline-tool-")
        self._lines: queue.Queue[bytes] = queue.Queue()
        try:
            self._child = subprocess.Popen(  # noqa: S603 - a program of this installation, without a shell
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={**clean_environment(self._folder), **_SETTINGS},
                start_new_session=True,
            )
        except BaseException as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise ToolFailure(f"{name} does not start: {error.strerror}.") from error
            raise
        threading.Thread(target=_read, args=(self._child.stdout, self._lines), daemon=True).start()
        said = self._next(seconds)
        self.version = str(said.get("ready", ""))
        if not self.version:
            self.close()
            raise ToolFailure(f"{name} does not say its version.")

    def alive(self) -> bool:
        return self._child.poll() is None

    def ask(self, request: Mapping[str, object], seconds: float) -> dict[str, Any]:
        """The answer to ``request``.  ToolFailure when there is none; the process is gone then, unless it said why."""
        self._number += 1
        line = json.dumps({"id": self._number, **request}, ensure_ascii=True).encode("ascii") + b"\n"
        try:
            assert self._child.stdin is not None
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except OSError as error:
            self.close()
            raise ToolFailure(f"{self.name} has ended before it was asked.") from error
        said = self._next(seconds)
        if said.get("id") != self._number:
            self.close()
            raise ToolFailure(f"{self.name} answered another question.")
        answer = said.get("answer")
        if not isinstance(answer, dict):
            raise ToolFailure(f"{self.name} could not answer: {str(said.get('error', 'nothing was said'))[:200]}")
        return answer

    def close(self) -> None:
        """Nothing of the group is left, and its folder neither."""
        end(self._child)
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not written is of no use any more
                    stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self.close()
            raise ToolFailure(f"{self.name} did not answer in {seconds:g} seconds.") from None
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            self.close()
            raise ToolFailure(f"{self.name} " + ("ended without an answer." if not line else "gave no answer."))
        return said


def _read(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    """Puts each line into the queue, and an empty one at the end."""
    try:
        while line := stream.readline(MAX_ANSWER):
            lines.put(line)
            if not line.endswith(b"\n"):
                break
    except (OSError, ValueError):
        pass
    lines.put(b"")
