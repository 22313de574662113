"""What changed answers lost, kept by content: a run that was stopped goes on, and equal answers are graded once.

One file a process, exercise and state: ``<folder>/<digest of the grader>/<exercise>-<digest of the exercise>-<process>
.jsonl``.  A line is complete or not read, so a run that is killed spoils nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from mutation.operators import Files


class Store:
    """``folder`` None keeps nothing on the disk, only equal answers of this process."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, dict[str, dict[str, str]]] = {}

    def get(self, exercise: str, files: Files) -> dict[str, str] | None:
        return self._of(exercise).get(digest_of(files))

    def put(self, exercise: str, files: Files, lost: dict[str, str]) -> None:
        key = digest_of(files)
        self._of(exercise)[key] = lost
        if self._folder is not None:
            with (self._folder / f"{exercise}-{os.getpid()}.jsonl").open("a", encoding="utf-8") as out:
                out.write(json.dumps([key, lost]) + "\n")

    def _of(self, exercise: str) -> dict[str, dict[str, str]]:
        if exercise not in self._known:
            self._known[exercise] = dict(self._read(exercise))
        return self._known[exercise]

    def _read(self, exercise: str) -> list[tuple[str, dict[str, str]]]:
        rows: list[tuple[str, dict[str, str]]] = []
        for path in sorted(self._folder.glob(f"{exercise}-*.jsonl")) if self._folder is not None else ():
            for line in path.read_text("utf-8").splitlines():
                try:
                    key, lost = json.loads(line)
                except ValueError:
                    continue  # the process was killed while it wrote
                rows.append((key, lost))
        return rows


def open_store(folder: Path, course: Path) -> Path:
    """The folder for the grader as it is now; those of other states are thrown away."""
    now = folder / state_of(course, ("graders", "requirements"))
    now.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old != now:
            shutil.rmtree(old, ignore_errors=True)
    return now


def state_of(course: Path, names: Iterable[str]) -> str:
    """A digest of files and folders of the course, and of Python: what decides a verdict beside the answer itself."""
    found = hashlib.sha256(sys.version.encode())
    for name in names:
        for path in sorted([course / name, *(course / name).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(f"\0{path.relative_to(course).as_posix()}\0".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def digest_of(files: Files) -> str:
    found = hashlib.sha256()
    for path, text in sorted(files.items()):
        found.update(f"{path}\0{len(text)}\0".encode("utf-8", "surrogateescape"))
        found.update(text.encode("utf-8", "surrogateescape"))
    return found.hexdigest()[:32]
