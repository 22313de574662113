"""Reading plus all checks of one typical file, in one warm process, for each platform (goal: under 15 ms).

Run with ``make bench``.  A typical file is a right answer of an exercise with about 60 lines (half of 1,534 public
Jenkinsfiles have no more than 48).  It is read by itself with every check there is, asked as its stories ask it; the
goal is about the medians of that.  The other table has what grading it costs: with the kit of its exercise and the
checks of its rubric; a whole grading also lists and copies the folder, masks secrets, and adds up points.  Figures
are processor time, the fastest and the median of many runs, because the machines that run this are shared.

A process that grades many submissions decodes and parses the files that they have unchanged from their kit once
(``intake/kit_texts.py``), and works out what a script or a command line says and means once (``syntax/shell.py``,
``facts/kept.py``).  The last column is the fastest whole grading that has to do all of that itself.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gradeline.course import Course, open_course
from gradeline.engine import RealEngine
from gradeline.facts import shell_plain, tools, unwrap
from gradeline.grade import Reading, Submission, grade
from gradeline.intake import kit_texts, open_submission
from gradeline.readers import project_reach, project_settings
from gradeline.result import Verdict
from gradeline.syntax import shell

ROOT = Path(__file__).resolve().parents[1]
GOAL_MS = 15.0
RUNS = 40
# One right answer for each platform whose files learners write, of 43 to 66 lines, and the file it is about.
TYPICAL: Mapping[str, tuple[str, str, str]] = {
    "github": ("exercise-01", "exemplar", ".github/workflows/ci.yml"),
    "gitlab": ("exercise-17", "exemplar", ".gitlab-ci.yml"),
    "jenkins": ("exercise-15", "exemplar-one-machine", "Jenkinsfile"),
    "docker": ("exercise-23", "exemplar", "Dockerfile"),
}


class TimedEngine(RealEngine):
    """Adds up the processor time of reading and of checks, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.spent = 0.0

    def read(self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]) -> Reading:
        start = time.process_time()
        try:
            return super().read(submission, kit, programs)
        finally:
            self.spent += (time.process_time() - start) * 1000

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        start = time.process_time()
        try:
            return super().run(check_id, case, params)
        finally:
            self.spent += (time.process_time() - start) * 1000


def timed(
    work: Callable[[], object], engine: TimedEngine, before: Callable[[], object] = int
) -> tuple[list[float], list[float]]:
    """Processor times of reading and checks, and of the whole of ``work``, in milliseconds, each from the fastest
    to the slowest; ``before`` is done before each run and not timed."""
    work()
    inner: list[float] = []
    whole: list[float] = []
    for _ in range(RUNS):
        before()
        engine.spent = 0.0
        start = time.process_time()
        work()
        whole.append((time.process_time() - start) * 1000)
        inner.append(engine.spent)
    return sorted(inner), sorted(whole)


def forget() -> None:
    """Forget everything that one submission leaves to the next."""
    kit_texts._KITS.clear()
    project_settings._KNOWN.clear()
    for kept in (unwrap._KEPT, tools._CLASSIFIED, tools._INSTALLED, tools._ACTIONS):
        kept.clear()
    for known in (shell.parse, project_reach.mentions, shell_plain._line):
        known.cache_clear()


def by_exercise(course: Course, engine: TimedEngine) -> None:
    """Print the times of right answers as submissions."""
    print(f"{'':24}{'reading and checks':>22}{'whole grading':>22}")
    columns = 2 * f"{'fastest':>12}{'median':>10}"
    print(f"{'platform':<10}{'exercise':<14}{columns}{'all anew':>12}  (ms)")
    for platform, (exercise_id, shape, _) in TYPICAL.items():
        exercise, rubric = course.exercise(exercise_id), course.rubric(exercise_id)
        folder = ROOT / "solutions" / exercise.name / shape

        def once(exercise=exercise, rubric=rubric, folder=folder) -> None:  # type: ignore[no-untyped-def]
            submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
            report = grade(submission, exercise, rubric, engine)
            assert report.passed

        inner, whole = timed(once, engine)
        _, anew = timed(once, engine, forget)
        figures = [inner[0], statistics.median(inner), whole[0], statistics.median(whole), anew[0]]
        cells = zip((12, 10, 12, 10, 12), figures, strict=True)
        print(f"{platform:<10}{exercise_id:<14}" + "".join(f"{figure:{width}.1f}" for width, figure in cells))


def by_file(course: Course, engine: TimedEngine) -> float:
    """Print the times of single files with every check; the slowest median."""
    worst = 0.0
    print(f"{'platform':<10}{'file':<28}{'lines':>6}{'checks':>8}{'fastest':>12}{'median':>10}  (ms, goal {GOAL_MS:g})")
    for platform, (exercise_id, shape, path) in TYPICAL.items():
        source = ROOT / "solutions" / course.exercise(exercise_id).name / shape / path
        checks = every_check(engine, platform)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            submission = open_submission(Path(folder))

            def once(submission=submission, checks=checks) -> None:  # type: ignore[no-untyped-def]
                case = engine.read(submission, {}, {}).case
                for check_id, params in checks:
                    engine.run(check_id, case, params)

            inner, _ = timed(once, engine)
        median = statistics.median(inner)
        worst = max(worst, median)
        lines = source.read_bytes().count(b"\n")
        print(f"{platform:<10}{path:<28}{lines:>6}{len(checks):>8}{inner[0]:>12.1f}{median:>10.1f}")
    return worst


def every_check(engine: RealEngine, platform: str) -> list[tuple[str, Mapping[str, object]]]:
    """Every check with the parameters that its stories use on a platform, or with as few as it takes."""
    found = []
    for check_id, info in sorted(engine.checks().items()):
        path = ROOT / "tests/fixtures/checks" / check_id / "params.yaml"
        if path.is_file():
            said = yaml.safe_load(path.read_text("utf-8"))
            own = said.get("platforms", {}).get(platform, {}).get("with")
            found.append((check_id, said.get("with", {}) if own is None else own))
        else:
            schema: Any = info.schema
            found.append((check_id, {name: schema["properties"][name]["enum"][0] for name in schema["required"]}))
    return found


def main() -> int:
    course = open_course(ROOT)
    engine = TimedEngine()
    gc.set_threshold(100_000)  # as the command line does
    worst = by_file(course, engine)
    print()
    by_exercise(course, engine)
    return 1 if worst > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
