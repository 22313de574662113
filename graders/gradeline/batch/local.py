"""Processes on this machine, behind the shape of ``concurrent.futures.Executor``.

A thread per worker owns one process at a time, hands it one task, waits, and kills it with all it started when it
takes too long.  Work travels as JSON, never as pickled objects.
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

from gradeline.batch.worker import OUT_OF_MEMORY

MAX_ANSWER = 64 * 1024 * 1024  # bytes


class LocalEngine(ThreadPoolExecutor):
    """``submit(engine.grade, task)`` gives a future of the worker's answer; it never raises for a bad submission."""

    def __init__(self, root: Path, jobs: int, seconds: int, megabytes: int) -> None:
        super().__init__(max_workers=jobs, thread_name_prefix="gradeline-batch")
        self.processors = jobs
        self._words = [sys.executable, "-P", "-m", "gradeline.batch.worker", str(root), str(megabytes), str(seconds)]
        self._seconds = seconds
        self._megabytes = megabytes
        self._mine = threading.local()
        self._all: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def grade(self, task: Mapping[str, str]) -> dict[str, object]:
        """The answer to ``task``: ``{"result": ...}`` or ``{"error": kind, "message": text}``."""
        process = self._process()
        line = json.dumps(dict(task)).encode("ascii") + b"\n"
        try:
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()
        except OSError:  # it retired after the last one, or could not start
            self._end(process)
            process = self._process()
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.write(line)
                process.stdin.flush()
        answer = self._answer(process)
        if "result" not in answer or _has_error(answer["result"]):
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

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        if process is None or process.poll() is not None:
            with self._lock:
                if self._closed:
                    raise RuntimeError("the engine was stopped")
                process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                    self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip
                self._all.add(process)
            self._mine.process = process
        return process

    def _answer(self, process: subprocess.Popen[bytes]) -> dict[str, object]:
        assert process.stdout is not None
        handle, parts, size = process.stdout.fileno(), [], 0
        end = time.monotonic() + self._seconds
        while True:
            ready, _, _ = select.select([handle], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return {"error": "timeout", "message": ""}
            part = os.read(handle, 65536)
            size += len(part)
            parts.append(part)
            if not part or size > MAX_ANSWER:
                return {"error": "memory" if _short_of_memory(process) else "crash", "message": ""}
            if part.endswith(b"\n"):
                answer: dict[str, object] = json.loads(b"".join(parts))
                return answer

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _kill(process)
        process.wait()
        with self._lock:
            self._all.discard(process)
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # else its number may be another's by now
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _short_of_memory(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=1) == OUT_OF_MEMORY
    return False


def _has_error(result: object) -> bool:
    return isinstance(result, dict) and any(one["status"] == "error" for one in result["criteria"])
