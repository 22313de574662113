"""``grade export grades`` and ``grade export feedback`` as people call them."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gradeline_cli.main import program
from gradeline_cli.parts import App

CANVAS = (
    "Student,ID,SIS Login ID,Section,exercise-07 (5)\r\n    Points Possible,,,,100\r\n"
    "Ada,1,ada,A,\r\nZoe,2,zoe,A,\r\n"
)


def lines(folder: Path) -> Path:
    found = [
        {"learner": "ada", "exercise": "exercise-07", "status": "graded", "reason": "", "message": "",
         "result": {"score": 72.5, "max_score": 100, "passed": True, "needs_review": False}},
        {"learner": "bob", "exercise": "exercise-07", "status": "error", "reason": "timeout", "message": "",
         "result": None},
    ]  # fmt: skip
    path = folder / "results.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    return path


def export(*words: str) -> Result:
    return CliRunner().invoke(program, ["export", *words], obj=App(language="en"), prog_name="grade")


def said(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_canvas_file_is_filled_and_what_found_no_place_is_told(tmp_path: Path) -> None:
    results, into, out = lines(tmp_path), tmp_path / "canvas.csv", tmp_path / "out.csv"
    into.write_bytes(CANVAS.encode())
    done = export("grades", str(tmp_path), "--format", "canvas", "--into", str(into), "-o", str(out))
    assert done.exit_code == 1, done.output  # bob is not in the course
    assert out.read_bytes() == CANVAS.replace("Ada,1,ada,A,", "Ada,1,ada,A,72.5").encode()
    assert "1 grades are in" in said(done)
    assert "Not in the file or the roster (1): bob" in said(done)
    assert "In the file, but not in the results (1): Zoe" in said(done)
    assert into.read_bytes() == CANVAS.encode()
    assert results.is_file()


@pytest.mark.parametrize("kind", ["canvas", "moodle", "nbgrader", "gradescope", "jsonl", "parquet"])
def test_every_format_is_written_anew(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    done = export("grades", str(lines(tmp_path)), "--format", kind, "-o", str(out))
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 40
    if kind not in ("jsonl", "parquet"):
        assert "No grade, the grader failed (1): bob/exercise-07" in said(done)


def test_a_roster_completes_names_and_tells_strangers(tmp_path: Path) -> None:
    roster, out = tmp_path / "roster.csv", tmp_path / "out.csv"
    roster.write_text("username,first_name,last_name,email\nada,Ada,Lovelace,ada@example.edu\nzoe,Zoe,Z,\n", "utf-8")
    done = export("grades", str(lines(tmp_path)), "--format", "nbgrader", "--roster", str(roster), "-o", str(out))
    assert done.exit_code == 1
    assert "Not in the file or the roster (1): bob" in said(done)
    assert "Nothing handed in, left empty (1): zoe/exercise-07" in said(done)
    assert "exercise-07,,,ada,Lovelace,Ada,ada@example.edu,72.5,0,72.5,100,graded" in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "moodle-worksheet"], "name the one you downloaded with --into"),
        (["--format", "canvas", "--column", "exercise-07"], "is not EXERCISE=TITLE"),
        (["--format", "moodle", "--into", __file__], "without --into"),
        (["--format", "canvas", "--exercise", "exercise-99"], "exercise-99"),
    ],
)
def test_wrong_usage_says_what_to_do(tmp_path: Path, words: list[str], message: str) -> None:
    done = export("grades", str(lines(tmp_path)), "-o", str(tmp_path / "out"), *words)
    assert done.exit_code == 2
    assert message in said(done)
    assert not (tmp_path / "out").exists()


def test_a_gradebook_is_written_with_decisions_and_excuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADE_AUTHOR", "tina")
    waiting = {
        "exercise": "exercise-01", "submission": {"id": "x", "digest": "d"}, "rubric": {"version": 1, "digest": "r"},
        "grader": {"version": "1"}, "tools": {}, "score": 60, "max_score": 100, "pass_mark": 70, "passed": False,
        "needs_review": True, "diagnostics": [], "criteria": [
            {"id": "tests-block", "title": "Tests", "category": "c", "points": 60, "awarded": 60, "status": "met",
             "message": "m", "why": "w", "hint": "", "evidence": [], "path_trace": []},
            {"id": "cache", "title": "Cache", "category": "c", "points": 40, "awarded": 0, "status": "cannot_tell",
             "message": "m", "why": "w", "hint": "h", "evidence": [], "path_trace": []}],
    }  # fmt: skip
    found = [{"learner": name, "exercise": "exercise-01", "status": "graded", "reason": "", "message": "",
              "result": waiting} for name in ("ada", "bob")]  # fmt: skip
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    (tmp_path / "class.csv").write_text("learner,name,lms_id\nada,Ada,1\nbob,Bob,2\ncyd,Cyd,3\ndan,Dan,4\n", "utf-8")
    for words in (
        ["import", "results.jsonl"], ["roster", "class.csv"], ["excuse", "cyd", "1", "--reason", "ill"],
        ["override", "ada", "1", "15,5", "--criterion", "cache", "--reason", "the cache is there"],
        ["comment", "ada", "1", "well done"],
    ):  # fmt: skip
        done = CliRunner().invoke(program, ["book", *words], obj=App(language="en"), prog_name="grade")
        assert done.exit_code == 0, done.output
    done = export("grades", "grades.db", "--format", "canvas", "-o", "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[2:] == [
        "Ada,1,,ada,,75.5", "Bob,2,,bob,,", "Cyd,3,,cyd,,EX", "Dan,4,,dan,,"]  # fmt: skip
    assert done.exit_code == 1
    assert "points wait for a person (1; --with-open writes them as they are): bob/exercise-01" in said(done)
    assert "Nothing handed in, left empty (1): dan/exercise-01" in said(done)
    assert export("feedback", "grades.db", "-o", "f", "--format", "markdown").exit_code == 0
    ada = (tmp_path / "f" / "ada" / "exercise-01.md").read_text("utf-8")
    assert "75.5 of 100 points, passed." in ada
    assert "the cache is there" in ada
    assert "well done" in ada
    assert "You are excused" in (tmp_path / "f" / "cyd" / "exercise-01.md").read_text("utf-8")


def test_results_that_are_not_there_are_told(tmp_path: Path) -> None:
    done = export("grades", str(tmp_path / "no"), "--format", "canvas", "-o", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "There are no grades at" in said(done)


def test_feedback_is_a_file_for_each_learner(tmp_path: Path) -> None:
    done = export("feedback", str(lines(tmp_path)), "-o", str(tmp_path / "f"), "--format", "html", "--exercise", "7")
    path = tmp_path / "results.jsonl"
    assert done.exit_code == 2
    assert "The result of ada for exercise-07 is not whole." in said(done)
    whole = path.read_text("utf-8").splitlines()[1]
    path.write_text(whole + "\n", "utf-8")
    done = export("feedback", str(path), "-o", str(tmp_path / "f"))
    assert done.exit_code == 0, done.output
    assert sorted(one.relative_to(tmp_path / "f").as_posix() for one in (tmp_path / "f").rglob("*.*")) == [
        "bob/exercise-07.html", "bob/exercise-07.md"]  # fmt: skip
    assert "the grader failed, not you" in (tmp_path / "f/bob/exercise-07.html").read_text("utf-8")


@pytest.mark.parametrize("kind", ["canvas", "jsonl", "parquet"])
def test_a_class_with_more_text_in_its_results_than_memory_is_exported(tmp_path: Path, kind: str) -> None:
    """400 results with 100,000 characters of findings each."""
    criterion = {"id": "gates", "status": "unmet", "awarded": 0, "points": 5, "title": "t", "why": "w" * 50_000,
                 "hint": "h", "message": "m" * 50_000, "evidence": [], "path_trace": []}  # fmt: skip
    result = {"score": 0, "max_score": 5, "passed": False, "needs_review": False, "criteria": [criterion],
              "rubric": {"version": 1}, "grader": {"version": "1"}}  # fmt: skip
    line = {"exercise": "exercise-07", "status": "graded", "reason": "", "message": "", "result": result}
    with (tmp_path / "results.jsonl").open("w", encoding="utf-8") as file:
        for number in range(400):
            file.write(json.dumps({**line, "learner": f"u{number}"}) + "\n")
    words = ("grades", str(tmp_path), "--format", kind, "-o", str(tmp_path / "out"))
    assert export(*words).exit_code == 0  # once before, so that no module is counted
    tracemalloc.start()
    try:
        export(*words)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size > 4000
    assert most < 5_000_000
