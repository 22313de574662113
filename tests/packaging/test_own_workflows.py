"""Our own workflows keep what the course teaches: its rubrics give them full marks, and zizmor finds nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradeline.course import find_course
from gradeline.engine import RealEngine
from gradeline.grade import grade
from gradeline.intake import open_submission

ROOT = Path(__file__).resolve().parents[2]
# What the workflows start and read, beside themselves.
USED = (
    "Dockerfile", ".dockerignore", ".trivyignore.yaml", "Makefile", "pyproject.toml", "README.md", "LICENSE",
    "CHANGELOG.md", "action.yml", ".ci/run", ".github/labeler.yml", "graders/gradeline/__init__.py",
    "graders/gradeline/checks/support/documentation.py", "cli/gradeline_cli/entry.py", "docs/checks.md",
    "tests/packaging/test_pins.py",
)  # fmt: skip
# Exercise 12 is about the one pipeline that everybody waits for.  Releases restore no caches, which others may have
# filled, so its rows about caches are not asked of them.
WORKFLOWS = {
    "exercise-12": ["ci.yml"],
    "exercise-13": ["ci.yml", "pr.yml", "label.yml", "release.yml", "image.yml"],
    "exercise-24": ["ci.yml", "pr.yml", "label.yml", "release.yml", "image.yml"],
}  # fmt: skip


def test_no_workflow_is_left_out() -> None:
    ours = {path.name for path in (ROOT / ".github/workflows").iterdir()}
    assert ours == set(WORKFLOWS["exercise-13"]) == set(WORKFLOWS["exercise-24"])


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_the_rubrics_of_the_course_give_our_workflows_full_marks(name: str, tmp_path: Path) -> None:
    files = [*USED, *(f".github/workflows/{one}" for one in WORKFLOWS[name])]
    files += [path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").iterdir()]
    for path in files:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target)
    course = find_course()
    exercise = course.exercise(name)
    report = grade(open_submission(tmp_path, submit=exercise.submit), exercise, course.rubric(name), RealEngine())
    lost = [(one.id, one.status, one.message) for one in report.criteria if one.status != "met"]
    assert lost == []
    assert [one for one in report.diagnostics if one.severity == "error"] == []
    assert report.passed


def test_zizmor_finds_nothing_in_the_workflows_and_the_action() -> None:
    program = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [str(program), "--offline", "--no-config", "--persona", "pedantic", "--quiet", "--format", "json",
         str(ROOT / ".github"), str(ROOT / "action.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stdout + done.stderr


def test_what_zizmor_is_told_to_overlook_has_a_reason() -> None:
    for path in (*(ROOT / ".github").rglob("*.yml"), ROOT / "action.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "zizmor: ignore" in line:
                assert re.search(r"zizmor: ignore\[[a-z-]+\] \w+ \w+", line), line
