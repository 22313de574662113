"""A look at the work behind a result: what it gives, and that no work can stop it."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gradeline.course import find_course
from gradeline.engine import RealEngine
from gradeline.grade import grade as grade_work
from gradeline.grades import Grade, Learner
from gradeline.intake import open_submission
from gradeline.render.json import as_data
from gradeline.report.look import Look

COURSE = find_course()
ANSWERS = next((Path(__file__).parents[3] / "solutions").glob("exercise-01-*"))
FAULTS = "GRADELINE_BATCH_TEST_FAULTS"


def graded(place: Path) -> Grade:
    exercise, rubric = COURSE.exercise("exercise-01"), COURSE.rubric("exercise-01")
    submission = open_submission(place, kit=exercise.starter, submit=exercise.submit, hard_links="reject")
    data: Any = as_data(grade_work(submission, exercise, rubric, RealEngine()))
    return Grade(
        Learner("ada"), "exercise-01", "graded", Fraction(0), Fraction(100), passed=False, needs_review=True,
        result=data, folder=str(place),
    )  # fmt: skip


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ANSWERS / "exemplar", tmp_path / "work"))


@pytest.fixture
def look() -> Iterator[Look]:
    with Look(COURSE.root) as found:
        yield found


def test_it_gives_the_lines_and_the_drawing_of_what_was_graded(work: Path, look: Look) -> None:
    found = look(graded(work))
    assert found is not None
    lines = (work / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8").split("\n")
    assert list(found.sources[".github/workflows/ci.yml"])[:5] == lines[:5]
    assert found.picture.startswith("<svg")


def test_it_gives_those_of_an_archive_too(work: Path, look: Look, tmp_path: Path) -> None:
    place = tmp_path / "ada.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for path in sorted(work.rglob("*")):
            archive.write(path, path.relative_to(work))
    found = look(graded(place))
    assert found is not None
    assert ".github/workflows/ci.yml" in found.sources


def test_work_that_has_changed_or_gone_is_not_shown(work: Path, look: Look) -> None:
    before = graded(work)
    workflow = work / ".github" / "workflows" / "ci.yml"
    workflow.write_text(workflow.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    assert look(before) is None
    shutil.rmtree(work)
    assert look(before) is None


@pytest.mark.parametrize("way", ["hang", "crash"])
def test_work_that_hangs_or_crashes_the_grader_takes_only_its_own_time(
    work: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    found = graded(work)
    monkeypatch.setenv(FAULTS, json.dumps({"": way}))
    with Look(COURSE.root, seconds=1) as look:
        begin = time.monotonic()
        assert look(found) is None
        assert time.monotonic() - begin < 60


def test_looks_that_are_under_way_ahead_are_those_that_are_asked_for(
    work: Path, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = look.ask
    monkeypatch.setattr(look, "ask", lambda one: asked.append(one.learner.id) or real(one))
    first = graded(work)
    coming = [Grade(**{**vars(first), "learner": Learner(f"l{at:02}")}) for at in range(20)]
    coming[3] = Grade(**{**vars(coming[3]), "folder": str(work / "gone")})
    found = [(one.learner.id, look(one) is not None) for one in look.ahead(coming)]
    assert found == [(f"l{at:02}", at != 3) for at in range(20)]
    assert asked == [f"l{at:02}" for at in range(20)]
