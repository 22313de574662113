"""A criterion that needs an analyser: graded with it, and never graded without it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gradeline.engine import RealEngine
from gradeline.exercise import Exercise
from gradeline.grade import grade
from gradeline.intake import open_submission
from gradeline.lint import Linted
from gradeline.result import Report
from gradeline.rubric import CheckUse, Criterion, Rubric
from gradeline.source import SourceFile
from gradeline.tools.answers import Answers
from gradeline.tools.child import ToolFailure
from gradeline.tools.linters import Kept, installed, kept
from gradeline_cli.ending import exit_code

DOCKERFILE = 'FROM python:3.12.8-slim\nUSER 10001\nCMD ["python"]\n'
RULE = {"tool": "hadolint", "rules": ["DL3007", "DL3002"], "paths": ["Dockerfile"]}


def report(folder: Path, text: str, tools: Kept, rule: dict[str, object] = RULE) -> Report:
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    exercise = Exercise("exercise-99", "x", "X", ("Dockerfile",), folder)
    rubric = Rubric(
        "exercise-99", 1, 70,
        (
            Criterion("linted", "Linted", "style", 40, CheckUse("lint", rule)),
            Criterion("plain", "Plain", "style", 60, CheckUse("nonroot-minimal", {"part": "nonroot"})),
        ),
        "d",
    )  # fmt: skip
    return grade(open_submission(folder, submit=("Dockerfile",)), exercise, rubric, RealEngine(tools), raise_bugs=True)


def fails(error: Exception) -> Kept:
    def one(tool: str, source: SourceFile) -> Linted:
        raise error

    def together(sources: Sequence[SourceFile], rules: Sequence[str]) -> Linted:
        raise error

    return Kept(Answers(), one, together)


def test_the_report_names_the_analysers_that_answered(tmp_path: Path) -> None:
    graded = report(tmp_path, DOCKERFILE, kept(Answers()))
    assert (graded.score, graded.tools) == (100, {"hadolint": installed("hadolint")})


def test_a_report_without_such_a_criterion_names_none(tmp_path: Path) -> None:
    rule: dict[str, object] = {**RULE, "paths": ["nowhere"]}
    graded = report(tmp_path, DOCKERFILE, kept(Answers()), rule)
    assert (graded.tools, graded.criteria[0].status) == ({}, "unmet")


@pytest.mark.parametrize("message", ["hadolint is not installed. Install it.", "hadolint did not end in 20 seconds."])
def test_an_analyser_that_failed_gives_no_credit_and_no_failure(tmp_path: Path, message: str) -> None:
    graded = report(tmp_path, DOCKERFILE, fails(ToolFailure(message)))
    first, second = graded.criteria
    assert (first.status, first.awarded, second.status) == ("error", 0, "met")
    assert message in first.message
    assert "not your mistake" in first.message
    assert (graded.passed, graded.needs_review, exit_code(graded)) == (False, True, 3)
    assert [one.code for one in graded.diagnostics] == ["tool-failed"]


def test_a_broken_file_is_for_a_person_to_look_at(tmp_path: Path) -> None:
    graded = report(tmp_path, DOCKERFILE.replace("USER", "USR"), kept(Answers()))
    assert graded.criteria[0].status == "cannot_tell"
