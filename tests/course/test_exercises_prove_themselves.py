"""Every exercise: the starter fails, right shapes earn everything, wrong answers lose what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradeline.authoring.verify import verify, verify_course
from gradeline.course import open_course
from gradeline.engine import RealEngine
from gradeline.intake import open_submission
from gradeline.rubric import rules_in
from gradeline.words import english
from gradeline_cli.main import COMMANDS

said = english().said
ROOT = Path(__file__).resolve().parents[2]
COURSE = open_course(ROOT)


@pytest.mark.parametrize("exercise", sorted(COURSE.folders))
def test_an_exercise_is_graded_as_its_solutions_say(exercise: str) -> None:
    findings = list(verify(COURSE, exercise, RealEngine(), open_submission))
    problems = [f"{said(found.subject)}: {said(problem)}" for found in findings for problem in found.problems]
    assert problems == []
    assert len(findings) > 20


@pytest.mark.parametrize("exercise", sorted(COURSE.folders))
def test_a_brief_names_only_what_the_program_can_do(exercise: str) -> None:
    brief = COURSE.exercise(exercise).brief.read_text(encoding="utf-8")
    typed = [match.split() for match in re.findall(r"(?:^\$ |`)grade ([^`#\n]+)", brief, re.MULTILINE)]
    checks = RealEngine().checks()
    used = {use.id for criterion in COURSE.rubric(exercise).criteria for use in rules_in(criterion.rule)}
    assert [exercise] in typed
    for first, *rest in typed:
        assert first in COMMANDS or COURSE.resolve(first) == exercise, first
        if first == "explain":
            assert set(rest) <= used & set(checks)


@pytest.mark.parametrize("exercise", sorted(COURSE.folders))
def test_the_points_in_a_brief_are_those_of_the_rubric(exercise: str) -> None:
    brief = COURSE.exercise(exercise).brief.read_text(encoding="utf-8")
    rubric = COURSE.rubric(exercise)
    rows = re.findall(r"^\| *(\d+) \|", brief, re.MULTILINE)
    assert [int(points) for points in rows] == [one.points for one in rubric.criteria]
    assert f"You pass with {rubric.pass_mark} points." in brief


def test_the_course_hangs_together() -> None:
    assert verify_course(COURSE).problems == ()
