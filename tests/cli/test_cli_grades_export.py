"""``grade export grades`` and ``grade export feedback`` as people call them."""

from __future__ import annotations

import json
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
