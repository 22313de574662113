"""Runs a tool as a child that cannot outlive its limits: a fresh folder, an empty environment, one process group.

What a tool prints goes to files, so that neither side can block the other, and only its beginning is read.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gradeline.records import record
from gradeline.source import ToolError
from gradeline.words import Told

MAX_OUTPUT = 4 * 1024 * 1024
MAX_FILE = 64 * 1024 * 1024  # what a tool may write, its output included
MAX_MEMORY = 2 * 1024 * 1024 * 1024  # of address space
# Whoever asks a library of the tool's to connect gets an address at which nobody answers.
_PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
NO_NETWORK = {
    **dict.fromkeys(_PROXIES, "http://127.0.0.1:9"),
    "NO_PROXY": "",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
}


class ToolFailure(ToolError):
    """A tool could not do its work.  It says nothing about the submission, and never counts as a pass."""


class ToolMissing(Told, ToolFailure):
    """A tool is not installed, or not as it must be; the sentence says what to do, in every language."""


@record
class Finished:
    status: int
    output: str
    errors: str


def program(name: str, package: str) -> Path:
    """The program that belongs to this installation: never one that lies on the path or in a submission."""
    suffix = ".exe" if os.name == "nt" else ""
    path = Path(sysconfig.get_path("scripts")) / (name + suffix)
    if not path.is_file():
        raise ToolMissing("tool.missing", name=name, package=package)
    return path


def clean_environment(home: str) -> dict[str, str]:
    """All that a tool gets of an environment: nothing of the caller's, so no token, no setting, no search path."""
    return {"LC_ALL": "C.UTF-8", "HOME": home, "TMPDIR": home, "TZ": "UTC", "NO_COLOR": "1", **NO_NETWORK}


def run(
    command: Sequence[str | Path], text: str, seconds: float, memory: int | None = MAX_MEMORY
) -> Finished:
    """Run ``command`` with ``text`` on standard input.  ToolFailure when it does not start or does not end in
    ``seconds``; the whole process group is gone then.  ``memory`` is the address space it may have, in bytes."""
    with (
        tempfile.TemporaryDirectory(prefix="gradeline-tool-") as folder,
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as printed,
        tempfile.TemporaryFile() as said,
    ):
        given.write(text.encode("utf-8", "replace"))
        given.seek(0)
        try:
            child = subprocess.Popen(  # noqa: S603 - a program of this installation, without a shell
                [str(word) for word in command],
                stdin=given,
                stdout=printed,
                stderr=said,
                cwd=folder,
                env=clean_environment(folder),
                start_new_session=True,
            )
            limit(child.pid, int(seconds) + 1, memory)
        except OSError as error:
            raise ToolFailure(f"{Path(command[0]).name} does not start: {error.strerror}.") from error
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise ToolFailure(f"{Path(command[0]).name} did not end in {seconds:g} seconds.") from error
        finally:
            end(child)
        return Finished(status, _beginning(printed), _beginning(said))


def limit(pid: int, seconds: int | None, memory: int | None) -> None:
    """Bound processor time, memory, files and core dumps of a process that has just started, where the system can
    (Linux): the time on the wall bounds it everywhere."""
    try:
        import resource
    except ImportError:
        return
    if not hasattr(resource, "prlimit"):
        return
    limits = [(resource.RLIMIT_FSIZE, MAX_FILE), (resource.RLIMIT_NOFILE, 256), (resource.RLIMIT_CORE, 0)]
    limits += [(resource.RLIMIT_CPU, seconds)] if seconds is not None else []
    limits += [(resource.RLIMIT_AS, memory)] if memory is not None else []
    with suppress(ProcessLookupError, PermissionError, ValueError):
        for kind, most in limits:
            resource.prlimit(pid, kind, (most, most))


def end(child: subprocess.Popen[bytes]) -> None:
    """Nothing of the group is left, whatever it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    elif child.poll() is None:
        child.kill()
    child.wait()


def _beginning(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    data: bytes = file.read(MAX_OUTPUT)  # type: ignore[attr-defined]
    return data.decode("utf-8", "replace")


def first_line(text: str) -> str:
    """The first line of what a tool said, cut to what a message holds."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "nothing was said")
    return line if len(line) <= 200 else line[:197] + "..."
