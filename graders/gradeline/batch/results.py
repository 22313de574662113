"""The way of a batch: known results from the store, others from the engine, all written in the order of names.

``results.jsonl`` is the old one or the whole new one.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gradeline.batch.kept import Kept
from gradeline.batch.layout import Place
from gradeline.batch.lines import GRADED, error_line, failed, line_of, seal
from gradeline.batch.output import Output
from gradeline.batch.written import Written
from gradeline.records import record
from gradeline.words import Told as Sentence

if TYPE_CHECKING:
    from concurrent.futures import Future

WAITING = "waiting"
_PATIENCE = 1.0  # seconds
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


@record(frozen=False)
class _Asked:
    """A submission on its way: its digest, its key, and its line, now or later; None when the same work is under way
    for somebody else."""

    place: Place
    work: str
    key: str
    answer: Future[str] | str | None


Told = Callable[[Place, Mapping[str, object], Counts], None]


def run(
    places: Sequence[Place], root: Path, output: Output, start: Callable[[], Engine], told: Told, thorough: bool = False
) -> Counts:
    """Grade ``places`` with the course in ``root`` into ``output``; ``told`` hears of each record, in order, and of
    each second that is waited for one (``WAITING``).

    ``start`` gives who grades; it is asked once, and only when there is something to grade.  ``thorough`` reads all
    files again, also of folders that look the same as before.  Raises ``Told`` when the course changes meanwhile,
    ``OSError``, and what ``start`` raises.
    """
    counts = Counts(total=len(places))
    kept = Kept(output, root, thorough)
    waiting: deque[_Asked] = deque()
    under_way: set[str] = set()  # keys
    engine: Engine | None = None

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

    def begin(place: Place, work: str, key: str) -> Future[str]:
        nonlocal engine
        kept.check(place.exercise)
        engine = engine or start()
        under_way.add(key)
        return engine.submit(ask, place, work, key)

    def finish() -> None:
        one = waiting[0]
        counts.current = one.place.title
        if one.answer is None:  # the same work as of somebody before, whose result is there now
            sealed = kept.known(one.key)
            one.answer = line_of(one.place, one.work, sealed) if sealed else begin(one.place, one.work, one.key)
        if isinstance(one.answer, str):
            line = one.answer
        else:
            while not one.answer.done():
                with suppress(TimeoutError):
                    one.answer.exception(_PATIENCE)
                    break
                told(one.place, {"status": WAITING, "reason": ""}, counts)
            line = one.answer.result()
            under_way.discard(one.key)
        waiting.popleft()
        status, reason = _standing(line)
        if status == "error":
            counts.errors += 1
        elif isinstance(one.answer, str):
            counts.known += 1
        else:
            counts.graded += 1
        out.write(line)
        told(one.place, {"status": status, "reason": reason}, counts)

    with Written(output.results) as out:
        for place in places:
            work = kept.work(place)
            key = kept.key(place, work)
            if key and key in under_way:
                waiting.append(_Asked(place, work, key, None))
            else:
                known = kept.known(key)
                answer = line_of(place, work, known) if known else begin(place, work, key)
                waiting.append(_Asked(place, work, key, answer))
            while len(waiting) > _AHEAD * (engine.processors if engine is not None else 0):
                finish()
        while waiting:
            finish()
        if not kept.holds():
            raise Sentence("batch.moved")
        out.finish()
        kept.close_run()
    return counts


def _standing(line: str) -> tuple[str, str]:
    """Status and reason of a line that we have made: they stand before everything that a learner wrote."""
    if line.startswith(GRADED):
        return "graded", ""
    data = json.loads(line)
    return str(data["status"]), str(data["reason"])
