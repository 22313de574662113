"""Right answers looked at side by side, and what became of each exercise."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from gradeline.course import open_course
from mutation.bench import COURSE_ROOT, Bench, Trial, shapes, trials_of
from mutation.known import Row, row_for
from mutation.store import Store

LIMIT = 120  # seconds that one grading may take; the slowest takes about two


@dataclass
class Tally:
    """What became of the trials of one exercise, or of all."""

    known: list[Row]
    damage: list[Trial] = field(default_factory=list)
    rewritten: list[Trial] = field(default_factory=list)
    seconds: float = 0.0  # that the processes worked, all together

    def add(self, kind: str, trial: Trial) -> None:
        (self.damage if kind == "mutant" else self.rewritten).append(trial)

    def reason(self, trial: Trial) -> Row | None:
        return row_for(trial, self.known)

    @property
    def broken(self) -> list[Trial]:
        return [one for one in (*self.damage, *self.rewritten) if one.broken]

    @property
    def survivors(self) -> list[Trial]:
        return [one for one in self.damage if not one.killed and not one.broken]

    @property
    def gaps(self) -> list[Trial]:
        """The survivors that nothing explains."""
        return [one for one in self.survivors if self.reason(one) is None]

    @property
    def leaking(self) -> list[Trial]:
        return [one for one in self.damage if one.strange]

    @property
    def violations(self) -> list[Trial]:
        return [one for one in self.rewritten if one.lost and self.reason(one) is None]

    @property
    def used(self) -> set[int]:
        """The numbers of the rows that explain something."""
        ends = [*self.survivors, *(one for one in self.rewritten if one.lost)]
        return {row.number for row in map(self.reason, ends) if row is not None}

    @property
    def kill_rate(self) -> float:
        killed = sum(one.killed for one in self.damage)
        meant = killed + len(self.gaps)
        return killed / meant if meant else 1.0

    @property
    def plain_kill_rate(self) -> float:
        """The same where a survivor that is explained counts as a miss."""
        return sum(one.killed for one in self.damage) / len(self.damage) if self.damage else 1.0

    @property
    def isolation_rate(self) -> float:
        seen = sum(bool(one.lost) for one in self.damage)
        return 1 - len(self.leaking) / seen if seen else 1.0

    @property
    def line(self) -> str:
        changes_nothing = len(self.survivors) - len(self.gaps)
        return (
            f"{len(self.damage):6} {changes_nothing:9} {len(self.gaps):5} {self.kill_rate:7.1%} {self.plain_kill_rate:7.1%}"
            f" {self.isolation_rate:9.1%} {len(self.rewritten):9} {len(self.violations):10} {len(self.broken):6}"
            f" {self.seconds:6.0f}"
        )


HEAD = "mutants explained  gaps    kill   plain isolation  rewrites violations broken      s"


def look(exercise_id: str, shape: str, sample: int, store: Path | None) -> tuple[list[tuple[str, Trial]], float]:
    """All trials of one right answer and the seconds they took; runs in a process of its own."""
    start, course = time.monotonic(), open_course(COURSE_ROOT)
    files = dict(shapes(course, course.exercise(exercise_id)))[shape]
    with tempfile.TemporaryDirectory(prefix="gradeline-mutation-") as folder:
        bench = Bench(Path(folder), Store(store), LIMIT)
        return list(trials_of(bench, course, exercise_id, shape, files, sample)), time.monotonic() - start


def run(wanted: set[str], sample: int, jobs: int, store: Path | None, known: list[Row]) -> Iterator[tuple[str, Tally]]:
    """Each exercise with its tally, as it is done.  The largest right answers begin, so that none is alone at the end."""
    course = open_course(COURSE_ROOT)
    work = []
    for exercise_id in sorted(course.folders):
        if not wanted or exercise_id in wanted:
            for shape, files in shapes(course, course.exercise(exercise_id)):
                work.append((-sum(map(len, files.values())), exercise_id, shape))
    left = Counter(exercise_id for _, exercise_id, _ in work)
    found: dict[tuple[str, str], list[tuple[str, Trial]]] = {}
    seconds: Counter[str] = Counter()
    # Processes that begin anew, so that nothing depends on what this one has in memory.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        asked = {pool.submit(look, one, shape, sample, store): (one, shape) for _, one, shape in sorted(work)}
        for done in as_completed(asked):
            exercise_id, shape = asked[done]
            found[exercise_id, shape], took = done.result()
            seconds[exercise_id] += took
            left[exercise_id] -= 1
            if not left[exercise_id]:
                tally = Tally(known, seconds=seconds[exercise_id])
                for key in sorted(key for key in found if key[0] == exercise_id):
                    for kind, trial in found.pop(key):
                        tally.add(kind, trial)
                yield exercise_id, tally
