"""Every exercise: the starter fails, right shapes earn everything, wrong answers lose what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.authoring.verify import verify, verify_course
from gradeline.course import open_course
from gradeline.engine import RealEngine
from gradeline.intake import open_submission

ROOT = Path(__file__).resolve().parents[2]
COURSE = open_course(ROOT)


@pytest.mark.parametrize("exercise", sorted(COURSE.folders))
def test_an_exercise_is_graded_as_its_solutions_say(exercise: str) -> None:
    findings = list(verify(COURSE, exercise, RealEngine(), open_submission))
    problems = [f"{found.subject}: {problem}" for found in findings for problem in found.problems]
    assert problems == []
    assert len(findings) > 20


def test_the_course_hangs_together() -> None:
    assert verify_course(COURSE).problems == ()
