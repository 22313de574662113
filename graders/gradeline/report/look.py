"""A look at the work behind a result: graded once more in a process that can be killed, so that whatever was handed in
cannot stop a report or the review."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from gradeline.batch.local import LocalEngine
from gradeline.grades import Grade
from gradeline.report.site import Work
from gradeline.source import GradelineError
from gradeline.words import DEFAULT

SECONDS = 20  # for one work
MEGABYTES = 2048  # for one process


class Look:
    """Call it with a grade for its ``Work``: None when the work is not at hand, is not what was graded, or could not be
    read in time.  Use as a context; processes start with the first look.  Pipelines are drawn in ``language``."""

    def __init__(self, root: Path, seconds: int = SECONDS, language: str = DEFAULT) -> None:
        processors = os.cpu_count() or 1
        self._language = language
        self._engine = LocalEngine(root.resolve(), processors, seconds, MEGABYTES)
        self._most = 4 * processors
        self._asked: dict[tuple[str, str], Future[Work | None]] = {}

    def __enter__(self) -> Look:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()

    def __call__(self, grade: Grade) -> Work | None:
        found = self._asked.pop((grade.learner.id, grade.exercise), None)
        return (found or self.ask(grade)).result()

    def ahead(self, grades: Iterable[Grade]) -> Iterator[Grade]:
        """The same grades, while looks at those that come next are under way: for who looks at each of them."""
        coming: deque[Grade] = deque()
        for grade in grades:
            self._asked[grade.learner.id, grade.exercise] = self.ask(grade)
            coming.append(grade)
            if len(coming) > self._most:
                yield coming.popleft()
        yield from coming

    def ask(self, grade: Grade) -> Future[Work | None]:
        """As a call, but the answer comes later; it never raises."""
        digest = _digest(grade)
        if not digest or not Path(grade.folder).exists():
            nothing: Future[Work | None] = Future()
            nothing.set_result(None)
            return nothing
        task = {"name": "", "exercise": grade.exercise, "folder": grade.folder, "show": self._language}
        return self._engine.submit(_look, self._engine, task, digest)


def _look(engine: LocalEngine, task: Mapping[str, str], digest: str) -> Work | None:
    with suppress(GradelineError):  # no process could be started: the page says that the work is not at hand
        shown = engine.grade(task).get("shown")
        if isinstance(shown, dict) and shown["digest"] == digest:
            sources = {str(path): tuple(map(str, lines)) for path, lines in shown["sources"].items()}
            return Work(sources, str(shown["picture"]))
    return None


def _digest(grade: Grade) -> str:
    """Of the submission that the result is about; empty when the work cannot be looked at."""
    if not grade.folder or grade.result is None:
        return ""
    submission = grade.result["submission"]
    return str(submission["digest"]) if isinstance(submission, dict) else ""
