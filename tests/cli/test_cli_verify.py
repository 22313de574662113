"""``grade verify`` finds every way in which an exercise and its solutions can disagree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from click.testing import Result

Grade = Callable[..., Result]
EXERCISE = "exercises/exercise-01-first-words"
SOLUTIONS = "solutions/exercise-01-first-words"
WRONG = f"{SOLUTIONS}/wrong/forgets-lint-3"
CI = ".github/workflows/ci.yml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def said(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_good_exercise_is_verified(grade: Grade) -> None:
    result = grade("verify", "1")
    assert result.exit_code == 0, result.output
    assert "FAIL" not in result.output
    assert result.output.endswith("All 18 findings hold.\n")
    assert "exemplar-reversed 100" in said(result)
    assert "wrong/forgets-lint-0 60, loses lint-runs" in said(result)


def test_a_whole_course_is_verified(grade: Grade) -> None:
    result = grade("verify", "--all")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("All 37 findings hold.\n")


@pytest.mark.parametrize(
    ("path", "old", "new", "problem"),
    [
        (f"{EXERCISE}/starter/{CI}", "hello", "tests\nlint", "starter 100, pass mark 70 - passes already"),
        (f"{SOLUTIONS}/exemplar/{CI}", "lint", "lind", "lint-runs is unmet: It does not say so."),
        (f"{WRONG}/{CI}", "tests", "test", "also loses tests-run (unmet): It does not say so."),
        (f"{WRONG}/{CI}", "tests", "tests\nlint", "was to lose lint-runs (unmet), but it is met"),
        (f"{WRONG}/expect.yaml", "unmet", "partial", "lint-runs is unmet, declared partial"),
        (f"{WRONG}/expect.yaml", "lint-runs", "lint-walks", "lint-walks is no criterion"),
        (f"{WRONG}/expect.yaml", "story", "tale", "'story' is a required property"),
        (f"{WRONG}/expect.yaml", "loses", "loses: [", "expect.yaml:2"),
        (f"{WRONG}/expect.yaml", "loses", "base: exemplar-gone\nloses", "there is no right answer exemplar-gone"),
        ("rubrics/exercise-01.yaml", "points: 60", "points: 61", "gives 101 points in all"),
        ("rubrics/exercise-01.yaml", "check: says", "check: sings", "there is no check sings"),
        ("rubrics/exercise-01.yaml", "word: lint", "word: 3", "lint-runs: says: word: 3 is not of type 'string'"),
        ("rubrics/exercise-01.yaml", "Read about linters., ", "", "criteria[1].hints"),
        ("rubrics/exercise-01.yaml", "    why: Cheap feedback comes first.\n", "", "'why' is a required property"),
        (f"{EXERCISE}/exercise.yaml", "summary: ", "extra: ", "'summary' is a required property"),
        (f"{EXERCISE}/README.md", "starter/kit.txt", "starter/gone.txt", "README.md:3 links to starter/gone.txt"),
    ],
)  # fmt: skip
def test_a_disagreement_is_found_and_named(
    grade: Grade, course: Path, path: str, old: str, new: str, problem: str
) -> None:
    change(course / path, old, new)
    result = grade("verify", "1")
    assert result.exit_code == 1
    assert problem in said(result)


def test_a_criterion_that_nobody_can_tell_fails_an_exemplar(grade: Grade, course: Path) -> None:
    change(course / "rubrics/exercise-01.yaml", "check: says\n    with: {word: lint}", "check: unsure")
    result = grade("verify", "1")
    assert result.exit_code == 1
    assert "lint-runs is cannot_tell" in said(result)


def test_a_check_that_fails_is_named(grade: Grade, course: Path) -> None:
    change(course / "rubrics/exercise-01.yaml", "check: says\n    with: {word: lint}", "check: breaks")
    result = grade("verify", "1")
    assert result.exit_code == 1
    assert "The grader failed in the check `breaks`: ZeroDivisionError." in said(result)


def test_too_few_answers_are_found(grade: Grade, course: Path) -> None:
    rmtree(course / SOLUTIONS / "exemplar-spaced")
    rmtree(course / SOLUTIONS / "wrong" / "forgets-lint-7")
    result = grade("verify", "1")
    assert "1 other right answers (exemplar-*), at least 2 are needed" in said(result)
    assert "7 wrong answers, at least 8 are needed" in said(result)
    assert result.exit_code == 1


def test_an_answer_that_is_another_one_again_is_found(grade: Grade, course: Path) -> None:
    copytree(course / SOLUTIONS / "exemplar", course / SOLUTIONS / "exemplar-again")
    copytree(course / WRONG, course / SOLUTIONS / "wrong" / "forgets-lint-again")
    result = grade("verify", "1")
    assert "exemplar-again is the same as exemplar" in said(result)
    assert "wrong/forgets-lint-again is the same as wrong/forgets-lint-3" in said(result)
    assert result.exit_code == 1


def test_the_table_shows_everything_within_80_columns(grade: Grade, course: Path) -> None:
    name = "loses-lint-and-has-a-name-that-is-much-longer-than-its-column"
    copytree(course / WRONG, course / SOLUTIONS / "wrong" / name)
    with (course / SOLUTIONS / "wrong" / name / CI).open("a", encoding="utf-8") as file:
        file.write("one more line\n")
    result = grade("verify", "1")
    assert result.exit_code == 0, result.output
    assert f"wrong/{name} 60, loses lint-runs" in said(result)
    assert max(map(len, result.output.splitlines())) <= max(80, 20 + len(f"wrong/{name}"))


def test_no_solutions_at_all_are_found(grade: Grade, course: Path) -> None:
    rmtree(course / SOLUTIONS)
    result = grade("verify", "1")
    assert "the folder exemplar/ is missing" in said(result)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("starter/__pycache__/x.pyc", "starter/__pycache__ does not belong in a starter"),
        ("starter/.DS_Store", "starter/.DS_Store does not belong in a starter"),
        ("starter/.gradeline.json", "starter/.gradeline.json does not belong in a starter"),
        ("starter/ci.yml~", "starter/ci.yml~ does not belong in a starter"),
        ("exemplar/ci.yml", "exemplar looks like a solution"), ("starter/solution/x", "starter/solution looks like"),
        ("starter/expect.yaml", "starter/expect.yaml looks like a solution"),
    ],
)  # fmt: skip
def test_what_does_not_belong_in_an_exercise_is_found(grade: Grade, course: Path, path: str, problem: str) -> None:
    write(course / EXERCISE / path, "x")
    result = grade("verify", "1")
    assert result.exit_code == 1
    assert problem in said(result)


def test_a_link_in_a_starter_is_found(grade: Grade, course: Path) -> None:
    (course / EXERCISE / "starter" / "link").symlink_to("kit.txt")
    assert "starter/link is a link" in said(grade("verify", "1"))


@pytest.mark.parametrize(
    ("path", "old", "new", "where"),
    [
        ("rubrics/exercise-01.yaml", "Read about linters.", "Try - ruff  check . --fast", "hint 2 of lint-runs"),
        ("rubrics/exercise-01.yaml", "Cheap feedback comes", "Because `ruff check . --fast` is", "why of lint-runs"),
        (f"{EXERCISE}/README.md", "# Task", "# Task\n\n    - ruff check . --fast", "the brief"),
        (
            "rubrics/exercise-01.yaml",
            "    points: 40",
            "    title: Now ruff check . --fast\n    points: 40",
            "title of lint-runs",
        ),
        (f"{EXERCISE}/exercise.yaml", "summary: ", "summary: ruff check . --fast, and ", "summary and title"),
        (f"{EXERCISE}/starter/kit.txt", "kit", "kit # soon: ruff check . --fast", "a comment in starter/kit.txt"),
    ],
)
def test_a_text_that_gives_a_line_of_a_solution_away_is_found(
    grade: Grade, course: Path, path: str, old: str, new: str, where: str
) -> None:
    for name in ("exemplar", "exemplar-reversed"):
        with (course / SOLUTIONS / name / CI).open("a", encoding="utf-8") as file:
            file.write("- ruff check . --fast  # comment\n")
    assert grade("verify", "1").exit_code == 0
    change(course / path, old, new)
    result = grade("verify", "1")
    assert result.exit_code == 1
    assert f"{where} gives away a line of a solution: ruffcheck.--fast" in said(result)


def test_a_line_that_the_starter_has_too_is_no_secret(grade: Grade, course: Path) -> None:
    for path in (f"{EXERCISE}/starter/{CI}", f"{SOLUTIONS}/exemplar/{CI}", f"{EXERCISE}/README.md"):
        with (course / path).open("a", encoding="utf-8") as file:
            file.write("runs-on: ubuntu-latest\n")
    assert grade("verify", "1").exit_code == 0


def test_orphans_are_found_when_the_whole_course_is_verified(grade: Grade, course: Path) -> None:
    write(course / "rubrics" / "exercise-09.yaml", "x: 1\n")
    (course / "solutions" / "exercise-09-gone").mkdir()
    (course / "exercises" / "drafts").mkdir()
    result = grade("verify", "--all")
    assert result.exit_code == 1
    for problem in (
        "rubrics/exercise-09.yaml belongs to no exercise",
        "exercises/drafts is not named exercise-NN-slug",
        "solutions/exercise-09-gone belongs to no exercise",
    ):
        assert problem in said(result)


def test_a_circle_of_prerequisites_is_found(grade: Grade, course: Path) -> None:
    change(course / EXERCISE / "exercise.yaml", "prerequisites: []", "prerequisites: [exercise-02]")
    assert "build on each other in a circle" in said(grade("verify", "--all"))


def test_what_does_not_hold_is_told_in_german(grade: Grade, course: Path) -> None:
    good = grade("verify", "1", "--lang", "de")
    assert good.output.endswith("\nAlle 18 Befunde stimmen.\n")
    assert "wrong/forgets-lint-0 60, verliert lint-runs" in said(good)
    rmtree(course / SOLUTIONS / "exemplar-spaced")
    change(course / f"{WRONG}/{CI}", "tests", "test")
    change(course / f"{EXERCISE}/README.md", "starter/kit.txt", "starter/gone.txt")
    write(course / EXERCISE / "starter" / "notes.orig", "x")
    write(course / EXERCISE / "starter" / "hint.txt", f"# {'a line of an answer, ' * 2}")
    bad = grade("verify", "1", "--lang", "de")
    assert bad.exit_code == 1
    for told in (
        "Aufgabe README.md - README.md:3 verweist auf starter/gone.txt, und das gibt es nicht",
        "Dateien - starter/notes.orig gehört nicht in einen Anfang",
        "- 1 andere richtige Antworten (exemplar-*), mindestens 2 sind nötig",
        "verliert auch tests-run (unmet): It does not say so.",
        "4 von 17 Befunden stimmen nicht.",
    ):
        assert told in said(bad), told
