"""What one run of a batch leaves for the next: results under a digest of everything that decides them.

A result is kept as soon as it is there, so a run that was killed goes on where it stopped.  For each folder its
fingerprint is kept, too: one that looks the same as before is not read again.

What the last run did not use is kept as well, because learners take changes back and classes share a folder, but not
without bound.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from gradeline import __version__
from gradeline.batch.fingerprint import fingerprint, is_old
from gradeline.batch.layout import Place
from gradeline.batch.output import Output, replace
from gradeline.course import Course, open_course
from gradeline.intake.limits import SKIPPED

MOST_UNUSED = 2_000  # results that the last run did not use, or as many as it did use
MOST_UNUSED_BYTES = 1024 * 1024 * 1024
_SEEN = "seen.json"
_FORMAT = 4  # of what is kept; another one is not read
_PACKAGE = Path(__file__).parents[1]
_PASSED_OVER = frozenset({"__pycache__", "_course"})  # in the files of our own


class Kept:
    """The store in the output folder of a run."""

    def __init__(self, output: Output, root: Path, thorough: bool) -> None:
        self._store = output.store
        self._seen: dict[str, tuple[str, str]] = {}  # name: fingerprint and digest of the bytes, from the last run
        self._new: dict[str, tuple[str, str]] = {}
        self._used: set[str] = set()
        self._made: list[str] = []
        self._courses: dict[str, str] = {}
        self._checked: set[str] = set()
        self._of = open_course(root)
        if not thorough:
            self._seen = _read_seen(self._store / _SEEN)
        self._grader = self._tree("\0grader", (_PACKAGE,), _version())

    def key(self, place: Place, work: str) -> str:
        """The name of the result of ``work``, a digest of its bytes: a digest of all that decides it, or empty."""
        if place.exercise not in self._courses:
            self._courses[place.exercise] = self._course(place.exercise)
        return _digest((self._courses[place.exercise], work)) if work else ""

    def work(self, place: Place) -> str:
        """A digest of the bytes of a submission; empty when not all of them can be read."""
        mark = _looks(Path(place.folder), time.time_ns(), SKIPPED)
        before = self._seen.get(place.title)
        found = before[1] if before is not None and mark and before[0] == mark else self.read(place)
        if mark and found:
            self._new[place.title] = mark, found
        return found

    @staticmethod
    def read(place: Place) -> str:
        """As ``work``, but read now."""
        from gradeline.batch.content import content

        return content(place)

    def known(self, key: str) -> tuple[str, str] | None:
        """A sealed result that is there already; None as well when it was damaged."""
        if not key:
            return None
        try:
            digest, _, content = (self._store / f"{key}.json").read_bytes().partition(b"\n")
            before, _, after = content.decode("ascii").partition("\n")
        except (OSError, ValueError):
            return None
        if sha256(content).hexdigest().encode("ascii") != digest:
            return None
        self._used.add(key)
        return before, after

    def keep(self, key: str, sealed: tuple[str, str]) -> None:
        before, after = sealed
        content = f"{before}\n{after}".encode("ascii")
        replace(self._store / f"{key}.json", sha256(content).hexdigest().encode("ascii") + b"\n" + content)
        self._used.add(key)
        self._made.append(key)

    def holds(self) -> bool:
        """Whether the grader and the course are still what the keys of this run were made from.

        Processes that were started later may have read others: then nothing that this run has kept stays.
        """
        if not self._made:
            return True
        same = self._grader == self._tree("\0grader", (_PACKAGE,), _version()) and all(
            digest == self._course(exercise) for exercise, digest in self._courses.items()
        )
        if not same:
            for key in self._made:
                (self._store / f"{key}.json").unlink(missing_ok=True)
        return same

    def close_run(self) -> None:
        """Note what was seen, for the next run, and drop what is too much."""
        if self._new != self._seen:
            said = json.dumps({"format": _FORMAT, "seen": self._new}, sort_keys=True)
            replace(self._store / _SEEN, said.encode("ascii"))
        if self._made:
            self._compact()

    def _compact(self) -> None:
        """Of the results that this run did not use, the latest stay.

        Each is a file of its own, so one that is killed meanwhile has dropped some of them and damaged none.
        """
        unused = []
        with os.scandir(self._store) as entries:
            for one in entries:
                if one.name.endswith(".json") and one.name != _SEEN and one.name[:-5] not in self._used:
                    state = one.stat(follow_symlinks=False)
                    unused.append((-state.st_mtime_ns, one.name, state.st_size))
        room = MOST_UNUSED_BYTES
        for number, (_, name, size) in enumerate(sorted(unused)):
            room -= size
            if number >= max(MOST_UNUSED, len(self._used)) or room < 0:
                with suppress(OSError):  # the results are written; what cannot be dropped stays
                    (self._store / name).unlink()

    def check(self, exercise: str) -> None:
        """Raises what is wrong with an exercise or its rubric, before everybody's work fails on it."""
        if exercise not in self._checked:
            self._of.exercise(exercise)
            self._of.rubric(exercise)
            self._checked.add(exercise)

    def _course(self, exercise: str) -> str:
        return self._tree(f"\0{exercise}", _roots(self._of, exercise), self._grader)

    def _tree(self, name: str, roots: Sequence[Path], begin: str) -> str:
        """A digest of files of our own; read again only when they look different."""
        start = time.time_ns()
        told = [_looks(root, start, _PASSED_OVER) for root in roots]
        mark = _digest((begin, *told)) if all(told) else ""
        before = self._new.get(name) or self._seen.get(name)
        found = before[1] if before is not None and mark and before[0] == mark else _read_tree(roots, begin)
        if mark:
            self._new[name] = mark, found
        return found


def course_digest(root: Path, exercise: str) -> str:
    """A digest of the grader and of what it needs for an exercise, read now."""
    return _read_tree(_roots(open_course(root), exercise), _read_tree((_PACKAGE,), _version()))


def _roots(course: Course, exercise: str) -> tuple[Path, ...]:
    return course.folders[exercise], course.root / "rubrics" / f"{exercise}.yaml"


def _version() -> str:
    return f"{_FORMAT} {__version__} {sys.version} {_installed()}"


def _looks(root: Path, start: int, passed_over: frozenset[str]) -> str:
    """What the file system says about a folder or a file; empty when that is worth nothing."""
    if root.is_dir():
        return fingerprint(str(root), start, passed_over)
    try:
        state = root.stat()
    except OSError:
        return ""
    if not is_old(state.st_ctime_ns, start):
        return ""
    return f"{root}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ctime_ns}\0{state.st_ino}"


def _read_tree(roots: Sequence[Path], begin: str) -> str:
    digest = sha256(begin.encode())
    for root in roots:
        paths = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in paths:
            name = path.relative_to(root).as_posix()
            if path.is_file() and _PASSED_OVER.isdisjoint(name.split("/")):
                digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _installed() -> str:
    """The packages around us with their versions, readers and external tools among them, and the list of packages
    that checkov's own environment is made from."""
    from gradeline.tools.checkov_home import lock_digest

    names: set[str] = set()
    for folder in {str(Path(__file__).parents[2]), *(path for path in sys.path if path.endswith("-packages"))}:
        with suppress(OSError), os.scandir(folder) as entries:
            names.update(one.name for one in entries if one.name.endswith(".dist-info"))
    return " ".join((lock_digest(), *sorted(names)))


def _read_seen(path: Path) -> dict[str, tuple[str, str]]:
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            return {}
        return {str(name): (str(mark), str(key)) for name, (mark, key) in data["seen"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _digest(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
