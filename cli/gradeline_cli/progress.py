"""A learner's progress: one file per workspace in the person's data folder, and what it says.

Nothing here decides or changes a grade: a result has the same bytes whatever stands in these files.
``GRADE_PROGRESS`` names another folder, or says ``off``.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from gradeline.records import field, record, replace
from gradeline.render.since import FIRST, Since, compare
from gradeline.result import Status
from gradeline.source import sha256_hex
from gradeline.words import Told
from gradeline_cli.store import BusyError, data_folder, locked, replace_file, sweep
from gradeline_cli.workspace import marked, workspace_id

if TYPE_CHECKING:
    from gradeline.result import Report

FORMAT = 1
KEPT = 100  # attempts of one workspace; the number of all attempts and the best one are kept for ever
VARIABLE = "GRADE_PROGRESS"

_LIMIT = 4 * 1024 * 1024  # bytes of one file
_NUMBER = re.compile(r"\d{1,9}(?:/[1-9]\d{0,8})?\Z")
_STATUSES: frozenset[str] = frozenset(get_args(Status))

# What turns a file of an older format into one of the next: format to function.  Files are upgraded when they are
# read and written back in the newest format with the next attempt.
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class ProgressError(Told):
    """A progress file that cannot be used.  It never stops a grading."""


class DamagedError(ProgressError):
    """A progress file that is not what we wrote."""


@record
class Attempt:
    """One grading.  ``digest`` is that of the submission; ``rubric`` and ``grader`` say what judged it."""

    at: str
    digest: str
    rubric: str
    grader: str
    score: Fraction
    passed: bool
    statuses: Mapping[str, Status]


@record
class Progress:
    """What is known of one workspace.

    ``attempts`` are the last ones of ``count``; ``hints`` the number of hints seen, by criterion; ``passed_at`` is
    empty until the first pass; ``fresh`` is true after a reset, when no attempt is compared with those before.
    """

    exercise: str
    folder: str
    attempts: tuple[Attempt, ...] = ()
    count: int = 0
    best: Fraction = Fraction(0)
    passed_at: str = ""
    hints: Mapping[str, int] = field(default_factory=dict)
    fresh: bool = False

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    def since(self, report: Report) -> Since:
        """What ``report`` changes against the last attempt."""
        last = self.last
        if last is None or self.fresh:
            return FIRST
        if (last.rubric, last.grader) != (report.rubric_digest, report.grader_version):
            return Since("other-rubric", last.score)
        statuses = {result.id: result.status for result in report.criteria}
        if (last.digest, last.statuses) == (report.submission_digest, statuses):
            return Since("same", last.score)
        return compare(last.statuses, last.score, report)

    def after(self, report: Report, at: str) -> Progress:
        """With the attempt that ``report`` is.  The same files judged by the same grader are no new attempt."""
        last = self.last
        now = Attempt(
            at, report.submission_digest, report.rubric_digest, report.grader_version, report.score, report.passed,
            {result.id: result.status for result in report.criteria},
        )  # fmt: skip
        if last is not None and not self.fresh and replace(last, at=at) == now:
            return self
        return replace(
            self,
            attempts=(*self.attempts, now)[-KEPT:],
            count=self.count + 1,
            best=max(self.best, report.score),
            passed_at=self.passed_at or (at if report.passed else ""),
            fresh=False,
        )


class Book:
    """All progress files of a person; ``folder`` None keeps and finds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def of(self, exercise: str, workspace: Path) -> Progress:
        """The progress in ``workspace``; an empty one when there is none.  Raises ``ProgressError``."""
        empty = Progress(exercise, str(workspace.resolve()))
        if self.folder is None:
            return empty
        return self._read(self.folder / _name(exercise, workspace)) or empty

    def all(self) -> tuple[Progress, ...]:
        """The progress of every workspace, without files that cannot be used; the last graded comes last."""
        if self.folder is None:
            return ()
        found = []
        with suppress(OSError):
            for path in sorted(self.folder.glob("*.json")):
                with suppress(ProgressError, OSError):
                    one = self._read(path)
                    if one is not None:
                        found.append(one)
        return tuple(sorted(found, key=lambda one: (one.last.at if one.last else "", one.folder)))

    def change(self, exercise: str, workspace: Path, how: Callable[[Progress], Progress]) -> Progress:
        """Read, change and write under the lock.  A damaged file is kept beside the new one.

        Raises ``ProgressError`` for a file of a newer Gradeline, which is left alone, and ``OSError``.
        """
        place = str(workspace.resolve())
        if self.folder is None:
            return how(Progress(exercise, place))
        with locked(self.folder):
            path = self.folder / _name(exercise, workspace)
            try:
                old = self._read(path)
            except DamagedError:
                path.replace(path.with_suffix(".damaged"))
                old = None
            new = how(replace(old, folder=place) if old is not None else Progress(exercise, place))
            if new != old:
                replace_file(path, _written(new))
                sweep(self.folder)
        return new

    @staticmethod
    def _read(path: Path) -> Progress | None:
        try:
            with path.open("rb") as file:
                content = file.read(_LIMIT + 1)
        except FileNotFoundError:
            return None
        try:
            one = _parsed(content)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DamagedError("progress.damaged", path=str(path)) from error
        if one is None:
            raise ProgressError("progress.newer", path=str(path))
        return one


