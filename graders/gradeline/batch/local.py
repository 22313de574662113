"""Processes on this machine, behind the shape of ``concurrent.futures.Executor``.

A thread per worker owns one process at a time, hands it one task, waits, and kills it with all it started when it
takes too long.  Its time runs from the moment it has said that it is ready.  Work travels as JSON, never as pickled
objects.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from gradeline.batch.scratch import Scratch
from gradeline.batch.worker import OUT_OF_MEMORY
from gradeline.source import ToolError
from gradeline.words import Told

MAX_ANSWER = 64 * 1024 * 1024  # bytes
START_SECONDS = 120.0  # until a worker must be ready, also on a machine that is busy
_PAUSES = (0.2, 1.0, 3.0)  # seconds before a start is tried again


class NoWorker(Told, ToolError):
    """The grader's own process does not start, whatever was handed in."""


class LocalEngine(ThreadPoolExecutor):
    """``submit(engine.grade, task)`` gives a future of the worker's answer.

    It never raises for a bad submission; ``NoWorker`` when no process can be started.
    """

    def __init__(self, root: Path, jobs: int, seconds: int, megabytes: int) -> None:
        super().__init__(max_workers=jobs, thread_name_prefix="gradeline-batch")
        self.processors = jobs
        # What a process that was killed leaves behind, and its tools, goes at the end.
        self.scratch = Scratch()
        self._words = [sys.executable, "-P", "-m", "gradeline.batch.worker", str(root), str(megabytes), str(seconds)]
        self._seconds = seconds
        self._megabytes = megabytes
        self._mine = threading.local()
        self._all: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def grade(self, task: Mapping[str, str]) -> dict[str, object]:
        """The answer to ``task``: ``{"result": ...}``, ``{"shown": ...}`` or ``{"error": kind, "message": text}``."""
        process = self._process()
        if not _hand(process, task):  # it retired after the last one
            self._end(process)
            process = self._process()
            _hand(process, task)
        answer = _answer(process, self._seconds)
        if answer.get("error", "unreadable") != "unreadable" or _has_error(answer.get("result")):
            self._end(process)
        return answer

    def limits(self) -> dict[str, int]:
        """What one submission may take."""
        return {"seconds": self._seconds, "megabytes": self._megabytes}

    def stop(self) -> None:
        """Kill every worker and drop the tasks that wait."""
        with self._lock:
            self._closed = True
            running = list(self._all)
        for process in running:  # the pipes stay open: their threads may be reading
            _kill(process)
        self.shutdown(wait=True, cancel_futures=True)
        for process in running:
            self._end(process)
        self.scratch.close()

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        if process is not None:
            if process.poll() is None:
                return process
            self._end(process)
        for pause in (*_PAUSES, None):
            process = self._started()
            if process is not None:
                self._mine.process = process
                return process
            if pause is not None:
                time.sleep(pause)  # the machine may be short of something for a moment
        raise NoWorker("batch.no_worker", megabytes=self._megabytes)

    def _started(self) -> subprocess.Popen[bytes] | None:
        """A new process that has said that it is ready."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the engine was stopped")
            try:
                process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                    self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    start_new_session=True, env={**os.environ, "TMPDIR": str(self.scratch.path)},
                )  # fmt: skip
            except OSError:
                return None
            self._all.add(process)
        if _answer(process, START_SECONDS) == {"ready": True}:
            return process
        self._end(process)
        return None

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _kill(process)
        process.wait()
        with self._lock:
            self._all.discard(process)
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()


def _hand(process: subprocess.Popen[bytes], task: Mapping[str, str]) -> bool:
    """Whether the process could be told what to do."""
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(dict(task)).encode("ascii") + b"\n")
        process.stdin.flush()
    except OSError:
        return False
    return True


def _answer(process: subprocess.Popen[bytes], seconds: float) -> dict[str, object]:
    """The next line of a process, or why there is none."""
    assert process.stdout is not None
    handle, parts, size = process.stdout.fileno(), [], 0
    end = time.monotonic() + seconds
    waiting = select.poll()  # `select` knows no descriptor above 1023
    waiting.register(handle, select.POLLIN)
    while True:
        if not waiting.poll(max(0.0, end - time.monotonic()) * 1000):
            return {"error": "timeout", "message": ""}
        part = os.read(handle, 65536)
        size += len(part)
        parts.append(part)
        if not part or size > MAX_ANSWER:
            return {"error": "memory" if _short_of_memory(process) else "crash", "message": ""}
        if part.endswith(b"\n"):
            try:
                answer = json.loads(b"".join(parts))
            except (ValueError, RecursionError):
                answer = None
            return answer if isinstance(answer, dict) else {"error": "crash", "message": ""}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all it has started: its tools have groups of their own."""
    if process.returncode is None:  # else its number may be another's by now
        for one in (*_below(process.pid), process.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(one, signal.SIGKILL)


def _below(number: int) -> list[int]:
    """The processes that a process has started, and those have started, where the system tells (Linux)."""
    found: list[int] = []
    waiting = [number]
    while waiting and len(found) < 1000:
        with suppress(OSError, ValueError):
            for task in Path(f"/proc/{waiting.pop()}/task").iterdir():
                children = [int(one) for one in (task / "children").read_text(encoding="ascii").split()]
                found += children
                waiting += children
    return found


def _short_of_memory(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=1) == OUT_OF_MEMORY
    return False


def _has_error(result: object) -> bool:
    return isinstance(result, dict) and any(one["status"] == "error" for one in result["criteria"])
