"""Runs inside checkov's own environment: imports it once, then answers one request a line.

It is started by path with ``python -I`` and knows nothing of Gradeline: the two live in environments that cannot
be one (requirements/checkov.in).  A request names a folder that holds copies of a learner's files and nothing else;
checkov's command line, which reads settings and imports code from such folders, is never loaded.

Once checkov is there, this process opens no connection, starts no program and reads no file but its own
installation and the folder of the request: an audit hook refuses everything else, whatever a file says.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import sys
from typing import Any

CPU_SECONDS = 15  # for one request
MEMORY = 3 * 1024 * 1024 * 1024  # of address space
FRAMEWORKS = {
    "cloudformation": "checkov.cloudformation.runner",
    "dockerfile": "checkov.dockerfile.runner",
    "github_actions": "checkov.github_actions.runner",
    "gitlab_ci": "checkov.gitlab_ci.runner",
    "kubernetes": "checkov.kubernetes.runner",
    "secrets": "checkov.secrets.runner",
    "terraform": "checkov.terraform.runner",
}
_BY_FOLDER = ("terraform",)  # needs the files of a module together
_REFUSED = (
    "ftplib.", "http.client.", "imaplib.", "nntplib.", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.system", "poplib.", "pty.", "smtplib.", "socket.bind", "socket.connect", "socket.getaddrinfo",
    "socket.gethost", "socket.getnameinfo", "socket.sendmsg", "socket.sendto", "subprocess.", "telnetlib.",
    "urllib.Request", "webbrowser.",
)  # fmt: skip
_READS = ("open", "os.listdir", "os.scandir")

_allowed: list[str] = []  # folders that may be read; while it is empty, checkov is being imported


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"refused: {event}")
    if _allowed and event in _READS and isinstance(arguments[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100 - pathlib would scan folders itself
        if path != os.devnull and not any(path == folder or path.startswith(folder + os.sep) for folder in _allowed):
            raise PermissionError(f"refused: {event} outside the copy")


def _bounds() -> None:
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 1024 * 1024, 16 * 1024 * 1024))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _more_time() -> None:
    """The next request may use ``CPU_SECONDS`` more than what was used so far."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, hard))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What checkov says about the files under ``folder`` by the checks with the given ids."""
    framework, folder = request["framework"], os.path.realpath(request["folder"])
    _allowed.clear()
    runner_filter = importlib.import_module("checkov.runner_filter").RunnerFilter
    runner = importlib.import_module(FRAMEWORKS[framework]).Runner
    _more_time()
    _allowed.extend(dict.fromkeys([*_installed(), folder, os.getcwd()]))  # noqa: PTH109
    whole = framework in _BY_FOLDER
    files = None if whole else [os.path.join(folder, name) for name in request["files"]]  # noqa: PTH118
    try:
        said = runner().run(
            root_folder=folder if whole else None,
            external_checks_dir=None,
            files=files,
            runner_filter=runner_filter(
                framework=[framework],
                checks=list(request["checks"]),
                download_external_modules=False,
                show_progress_bar=False,
            ),
        )
    finally:
        _allowed.clear()
    reports = said if isinstance(said, list) else [said]
    return {
        # A learner's "skip" is no answer to the question whether it is so.
        "failed": [_row(one, folder) for report in reports for one in (*report.failed_checks, *report.skipped_checks)],
        "passed": [_row(one, folder) for report in reports for one in report.passed_checks],
        "unread": sorted(_relative(path, folder) for report in reports for path in report.parsing_errors),
    }


def _row(record: Any, folder: str) -> dict[str, Any]:
    lines = record.file_line_range or [1, 1]
    return {
        "check": str(record.check_id),
        "name": str(record.check_name)[:500],
        "file": _relative(record.file_abs_path, folder),
        "lines": [int(lines[0]), int(lines[1])],
        "resource": str(record.resource)[:200],
    }


def _relative(path: Any, folder: str) -> str:
    """The name below the folder; one of another file starts with ``..`` and is dropped by who asked."""
    absolute = os.path.realpath(os.path.join(folder, str(path)))  # noqa: PTH118
    return os.path.relpath(absolute, folder).replace(os.sep, "/")


def _installed() -> list[str]:
    found = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    found |= {os.path.abspath(path) for path in (sys.prefix, *sys.path) if path}  # noqa: PTH100
    return sorted(found)


def main() -> None:
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)  # what checkov or a library prints is no answer
    sys.addaudithook(_watch)
    _bounds()
    import logging

    logging.disable(logging.CRITICAL)
    from importlib import metadata

    def say(data: dict[str, Any]) -> None:
        answers.write(json.dumps(data, ensure_ascii=True).encode("ascii") + b"\n")
        answers.flush()

    say({"ready": metadata.version("checkov")})
    for line in given:
        request = json.loads(line)
        try:
            say({"id": request["id"], "answer": answer(request)})
        except Exception as error:  # the process goes on; who asked hears that there is no answer
            say({"id": request["id"], "error": f"{type(error).__name__}: {error}"[:300]})
    shutil.rmtree(os.getcwd(), ignore_errors=True)  # noqa: PTH109 - whoever started it may have ended without a word


if __name__ == "__main__":
    main()