def open_book() -> Book:
    """The progress files of this person, as ``GRADE_PROGRESS`` and the system say."""
    given = os.environ.get(VARIABLE, "").strip()
    if given.lower() in ("off", "0", "no"):
        return Book(None)
    return Book(Path(given) if given else data_folder() / "progress")


def now() -> str:
    """This moment in UTC.  Progress has times; results have none."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def keep(book: Book, exercise: str, folder: Path, report: Report) -> Told | None:
    """Note the attempt.  The problem when that fails, to be told: it never changes how a grading ends."""
    try:
        book.change(exercise, folder, lambda one: one.after(report, now()))
    except ProgressError as problem:
        return problem
    except BusyError:
        return ProgressError("progress.busy")
    except OSError as problem:
        return ProgressError("progress.unwritten", path=str(problem.filename or book.folder), why=problem.strerror)
    return None


def _name(exercise: str, workspace: Path) -> str:
    """The file of a workspace: by the id in its marker, which a move keeps, else by its place."""
    known = workspace_id(workspace) if marked(workspace) == exercise else None
    return f"{known or sha256_hex(f'{exercise}|{workspace.resolve()}'.encode('utf-8', 'surrogatepass'))[:32]}.json"


# --- the format --------------------------------------------------------------------------------


def _written(one: Progress) -> bytes:
    data = {
        "format": FORMAT,
        "exercise": one.exercise,
        "folder": one.folder.encode("utf-8", "backslashreplace").decode("utf-8"),
        "count": one.count,
        "best": str(one.best),
        "passed_at": one.passed_at,
        "fresh": one.fresh,
        "hints": dict(one.hints),
        "attempts": [
            {
                "at": attempt.at, "digest": attempt.digest, "rubric": attempt.rubric, "grader": attempt.grader,
                "score": str(attempt.score), "passed": attempt.passed, "statuses": dict(attempt.statuses),
            }
            for attempt in one.attempts
        ],
    }  # fmt: skip
    return (json.dumps(data, indent=1, sort_keys=True) + "\n").encode()


def _parsed(content: bytes) -> Progress | None:
    """The progress in a file; None for one of a newer format.  Raises what a file that is not ours makes it raise."""
    if len(content) > _LIMIT:
        raise ValueError("too large")
    data = json.loads(content.decode("utf-8"))
    version = _count(data["format"])
    if version > FORMAT:
        return None
    for older in range(version, FORMAT):
        data = UPGRADES[older](data)
    return _built(data)


def _built(data: dict[str, Any]) -> Progress:
    """The record in plain data; raises ``ValueError``, ``TypeError`` or ``KeyError`` when it is not ours."""
    hints = {_text(name): _count(number) for name, number in data["hints"].items()}
    return Progress(
        _text(data["exercise"]), _text(data["folder"]), tuple(_attempt(one) for one in data["attempts"]),
        _count(data["count"]), _fraction(data["best"]), _text(data["passed_at"]), hints, _truth(data["fresh"]),
    )  # fmt: skip


def _attempt(data: dict[str, Any]) -> Attempt:
    statuses = {_text(name): status for name, status in data["statuses"].items()}
    if not _STATUSES.issuperset(statuses.values()):
        raise ValueError("status")
    return Attempt(
        _text(data["at"]), _text(data["digest"]), _text(data["rubric"]), _text(data["grader"]),
        _fraction(data["score"]), _truth(data["passed"]), statuses,
    )  # fmt: skip


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("count")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("truth")
    return value


def _fraction(value: object) -> Fraction:
    if not isinstance(value, str) or not _NUMBER.match(value):
        raise ValueError("number")
    return Fraction(value)
