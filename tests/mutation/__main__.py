"""Grade every right answer, damaged and rewritten, and print what the grader saw.

``python -m mutation [--sample N] [--exercise ID] [--verbose]``.  Exit code 1 when a goal is missed: 95 % of the
damage seen (kill rate), 90 % of it seen by the right checks only (isolation rate), no rewrite that changes a verdict.
What is known and explained stands in ``explained.yaml``.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from gradeline.course import Course, open_course
from gradeline.engine import RealEngine
from gradeline.exercise import Exercise
from gradeline.grade import grade
from gradeline.intake import open_submission
from gradeline.result import Report
from gradeline.rubric import Criterion, Rubric, rules_in
from mutation import (  # noqa: F401 - fill MUTANTS and REWRITES
    contracts,
    flows,
    manifest_rewrites,
    manifests,
    mutants,
    orchestration_rewrites,
    orchestrations,
    playbook_rewrites,
    playbooks,
    stages,
)
from mutation.operators import MUTANTS, Files, Mutant
from mutation.rewrites import REWRITES

COURSE_ROOT = Path(__file__).resolve().parents[2]
KILL_RATE = 0.95
ISOLATION_RATE = 0.90


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

    @property
    def killed(self) -> bool:
        """Whether a criterion was lost that the operator attacks; another one does not count as seen."""
        return any(key not in self.strange and self.lost[key] != "not_applicable" for key in self.lost)

    @property
    def name(self) -> str:
        return f"{self.exercise}/{self.shape} | {self.operator} | {self.site}"


class Bench:
    """Grades files that exist in memory only, over the kit of their exercise."""

    def __init__(self, folder: Path) -> None:
        self.engine = RealEngine()
        self._folder = folder

    def report(self, files: Files, exercise: Exercise, rubric: Rubric) -> Report:
        root = self._folder / "answer"
        shutil.rmtree(root, ignore_errors=True)
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8"))
        submission = open_submission(root, kit=exercise.starter, submit=exercise.submit)
        return grade(submission, exercise, rubric, self.engine, raise_bugs=True)


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
    """Every trial of a sample with its kind, ``mutant`` or ``rewrite``; ``wanted`` exercises, all when empty."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _trials(Bench(Path(folder)), course, wanted, sample)


def _trials(bench: Bench, course: Course, wanted: set[str], sample: int) -> Iterator[tuple[str, Trial]]:
    for exercise_id in sorted(course.folders):
        if wanted and exercise_id not in wanted:
            continue
        exercise, rubric = course.exercise(exercise_id), course.rubric(exercise_id)
        checks = {one.id: words_of(one) for one in rubric.criteria}
        for shape, files in shapes(course, exercise):
            base = bench.report(files, exercise, rubric)
            for one in MUTANTS:
                for site, new in one.apply(files):
                    meant = tuple(rests_on(base, checks, one, site))
                    if not meant:
                        continue
                    if chosen(f"{exercise_id}/{shape}/{one.name}/{site}", sample):
                        lost = lost_in(bench.report(new, exercise, rubric))
                        strange = tuple(
                            key for key in lost if lost[key] != "not_applicable" and not checks[key] & one.attacks
                        )
                        yield "mutant", Trial(exercise_id, shape, one.name, site, lost, strange, meant)
            for name, apply in REWRITES:
                for site, new in apply(files):
                    if chosen(f"{exercise_id}/{shape}/{name}/{site}", sample):
                        lost = lost_in(bench.report(new, exercise, rubric))
                        yield "rewrite", Trial(exercise_id, shape, name, site, lost)


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


def explained() -> list[dict[str, str]]:
    known: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_name("explained.yaml").read_text("utf-8")) or []
    return known


def reason_for(trial: Trial, known: list[dict[str, str]]) -> str | None:
    """Why a trial may end as it did; ``rests`` names all criteria that rest on the place."""
    for row in known:
        if (
            fnmatchcase(trial.operator, row.get("operator", "*"))
            and fnmatchcase(f"{trial.exercise}/{trial.shape}", row.get("answers", "*"))
            and fnmatchcase(trial.site, row.get("site", "*"))
            and set(trial.meant) <= set(row.get("rests", " ".join(trial.meant)).split())
        ):
            return row["why"]
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=1, help="look at one trial in N")
    parser.add_argument("--exercise", action="append", default=[], help="only this exercise")
    parser.add_argument("--verbose", action="store_true", help="list also what is explained")
    options = parser.parse_args(arguments)
    start, known = time.monotonic(), explained()
    damage: list[Trial] = []
    rewritten: list[Trial] = []
    for kind, trial in trials(open_course(COURSE_ROOT), set(options.exercise), options.sample):
        (damage if kind == "mutant" else rewritten).append(trial)
    survivors = [one for one in damage if not one.killed]
    open_survivors = [one for one in survivors if reason_for(one, known) is None]
    meant = [one for one in damage if one.killed or one in open_survivors]
    killed = [one for one in damage if one.killed]
    seen = [one for one in damage if one.lost]
    leaking = [one for one in seen if one.strange]
    violations = [one for one in rewritten if one.lost]
    open_violations = [one for one in violations if reason_for(one, known) is None]
    kill = len(killed) / len(meant) if meant else 1.0
    isolation = 1 - len(leaking) / len(seen) if seen else 1.0
    for title, rows in (
        ("Survivors", open_survivors),
        ("Seen by other checks", leaking),
        ("Violations", open_violations),
    ):
        print(f"\n{title}: {len(rows)}")
        for one in rows:
            lost = ", ".join(f"{key} {status}" for key, status in one.lost.items())
            print(
                f"  {one.name}{'  loses ' + lost if lost else ''}{'  strange ' + ', '.join(one.strange) if one.strange else ''}"
                f"{'  rests ' + ', '.join(one.meant) if title == 'Survivors' else ''}"
            )
    if options.verbose:
        reasons: dict[str, Counter[str]] = defaultdict(Counter)
        for one in [*survivors, *violations]:
            if (why := reason_for(one, known)) is not None:
                reasons[one.operator][why] += 1
        print("\nExplained")
        for name, counted in sorted(reasons.items()):
            for why, count in counted.items():
                print(f"  {name} ({count}): {why}")
    print(f"\n{len(MUTANTS)} operators, {len(damage)} mutants, {len(survivors) - len(open_survivors)} of them change nothing"
          f" (explained)\n  kill rate       {kill:7.1%}  (goal {KILL_RATE:.0%})\n  isolation rate  {isolation:7.1%}"
          f"  (goal {ISOLATION_RATE:.0%})\n{len(REWRITES)} rewrites, {len(rewritten)} rewritten answers\n"
          f"  violations      {len(open_violations):7}  (goal 0)\n{time.monotonic() - start:.0f} s")  # fmt: skip
    return 0 if kill >= KILL_RATE and isolation >= ISOLATION_RATE and not open_violations else 1


if __name__ == "__main__":
    sys.exit(main())
