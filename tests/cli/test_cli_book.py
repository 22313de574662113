"""``grade book`` as an instructor types it, from results to a gradebook that proves itself whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gradeline_cli.main import program

RESULT = {
    "submission": {"id": "x", "digest": "d"}, "rubric": {"digest": "r"}, "grader": {"version": "1"}, "score": 60,
    "max_score": 100, "pass_mark": 70, "passed": False, "needs_review": True, "diagnostics": [],
    "criteria": [
        {"id": "tests-block", "title": "T", "points": 60, "awarded": 60, "status": "met"},
        {"id": "cache", "title": "C", "points": 40, "awarded": 0, "status": "cannot_tell"},
    ],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADE_AUTHOR", "tina")
    lines = [
        {"learner": name, "exercise": "exercise-01", "status": "graded", "reason": "", "message": "", "result": RESULT}
        for name in ("ada", "=1+1\x1b[31m")
    ]
    (tmp_path / "results").mkdir()
    content = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "results" / "results.jsonl").write_text(content, encoding="utf-8")
    return tmp_path


def grade(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))


def said(*words: str) -> str:
    done = grade(*words)
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_from_results_to_decisions_and_back_to_proof(desk: Path) -> None:
    assert said("book", "import", "results") == "New in grades.db: attempts 2, results 2. Known from before: 0."
    assert "attempts 0, results 0. Known from before: 2." in said("book", "import", "results/results.jsonl")
    (desk / "class.csv").write_text("learner,name\nada,Ada\ncyd,Cyd\n", encoding="utf-8")
    assert said("book", "roster", "class.csv").startswith("2 learners in the file, 2 of them new or changed")
    said("book", "override", "ada", "1", "15,5", "--criterion", "cache", "--reason", "the cache is there")
    said("book", "comment", "ada", "1", "well\ndone")
    said("book", "excuse", "cyd", "1", "--reason", "ill")
    shown = said("book", "show")
    assert "ada (Ada): 75.5 points, 1 of 1 passed exercise-01: 75.5 of 100, passed, with a person's decision" in shown
    assert "exercise-01: 60 of 100, not passed, a person must look" in shown
    assert "cyd (Cyd): 0 points, 0 of 1 passed exercise-01: excused" in shown
    page = said("book", "show", "ada")
    assert "tina gave 15.5 for cache: the cache is there" in page
    assert "tina wrote: well done" in page
    assert "tina: ada, exercise-01: attempt 1 gets 15.5 points, criterion cache" in said("book", "history", "ada")
    assert said("book", "verify").startswith("The gradebook is whole: 9 statements, 2 results. Digest: ")


def test_what_a_learner_is_called_can_do_nothing_to_the_terminal(desk: Path) -> None:
    said("book", "import", "results")
    for words in (("show",), ("history",)):
        assert "\x1b" not in grade("book", *words).stdout


def test_json_has_a_line_for_each_grade_with_exact_points(desk: Path) -> None:
    said("book", "import", "results")
    said("book", "override", "ada", "1", "99.25", "--reason", "seen")
    rows = [json.loads(line) for line in grade("book", "show", "--format", "json").stdout.splitlines()]
    assert [(one["learner"], one["score"], one["passed"]) for one in rows] == [
        ("=1+1\x1b[31m", "60", False), ("ada", "99.25", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show",), "There is no gradebook grades.db."),
        (("override", "ada", "1", "--reason", "x"), "Give points, or --withdraw"),
        (("override", "ada", "1", "seven", "--reason", "x"), "There is no gradebook"),
        (("exercise", "1", "--deadline", "tomorrow"), "tomorrow is not a time."),
        (("show", "--book", "ftp://x/y"), "A gradebook is a file or postgresql"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_to_do(desk: Path, words: tuple[str, ...], message: str) -> None:
    done = grade("book", *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


def test_german_speaks_of_the_notenbuch(desk: Path) -> None:
    said("book", "import", "results")
    assert "Lernende" in said("--lang", "de", "book", "show")


def test_a_gradebook_can_be_exported_by_its_file_or_address(desk: Path) -> None:
    said("book", "import", "results")
    said("book", "override", "ada", "1", "99.25", "--reason", "seen")
    for where in ("grades.db", f"sqlite:///{desk}/grades.db"):
        said("export", "grades", where, "--format", "jsonl", "-o", "out.jsonl")
        rows = [json.loads(line) for line in (desk / "out.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [(one["learner"], float(one["score"])) for one in rows] == [("=1+1\x1b[31m", 60.0), ("ada", 99.25)]
