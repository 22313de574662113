"""What tools have said before, by the content of what they were asked: an unchanged submission pays nothing.

The answers of this process are in memory, those of earlier ones in files of the user's cache folder.  A file is
believed only when it is whole: its name is the digest of the question, which it repeats, and it carries the digest
of its answer.  Everything else is as if it were not there.  A failure is never kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradeline import __version__
from gradeline.lint import Finding, Linted, Unread
from gradeline.source import SourceFile, Span, sha256_hex

FORMAT = 1
MAX_IN_MEMORY = 256
MAX_FILES = 2000
MAX_BYTES = 4 * 1024 * 1024  # of one file


def question(tool: str, version: str, sources: Sequence[SourceFile], rules: Sequence[str]) -> str:
    """The digest of everything that an answer depends on.  ``version`` covers the tool and what it runs with."""
    files = sorted((source.path, sha256_hex(source.text.encode("utf-8", "surrogatepass"))) for source in sources)
    return sha256_hex(_canonical([FORMAT, __version__, tool, version, files, sorted(rules)]))


class Answers:
    """``folder`` None keeps answers in memory only."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: OrderedDict[str, Linted] = OrderedDict()

    def get(self, key: str) -> Linted | None:
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        found = _read(self._folder / f"{key}.json", key) if self._folder is not None else None
        if found is not None:
            self._remember(key, found)
        return found

    def put(self, key: str, answer: Linted) -> None:
        self._remember(key, answer)
        if self._folder is not None:
            # A cache that cannot be written costs time and no grade.
            with contextlib.suppress(OSError):
                _write(self._folder, key, answer)

    def _remember(self, key: str, answer: Linted) -> None:
        self._known[key] = answer
        self._known.move_to_end(key)
        while len(self._known) > MAX_IN_MEMORY:
            self._known.popitem(last=False)


def user_folder() -> Path:
    """The folder for answers in the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("gradeline", appauthor=False) / "answers"


def _write(folder: Path, key: str, answer: Linted) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = _data(answer)
    whole = {"question": key, "answer": data, "digest": sha256_hex(_canonical(data))}
    text = _canonical(whole)
    if len(text) > MAX_BYTES:
        return
    handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        Path(name).replace(folder / f"{key}.json")
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _bound(folder)


def _bound(folder: Path) -> None:
    """The oldest files go when there are too many."""
    with os.scandir(folder) as entries:
        found = [entry.path for entry in entries]
    if len(found) > MAX_FILES:
        aged = sorted(found, key=lambda path: (os.stat(path).st_mtime_ns, path))  # noqa: PTH116
        for path in aged[: len(found) - MAX_FILES * 9 // 10]:
            Path(path).unlink(missing_ok=True)


def _read(path: Path, key: str) -> Linted | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            return None
        whole = json.loads(content)
        if whole["question"] != key or whole["digest"] != sha256_hex(_canonical(whole["answer"])):
            return None
        return _linted(whole["answer"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _data(answer: Linted) -> dict[str, Any]:
    return {
        "findings": [[one.code, one.severity, one.message, *_numbers(one.span)] for one in answer.findings],
        "complete": answer.complete,
        "looked_at": answer.looked_at,
        "unread": [[one.path, one.reason, one.line] for one in answer.unread],
    }


def _numbers(span: Span) -> list[object]:
    return [span.path, span.line, span.column, span.end_line, span.end_column]


def _linted(data: Mapping[str, Any]) -> Linted:
    rows = data["findings"]
    findings = tuple(Finding(code, severity, message, Span(*place)) for code, severity, message, *place in rows)
    return Linted(findings, data["complete"], data["looked_at"], tuple(Unread(*row) for row in data["unread"]))


def _canonical(data: object) -> bytes:
    return json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode("ascii")
