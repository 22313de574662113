"""Reading plus all checks of one typical file, in one warm process, for each platform (goal: under 15 ms).

Run with ``make bench``.  A typical file is the exemplar of an exercise, or of the fixtures where no exercise
has that platform yet; the checks are those of its rubric, or all that its fixtures use.  Figures are processor
time, the fastest and the median of many runs, because the machines that run this are shared.

A process that grades many submissions decodes and parses the files that they have unchanged from their kit once
(``intake/kit_texts.py``), and works out what a script or a command line says and means once (``syntax/shell.py``,
``facts/kept.py``).  The last column is the fastest run that has to do all of that itself.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gradeline.course import open_course
from gradeline.engine import RealEngine
from gradeline.facts import shell_plain, tools, unwrap
from gradeline.grade import grade
from gradeline.intake import kit_texts, open_submission
from gradeline.readers import project_reach, project_settings
from gradeline.syntax import shell

ROOT = Path(__file__).resolve().parents[1]
GOAL_MS = 15.0
RUNS = 40
# One exercise for each platform whose files learners write.
TYPICAL: Mapping[str, str] = {
    "github": "exercise-01",
    "gitlab": "exercise-17",
    "jenkins": "exercise-15",
    "docker": "exercise-23",
}


def timed(work: Callable[[], object], before: Callable[[], object] = int) -> tuple[float, float]:
    """Fastest and median processor time of ``work`` in milliseconds; ``before`` is done before each and not timed."""
    work()
    found: list[float] = []
    for _ in range(RUNS):
        before()
        start = time.process_time()
        work()
        found.append((time.process_time() - start) * 1000)
    return min(found), statistics.median(found)


def forget() -> None:
    """Forget everything that one submission leaves to the next."""
    kit_texts._KITS.clear()
    project_settings._KNOWN.clear()
    for kept in (unwrap._KEPT, tools._CLASSIFIED, tools._INSTALLED, tools._ACTIONS):
        kept.clear()
    for known in (shell.parse, project_reach.mentions, shell_plain._line):
        known.cache_clear()


def main() -> int:
    course = open_course(ROOT)
    engine = RealEngine()
    gc.set_threshold(100_000)  # as the command line does
    worst = 0.0
    print(f"{'platform':<10}{'exercise':<14}{'fastest':>10}{'median':>10}{'all anew':>10}  (ms, goal {GOAL_MS:g})")
    for platform, exercise_id in TYPICAL.items():
        if course.resolve(exercise_id) is None:
            continue
        exercise, rubric = course.exercise(exercise_id), course.rubric(exercise_id)
        folder = ROOT / "solutions" / exercise.name / "exemplar"

        def once(exercise=exercise, rubric=rubric, folder=folder) -> None:  # type: ignore[no-untyped-def]
            submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
            report = grade(submission, exercise, rubric, engine)
            assert report.passed

        fastest, median = timed(once)
        anew, _ = timed(once, forget)
        worst = max(worst, fastest)
        print(f"{platform:<10}{exercise_id:<14}{fastest:>10.1f}{median:>10.1f}{anew:>10.1f}")
    return 1 if worst > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
