"""What pages and exports of a class take: `python benchmarks/report.py [--work] [RESULTS ...]`.

A gradebook of so many results of five exercises (1,000 and 10,000 unless given): the right and wrong answers, graded
once and kept for each learner as a result of their own, some of them missing, failed, late, decided or commented.
Then time and memory of each command that reads the whole book.  ``--work`` also lets the report show lines and
pipelines, for which it grades every work once more.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from batch import EXERCISES, REPOSITORY, make, run

from gradeline.gradebook import writing
from gradeline.gradebook.database import open_book
from gradeline.gradebook.lateness import LatePolicy
from gradeline.grades import Grade, Learner, from_line
from gradeline.records import replace

GOAL = 300  # MB
DUE = datetime(2026, 3, 1, tzinfo=UTC)
VOICE = writing.Voice("bench", DUE)
FORMATS = ("canvas", "moodle", "nbgrader", "gradescope", "jsonl", "parquet")


def graded(folder: Path) -> list[list[Grade]]:
    """What the answers to each exercise are worth, by exercise."""
    solutions = (next((REPOSITORY / "solutions").glob(f"{one}-*")) for one in EXERCISES)
    most = max(sum(1 for _ in one.iterdir()) + sum(1 for _ in (one / "wrong").iterdir()) - 1 for one in solutions)
    make(folder / "in", most * len(EXERCISES))
    run(["batch", str(folder / "in"), "-o", str(folder / "out")])
    found: dict[str, list[Grade]] = {name: [] for name in EXERCISES}
    for line in (folder / "out" / "results.jsonl").read_text(encoding="ascii").splitlines():
        grade = from_line(json.loads(line))
        found[grade.exercise].append(grade)
    return list(found.values())


def learner(number: int) -> Learner:
    return Learner(f"u{number:05}", f"Ada {number:05} Lovelace", f"u{number:05}@example.org", str(100_000 + number))


def results(answers: list[list[Grade]], count: int) -> Iterator[Grade]:
    for number in range(count):
        found = answers[number % len(answers)]
        turn = number // len(answers)
        if turn % 50 == 7:  # missing
            continue
        grade = found[turn % len(found)]
        when = (DUE + timedelta(hours=turn % 60 - 48)).isoformat()
        if turn % 100 == 11:
            yield Grade(learner(turn), grade.exercise, "error", None, Fraction(0), False, True, reason="timeout",
                        message="It took longer than 60 seconds.", submitted=when, digest=f"d{number}")  # fmt: skip
            continue
        assert grade.result is not None
        data: dict[str, Any] = {**grade.result, "submission": {**_submission(grade), "id": f"u{turn:05}"}}
        yield replace(grade, learner=learner(turn), result=data, submitted=when, digest=f"d{number}")


def _submission(grade: Grade) -> dict[str, str]:
    found = (grade.result or {})["submission"]
    assert isinstance(found, dict)
    return found


def book_of(where: str, answers: list[list[Grade]], count: int) -> None:
    book = open_book(where, create=True)
    writing.enrol(book, [learner(number) for number in range(-(-count // len(answers)))], VOICE)
    for exercise in EXERCISES:
        writing.set_exercise(book, exercise, DUE, LatePolicy(per_day=Fraction(10)), VOICE)
    writing.add_results(book, results(answers, count), VOICE)
    some = [learner(turn).id for turn in range(0, count // len(answers), 20) if turn % 50 != 7]
    writing.comment_all(book, some, EXERCISES[0], "Well done; look at the cache once more.", VOICE)
    writing.override_all(book, some, EXERCISES[1], Fraction(50), "Decided together.", VOICE)
    book.close()


def _used() -> float:
    """Seconds of a processor that the commands have taken: a busy machine changes them little."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def main(words: list[str]) -> int:
    work = "--work" in words
    good = True
    with tempfile.TemporaryDirectory(prefix="gradeline-report-") as name:
        folder = Path(name)
        answers = graded(folder)
        for count in [int(one) for one in words if one != "--work"] or [1000, 10_000]:
            where = folder / f"{count}.db"
            book_of(str(where), answers, count)
            size = sum(one.stat().st_size for one in folder.glob(f"{count}.db*")) >> 20
            print(f"{count} results, a gradebook of {size} MB", flush=True)
            commands = {"report --no-work": ["report", str(where), "--no-work"]}
            if work:
                commands["report"] = ["report", str(where)]
            commands |= {f"export {one}": ["export", "grades", str(where), "--format", one, "--with-open"]
                         for one in FORMATS}  # fmt: skip
            commands["export feedback"] = ["export", "feedback", str(where)]
            commands["study sheet"] = ["study", "sheet", str(where), "--seed", "1"]
            for number, (said, command) in enumerate(commands.items()):
                output = folder / f"{count}-{number}"
                before = _used()
                seconds, memory = run([*command, "-o", str(output)])
                used = _used() - before
                if not output.exists():
                    raise SystemExit(f"{' '.join(command)} wrote nothing")
                good &= memory <= GOAL
                print(f"  {said:<18} {seconds:>6.1f} s, {used:>6.1f} s of them at work, "
                      f"{used / count * 1000:>6.2f} ms a result, {memory:>4} MB", flush=True)  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
