"""The submissions of a class, read in several processes, and compared exercise by exercise."""

from __future__ import annotations

import signal
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from gradeline.batch.layout import Place
from gradeline.course import Course, open_course
from gradeline.exercise import Exercise
from gradeline.records import record
from gradeline.similarity.compare import Corpus
from gradeline.similarity.evidence import Match, side_by_side, with_lines
from gradeline.similarity.features import Own, own
from gradeline.similarity.find import THRESHOLD, InCommon, Pair, Similar, similar
from gradeline.similarity.reading import known_parts, parts_of, texts_of
from gradeline.source import GradelineError

SECONDS = 60  # for one submission; a usual one takes 0.02


@record
class Task:
    folder: str
    root: str
    exercise: str


Answer = tuple[bytes, bytes, str]  # structure, wording, and why it could not be read


def run(
    places: Sequence[Place], course: Course, references: Mapping[str, Sequence[Path]], jobs: int = 1,
    told: Callable[[int, int], None] = lambda done, total: None, *, threshold: float = THRESHOLD,
) -> Iterator[Similar]:  # fmt: skip
    """What is alike in each exercise, by its id.

    ``references`` are more folders whose content everybody may have, by exercise.  ``told`` hears how many submissions
    are read.  A submission that cannot be read is named, and the others are compared.
    """
    root = str(course.root.resolve())
    tasks = [Task(one.folder, root, one.exercise) for one in places]
    answers = dict(zip(places, _read(tasks, jobs, told), strict=True))
    for name in sorted({one.exercise for one in places}):
        exercise = course.exercise(name)
        good = [one for one in places if one.exercise == name and not answers[one][2]]
        bad = [(one.learner, answers[one][2]) for one in places if one.exercise == name and answers[one][2]]
        yield similar(
            name, [one.learner for one in good], [_own(answers[one]) for one in good],
            known_parts(course, exercise, references.get(name, ())), threshold=threshold, unreadable=bad,
        )  # fmt: skip


def evidence(
    found: Similar, pair: Pair | InCommon, folders: Mapping[str, str], course: Course, references: Sequence[Path] = ()
) -> tuple[Match, ...]:
    """The places of a pair that correspond, or the passage that two have in common; ``folders`` maps learners to their
    work on this exercise.

    What others of the class have does not count less here: that needs all of their parts.  Raises ``IntakeError``.
    """
    exercise = course.exercise(found.exercise)
    left, right = (parts_of(Path(folders[name]), exercise) for name in (pair.left, pair.right))
    known = known_parts(course, exercise, references)
    corpus = Corpus([own(left).structure, own(right).structure], known.structure)
    if isinstance(pair, InCommon):
        keys = frozenset(pair.keys)
        left, right = (tuple(one for one in side if one.key in keys) for side in (left, right))
    matches = side_by_side(left, right, corpus.weight)
    return with_lines(matches, *(texts_of(Path(folders[name]), exercise) for name in (pair.left, pair.right)))


def _own(answer: Answer) -> Own:
    structure, wording = array("Q"), array("Q")
    structure.frombytes(answer[0])
    wording.frombytes(answer[1])
    return Own(structure, wording)


def _read(tasks: Sequence[Task], jobs: int, told: Callable[[int, int], None]) -> Iterator[Answer]:
    if jobs <= 1 or len(tasks) < 8:
        for done, task in enumerate(tasks, 1):
            yield _parts(task)
            told(done, len(tasks))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[Answer]] = []
        with suppress(BrokenProcessPool):  # those that were not asked for are tried alone, like those that were
            waiting += (pool.submit(_parts, task) for task in tasks)
        for done, task in enumerate(tasks, 1):
            try:
                answer = waiting[done - 1].result()
            except (BrokenProcessPool, IndexError):
                answer = _alone(task)
            yield answer
            told(done, len(tasks))


def _alone(task: Task) -> Answer:
    """A worker died, perhaps not because of this one: it gets a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_parts, task).result()
        except BrokenProcessPool:
            return b"", b"", "crash"


class TooSlow(Exception):
    """Reading took longer than ``SECONDS``."""


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raises ``TooSlow`` in the block, where the system has alarms and we are where they arrive."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@cache
def _exercise(root: str, name: str) -> Exercise:
    return open_course(Path(root)).exercise(name)


def _parts(task: Task) -> Answer:
    try:
        with _time_limit(SECONDS):
            found = own(parts_of(Path(task.folder), _exercise(task.root, task.exercise)))
    except (GradelineError, OSError) as error:
        return b"", b"", str(error)
    except Exception as error:  # a bug of ours, and still one submission of many
        return b"", b"", type(error).__name__
    return found.structure.tobytes(), found.wording.tobytes(), ""
