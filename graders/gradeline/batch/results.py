"""The way of a batch: known results from the store, others from the engine, all written in the order of names.

``results.jsonl`` is the old one or the whole new one.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gradeline.batch.kept import Kept
from gradeline.batch.layout import Place
from gradeline.batch.lines import GRADED, error_line, failed, line_of, seal
from gradeline.batch.written import Written
from gradeline.records import record

if TYPE_CHECKING:
    from concurrent.futures import Future

RESULTS = "results.jsonl"
_AHEAD = 8  # submissions for each process that grades, waiting or in work


class Engine(Protocol):
    """Who grades: an ``Executor``, what it is asked for each submission, and how many it takes at once."""

    processors: int

    def submit(self, ask: Callable[[Place, str, str], str], place: Place, work: str, key: str, /) -> Future[str]: ...

    def grade(self, task: Mapping[str, str], /) -> dict[str, object]: ...


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
    places: Sequence[Place], root: Path, output: Path, start: Callable[[], Engine], told: Told, thorough: bool = False
) -> Counts:
    """Grade ``places`` with the course in ``root`` into ``output``; ``told`` hears of each record, in order.

    ``start`` gives who grades; it is asked once, and only when there is something to grade.  ``thorough`` reads all
    files again, also of folders that look the same as before.  Raises ``Told`` when another run writes into ``output``,
    and ``OSError``.
    """
    counts = Counts(total=len(places))
    waiting: deque[tuple[Place, Future[str] | str]] = deque()
    engine: Engine | None = None

    with Kept(output, root, thorough) as kept, Written(output / RESULTS) as out:

        def finish() -> None:
            place, answer = waiting[0]
            counts.current = place.title
            line = answer if isinstance(answer, str) else answer.result()
            waiting.popleft()
            status, reason = _standing(line)
            if status == "error":
                counts.errors += 1
            elif isinstance(answer, str):
                counts.known += 1
            else:
                counts.graded += 1
            out.write(line)
            told(place, {"status": status, "reason": reason}, counts)

        def ask(place: Place, work: str, key: str) -> str:
            assert engine is not None
            begin = time.monotonic()
            answer = engine.grade({"name": place.title, "exercise": place.exercise, "folder": place.folder})
            counts.took(place.title, time.monotonic() - begin)
            if failed(answer):
                return error_line(place, work, answer)
            sealed = seal(answer["result"])
            if key and work == kept.read(place):  # nobody changed it meanwhile
                kept.keep(key, sealed)
            return line_of(place, work, sealed)

        for place in places:
            work = kept.work(place)
            key = kept.key(place, work)
            known = kept.known(key)
            if known is not None:
                waiting.append((place, line_of(place, work, known)))
            else:
                kept.check(place.exercise)
                engine = engine or start()
                waiting.append((place, engine.submit(ask, place, work, key)))
            while len(waiting) > _AHEAD * (engine.processors if engine is not None else 0):
                finish()
        while waiting:
            finish()
        out.finish()
        kept.close_run()
    return counts


def _standing(line: str) -> tuple[str, str]:
    """Status and reason of a line that we have made: they stand before everything that a learner wrote."""
    if line.startswith(GRADED):
        return "graded", ""
    data = json.loads(line)
    return str(data["status"]), str(data["reason"])
