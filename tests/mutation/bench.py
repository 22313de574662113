"""Right answers, damaged and rewritten, and what grading each of them gave."""

from __future__ import annotations

import hashlib
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from gradeline.course import Course
from gradeline.engine import RealEngine
from gradeline.exercise import Exercise
from gradeline.grade import grade
from gradeline.intake import open_submission
from gradeline.result import Report
from gradeline.rubric import Criterion, Rubric, rules_in
from mutation import (  # noqa: F401 - fill MUTANTS and REWRITES
    contracts,
    flows,
    gate_programs,
    manifest_rewrites,
    manifests,
    monitoring,
    mutants,
    orchestration_rewrites,
    orchestrations,
    playbook_rewrites,
    playbooks,
    stages,
    suite_rewrites,
    suites,
)
from mutation.operators import MUTANTS, Files, Mutant
from mutation.places import Place, place_of
from mutation.rewrites import REWRITES
from mutation.store import Store, state_of

COURSE_ROOT = Path(__file__).resolve().parents[2]
NOWHERE = Place("")


@dataclass(frozen=True)
class Trial:
    """One changed answer and what it lost: criterion ids with their new status."""

    exercise: str
    shape: str
    operator: str
    site: str
    lost: Mapping[str, str]
    strange: tuple[str, ...] = ()  # lost criteria that the operator does not attack
    meant: tuple[str, ...] = ()  # criteria that rest on the damaged place
    place: Place = NOWHERE
    broken: str = ""  # why there is no verdict: the grader crashed or took too long

    @property
    def killed(self) -> bool:
        """Whether a criterion was lost that the operator attacks; another one does not count as seen."""
        return any(key not in self.strange and self.lost[key] != "not_applicable" for key in self.lost)

    @property
    def name(self) -> str:
        return f"{self.exercise}/{self.shape} | {self.operator} | {self.site}"


class TooLong(Exception):
    """A grading was not done when its time was over."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Ends what takes longer with :class:`TooLong`; 0 sets no bound.  In the main thread only."""

    def over(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong(f"not done after {seconds} s")

    if not seconds:
        yield
        return
    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Bench:
    """Grades files that exist in memory only, over the kit of their exercise.

    ``store`` keeps what a changed answer lost, by its content; ``limit`` are the seconds that one grading may take.
    """

    def __init__(self, folder: Path, store: Store | None = None, limit: int = 0) -> None:
        self.engine = RealEngine()
        self._folder = folder
        self._store = store or Store(None)
        self._limit = limit
        self._names: dict[str, str] = {}

    def report(self, files: Files, exercise: Exercise, rubric: Rubric) -> Report:
        root = self._folder / "answer"
        shutil.rmtree(root, ignore_errors=True)
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
        submission = open_submission(root, kit=exercise.starter, submit=exercise.submit)
        return grade(submission, exercise, rubric, self.engine, raise_bugs=True)

    def lost(self, files: Files, exercise: Exercise, rubric: Rubric) -> tuple[dict[str, str], str]:
        """What a changed answer lost, and why there is no verdict (empty when there is one)."""
        name = self._name(exercise)
        known = self._store.get(name, files)
        if known is not None:
            return known, ""
        try:
            with at_most(self._limit):
                found = lost_in(self.report(files, exercise, rubric))
        except Exception as error:  # a crash is what is looked for: it is told, and the run goes on
            return {}, f"{type(error).__name__}: {error}"
        self._store.put(name, files, found)
        return found, ""

    def _name(self, exercise: Exercise) -> str:
        """The exercise and the state of its kit and rubric."""
        if exercise.id not in self._names:
            parts = (f"exercises/{exercise.name}", f"rubrics/{exercise.id}.yaml")
            self._names[exercise.id] = f"{exercise.id}-{state_of(COURSE_ROOT, parts)}"
        return self._names[exercise.id]


def shapes(course: Course, exercise: Exercise) -> Iterator[tuple[str, Files]]:
    """The right answers of an exercise; files that are no text are none of ours."""
    for folder in sorted((course.solutions / exercise.name).glob("exemplar*")):
        files = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                files[path.relative_to(folder).as_posix()] = path.read_bytes().decode("utf-8", "surrogateescape")
        yield folder.name, files


def chosen(name: str, sample: int) -> bool:
    """Whether a trial is part of the sample: one in ``sample``, the same ones every time."""
    return sample <= 1 or int(hashlib.sha256(name.encode()).hexdigest(), 16) % sample == 0


def trials(course: Course, wanted: set[str], sample: int) -> Iterator[tuple[str, Trial]]:
    """Every trial of a sample with its kind, ``mutant`` or ``rewrite``; ``wanted`` exercises, all when empty.  A crash
    of the grader is raised."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for exercise_id in sorted(course.folders):
            if wanted and exercise_id not in wanted:
                continue
            for shape, files in shapes(course, course.exercise(exercise_id)):
                for kind, trial in trials_of(bench, course, exercise_id, shape, files, sample):
                    assert not trial.broken, f"{trial.name}: {trial.broken}"
                    yield kind, trial


def trials_of(
    bench: Bench, course: Course, exercise_id: str, shape: str, files: Files, sample: int
) -> Iterator[tuple[str, Trial]]:
    """Every trial of one right answer, with its kind."""
    exercise, rubric = course.exercise(exercise_id), course.rubric(exercise_id)
    checks = {one.id: words_of(one) for one in rubric.criteria}
    base = bench.report(files, exercise, rubric)
    for one in MUTANTS:
        for site, new in one.apply(files):
            meant = tuple(rests_on(base, checks, one, site))
            if meant and chosen(f"{exercise_id}/{shape}/{one.name}/{site}", sample):
                lost, broken = bench.lost(new, exercise, rubric)
                strange = tuple(key for key in lost if lost[key] != "not_applicable" and not checks[key] & one.attacks)
                place = place_of(files, site)
                yield "mutant", Trial(exercise_id, shape, one.name, site, lost, strange, meant, place, broken)
    for name, apply in REWRITES:
        for site, new in apply(files):
            if chosen(f"{exercise_id}/{shape}/{name}/{site}", sample):
                lost, broken = bench.lost(new, exercise, rubric)
                place = place_of(files, site)
                yield "rewrite", Trial(exercise_id, shape, name, site, lost, place=place, broken=broken)


def words_of(criterion: Criterion) -> set[str]:
    """The checks of a criterion, each also with the words and switches among its parameters: ``pinned:action``,
    ``data-gate:every``."""
    found: set[str] = set()
    for use in (*rules_in(criterion.rule), *rules_in(criterion.half)):
        found.add(use.id)
        found |= {f"{use.id}:{name}" for name, value in use.params.items() if value is True}
        for value in use.params.values():
            found |= {
                f"{use.id}:{one}" for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
            }
    return found


def lost_in(report: Report) -> dict[str, str]:
    return {one.id: one.status for one in report.criteria if one.status != "met"}


def rests_on(report: Report, checks: Mapping[str, set[str]], mutant: Mutant, site: str) -> Iterator[str]:
    """The criteria that the operator means to hurt and that rest on the damaged place."""
    path, _, place = site.partition(":")
    start, _, end = place.partition("-")
    for result in report.criteria:
        if not checks[result.id] & mutant.targets:
            continue
        if not mutant.at_proof:
            yield result.id
            continue
        first, last = int(start), int(end or start)
        if any(
            item.role == "proof" and item.span.path == path and item.span.line <= last and item.span.end_line >= first
            for item in result.evidence
        ):
            yield result.id
