"""The way of a batch: known results from the store, others from the engine, all written in the order of names.

``results.jsonl`` is the old one or the whole new one.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Protocol

from gradeline.batch.kept import Kept, content
from gradeline.batch.layout import Place
from gradeline.batch.lines import GRADED, error_line, failed, line_of, seal
from gradeline.records import record

RESULTS = "results.jsonl"


class Engine(Protocol):
    """Who grades: ``executor.submit(grade, task)``."""

    @property
    def grade(self) -> Callable[[Mapping[str, str]], dict[str, object]]: ...


@record(frozen=False)
class Counts:
    """What is kept of a batch in memory.  ``current`` is waited for; ``slowest`` took the most seconds so far."""

    total: int = 0
    graded: int = 0
    known: int = 0
    errors: int = 0
    current: str = ""
    slowest: tuple[float, str] = (0.0, "")

    @property
    def done(self) -> int:
        return self.graded + self.known + self.errors

    def took(self, name: str, seconds: float) -> None:
        self.slowest = max(self.slowest, (seconds, name))


Told = Callable[[Place, Mapping[str, object], Counts], None]


def run(
    places: Sequence[Place], root: Path, output: Path, executor: Executor, engine: Engine, jobs: int, told: Told,
    thorough: bool = False,
) -> Counts:  # fmt: skip
    """Grade ``places`` with the course in ``root`` into ``output``; ``told`` hears of each record, in order.

    ``thorough`` reads all files again, also of folders that look the same as before.  Raises ``Told`` when another run
    writes into ``output``, and ``OSError``.
    """
    counts = Counts(total=len(places))
    with Kept(output, root, thorough) as kept:
        temporary = output / f".{RESULTS}.tmp"
        waiting: deque[tuple[Place, Future[str] | str]] = deque()

        def finish() -> None:
            place, answer = waiting[0]
            line = answer.result() if isinstance(answer, Future) else answer
            waiting.popleft()
            status, reason = _standing(line)
            if status == "error":
                counts.errors += 1
            elif isinstance(answer, Future):
                counts.graded += 1
            else:
                counts.known += 1
            out.write(line)
            told(place, {"status": status, "reason": reason}, counts)

        def ask(place: Place, work: str, key: str) -> str:
            begin = time.monotonic()
            answer = engine.grade({"name": place.title, "exercise": place.exercise, "folder": place.folder})
            counts.took(place.title, time.monotonic() - begin)
            if failed(answer):
                return error_line(place, work, answer)
            sealed = seal(answer["result"])
            if key and work == content(place):  # nobody changed it meanwhile
                kept.keep(key, sealed)
            return line_of(place, work, sealed)

        with temporary.open("w", encoding="ascii", newline="\n") as out:
            for place in places:
                work = kept.work(place)
                key = kept.key(place, work)
                known = kept.known(key)
                told_before = line_of(place, work, known) if known else None
                if told_before is None:
                    kept.check(place.exercise)
                waiting.append((place, told_before or executor.submit(ask, place, work, key)))
                while len(waiting) > 8 * jobs:
                    counts.current = waiting[0][0].title
                    finish()
            while waiting:
                counts.current = waiting[0][0].title
                finish()
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(output / RESULTS)
        kept.close_run()
    return counts


def _standing(line: str) -> tuple[str, str]:
    """Status and reason of a line that we have made: they stand before everything that a learner wrote."""
    if line.startswith(GRADED):
        return "graded", ""
    data = json.loads(line)
    return str(data["status"]), str(data["reason"])
