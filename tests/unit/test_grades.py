"""Grades of a class: what one line of a batch says, exactly."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from gradeline.grades import read_lines
from gradeline.words import Told

GRADED = {
    "learner": "ada", "exercise": "exercise-01", "status": "graded", "reason": "", "message": "",
    "result": {"score": 72.5, "max_score": 100, "passed": True, "needs_review": False},
}  # fmt: skip
FAILED = {
    "learner": "bob", "exercise": "exercise-01", "status": "error", "reason": "timeout", "message": "", "result": None,
}  # fmt: skip


def _written(folder: Path, *lines: str) -> Path:
    path = folder / "results.jsonl"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_graded_line_keeps_its_score_exactly(tmp_path: Path) -> None:
    (grade,) = read_lines(_written(tmp_path, json.dumps(GRADED)))
    assert (grade.learner.id, grade.exercise, grade.standing) == ("ada", "exercise-01", "graded")
    assert (grade.score, grade.max_score, grade.passed, grade.needs_review) == (
        Fraction(145, 2), Fraction(100), True, False,
    )  # fmt: skip


def test_a_line_that_failed_has_no_score_and_wants_a_person(tmp_path: Path) -> None:
    (grade,) = read_lines(_written(tmp_path, json.dumps(FAILED)))
    assert (grade.standing, grade.score, grade.reason, grade.needs_review) == ("error", None, "timeout", True)


@pytest.mark.parametrize("bad", ["{", "[]", "{}", '{"learner": "eve"}', "3"])
def test_a_line_that_is_no_result_is_named(tmp_path: Path, bad: str) -> None:
    path = _written(tmp_path, json.dumps(GRADED), bad)
    with pytest.raises(Told) as caught:
        list(read_lines(path))
    assert "Line 2 of " in str(caught.value)
