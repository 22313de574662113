"""``grade regrade`` and ``grade what-if``: first shown, then written, and nobody's decision is lost."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gradeline.gradebook.database import open_book
from gradeline.gradebook.history import entries
from gradeline.gradebook.reading import grades
from gradeline.grades import Grade, Learner, Override
from gradeline.regrade.changes import Standing
from gradeline.regrade.what_if import Rules, would_be
from gradeline.result import CRITICAL, critical_note
from gradeline_cli.main import program

REPOSITORY = Path(__file__).parents[2]
STARTER = next((REPOSITORY / "exercises").glob("exercise-01-*")) / "starter"
RUBRIC = Path("rubrics/exercise-01.yaml")


def grade(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))


def said(*words: str) -> str:
    done = grade(*words)
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one exercise, and a gradebook with two untouched starters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADE_AUTHOR", "tina")
    exercise = next((REPOSITORY / "exercises").glob("exercise-01-*"))
    shutil.copytree(exercise, tmp_path / "exercises" / exercise.name)
    (tmp_path / "rubrics").mkdir()
    shutil.copy(REPOSITORY / RUBRIC, tmp_path / RUBRIC)
    for name in ("ada", "bob"):
        shutil.copytree(STARTER, tmp_path / "in" / name / "exercise-01")
        (tmp_path / "in" / name / "exercise-01" / "NAME").write_text(name, encoding="utf-8")
    said("batch", "in", "--course", ".", "--jobs", "1")
    said("book", "import", "results", "--course", ".")
    return tmp_path


def test_a_changed_rubric_is_shown_first_and_then_written_and_the_old_results_stay(desk: Path) -> None:
    assert "2 results: 0 gain, 0 lose." in said("regrade", "--dry-run", "--course", ".")
    said("book", "override", "bob", "1", "90", "--reason", "late talk", "--course", ".")
    _worth_less(desk)
    shown = said("regrade", "--dry-run", "--course", ".")
    assert "2 results: 0 gain, 1 lose." in shown
    assert "ada, exercise-01: 16 to 15" in shown
    assert "bob, exercise-01: 90 to 90" in shown  # a person's points for the whole stay
    assert "Nothing was written to grades.db." in shown
    assert [one.score for one in _grades(desk)] == [16, 90]
    assert "Written to grades.db. The old results are still there." in said("regrade", "--course", ".")
    ada, bob = _grades(desk)
    assert (ada.score, ada.attempt, bob.score) == (15, 1, 90)
    kept = [one.row["score"] for one in _entries(desk) if one.kind == "results" and one.row["learner"] == "ada"]
    assert kept == ["16", "15"]
    assert "2 results: 0 gain, 0 lose." in said("regrade", "--course", ".")
    assert said("book", "verify").startswith("The gradebook is whole")


def test_work_that_changed_or_is_gone_is_named_and_left_as_it_is(desk: Path) -> None:
    shutil.rmtree(desk / "in" / "ada")
    (desk / "in" / "bob" / "exercise-01" / "NAME").write_text("other", encoding="utf-8")
    shown = said("regrade", "--course", ".")
    assert "2 left as they are" in shown
    assert "ada/exercise-01, bob/exercise-01" in shown
    assert [one.score for one in _grades(desk)] == [16, 16]


def test_work_in_an_archive_is_graded_again_too(desk: Path) -> None:
    shutil.make_archive(str(desk / "zipped" / "cyd"), "zip", STARTER)
    said("batch", "zipped", "--exercise", "1", "--course", ".", "--jobs", "1", "--gradebook", "grades.db")
    _worth_less(desk)
    assert "cyd, exercise-01: 16 to 15" in said("regrade", "--course", ".")
    assert [one.score for one in _grades(desk)] == [15, 15, 15]


def test_where_the_best_counts_earlier_work_is_graded_again_too(desk: Path) -> None:
    shutil.copytree(desk / "in", desk / "later")
    (desk / "later" / "ada" / "exercise-01" / ".github" / "workflows" / "ci.yml").unlink()
    said("batch", "later", "-o", "results-later", "--course", ".", "--jobs", "1", "--gradebook", "grades.db")
    said("book", "exercise", "1", "--counts", "best", "--course", ".")
    assert [(one.attempt, one.score) for one in _grades(desk)] == [(1, 16), (1, 16)]
    _worth_less(desk)
    assert "3 left" not in said("regrade", "--course", ".")
    assert [(one.attempt, one.score) for one in _grades(desk)] == [(1, 15), (1, 15)]


def test_a_criterion_with_another_title_is_the_same_criterion(desk: Path) -> None:
    text = (desk / RUBRIC).read_text(encoding="utf-8")
    at = text.index("title: ", text.index("criteria:"))
    (desk / RUBRIC).write_text(text[:at] + "title: In other words\n" + text[text.index("\n", at) + 1 :], "utf-8")
    shown = said("regrade", "--dry-run", "--course", ".")
    assert "2 results: 0 gain, 0 lose." in shown
    assert "In other words" not in shown


def test_a_rubric_that_is_wrong_is_said_at_once_and_nothing_is_graded(desk: Path) -> None:
    rubric = desk / RUBRIC
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("points: ", "points: 1", 1), encoding="utf-8")
    done = grade("regrade", "--course", ".")
    assert done.exit_code in (2, 3)
    assert "rubric" in done.stderr
    assert [one.score for one in _grades(desk)] == [16, 16]


def _worth_less(desk: Path) -> None:
    """A point goes from a criterion that the starter meets to one that it does not."""
    line = (desk / "results" / "results.jsonl").read_text(encoding="ascii").splitlines()[0]
    criteria = json.loads(line)["result"]["criteria"]
    text = (desk / RUBRIC).read_text(encoding="utf-8")
    for status, more in (("met", -1), ("unmet", 1)):
        one = next(one for one in criteria if one["status"] == status)
        at = text.index("points: ", text.index(f"id: {one['id']}\n"))
        text = text[:at] + f"points: {one['points'] + more}" + text[text.index("\n", at):]
    (desk / RUBRIC).write_text(text, encoding="utf-8")


def _grades(desk: Path) -> list[Grade]:
    book = open_book(str(desk / "grades.db"))
    try:
        return list(grades(book))
    finally:
        book.close()


def _entries(desk: Path) -> list[Any]:
    book = open_book(str(desk / "grades.db"))
    try:
        return list(entries(book))
    finally:
        book.close()


# -- what if --------------------------------------------------------------------------------------------------------


def result(*awarded: int, lost: tuple[int, ...] = ()) -> dict[str, Any]:
    return {
        "score": sum(awarded), "max_score": 50 * len(awarded), "pass_mark": 70, "passed": sum(awarded) >= 70,
        "criteria": [{"id": f"c{at}", "title": f"C{at}", "points": 50, "awarded": points, "status": "met"}
                     for at, points in enumerate(awarded)],
        "diagnostics": [{"code": CRITICAL, "message": critical_note(f"C{at}")} for at in lost],
    }  # fmt: skip


def graded(data: dict[str, Any], **more: Any) -> Grade:
    return Grade(
        Learner("ada"), "exercise-01", "graded", more.pop("score", Fraction(data["score"])), Fraction(100),
        passed=data["passed"], needs_review=False, result=data, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "more", "points", "mark", "expected", "passed"),
    [
        (result(50, 0), {}, {}, 50, 50, True),
        (result(50, 0), {}, {"c0": 80}, None, 80, True),
        (result(25, 50), {}, {"c0": 10}, None, 55, False),
        (result(50, 50, lost=(1,)), {}, {}, 10, 100, False),  # what is critical stays critical
        (result(50, 50), {"late": Fraction(10), "score": Fraction(90)}, {"c0": 0}, None, 45, False),
        (result(0, 0), {"overrides": (Override("t", "r", "", Fraction(71)),), "score": Fraction(71)}, {"c0": 9}, None,
         71, True),
        (result(0, 50), {"overrides": (Override("t", "r", "", Fraction(25), "c0"),), "score": Fraction(75)},
         {"c0": 100}, None, 100, True),
    ],
)  # fmt: skip
def test_a_criterion_keeps_the_share_of_its_points(
    data: dict[str, Any], more: dict[str, Any], points: dict[str, int], mark: int | None, expected: int, passed: bool
) -> None:
    rules = Rules(
        {("exercise-01", name): Fraction(value) for name, value in points.items()},
        {"exercise-01": Fraction(mark)} if mark is not None else {},
    )
    found: Standing = would_be(graded(data, **more), rules)
    assert (found.score, found.passed) == (expected, passed)


def test_what_if_shows_and_changes_nothing(desk: Path) -> None:
    before = (desk / "grades.db").read_bytes()
    line = (desk / "results" / "results.jsonl").read_text(encoding="ascii").splitlines()[0]
    name = next(one["id"] for one in json.loads(line)["result"]["criteria"] if one["status"] == "met")
    for source in ("grades.db", "results"):
        # what is critical is not met, so the pass mark alone does not help
        shown = said("what-if", source, "--points", f"1:{name}=100", "--pass-mark", "1=50", "--course", ".")
        assert "2 results: 2 gain, 0 lose. 0 would pass now, 0 no longer." in shown
    assert (desk / "grades.db").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Say what to try"), (("--points", "1:nothing=3"), "has the criterion nothing. There are "),
        (("--points", "nothing"), "is not EXERCISE:CRITERION=POINTS"),
        (("--pass-mark", "1=x"), "not a number of points"),
    ],
)  # fmt: skip
def test_a_slip_in_what_if_is_answered(desk: Path, words: tuple[str, ...], message: str) -> None:
    done = grade("what-if", "results", *words, "--course", ".")
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
