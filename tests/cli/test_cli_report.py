"""``grade report`` after ``grade batch``: pages with the learner's own lines and pipeline."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from gradeline.report.site import slug
from gradeline_cli.main import program

if TYPE_CHECKING:
    import pytest

REPOSITORY = Path(__file__).parents[2]
STARTER = next((REPOSITORY / "exercises").glob("exercise-01-*")) / "starter"


def run(*words: str) -> str:
    done = CliRunner().invoke(program, list(words))
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_from_submissions_to_pages_and_work_that_changed_since_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ada", "bob"):
        shutil.copytree(STARTER, tmp_path / "in" / name / "exercise-01")
    run("batch", "in", "--jobs", "1")
    workflow = tmp_path / "in" / "bob" / "exercise-01" / ".github" / "workflows" / "ci.yml"
    workflow.write_text(workflow.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    assert run("report", "results", "-o", "out").startswith("2 learners, 2 results, 0 questions wait for a person.")
    ada, bob = ((tmp_path / "out" / "learners" / f"{slug(name)}.html").read_text() for name in ("ada", "bob"))
    assert "<pre" in ada
    assert "data:image/svg+xml" in ada
    assert "no longer what was graded" not in ada
    assert "<pre" not in bob
    assert "no longer what was graded" in bob
    run("report", "results", "-o", "quick", "--no-work")
    assert "<pre" not in (tmp_path / "quick" / "learners" / f"{slug('ada')}.html").read_text()
    assert not list((tmp_path / "out").rglob("*.tmp"))
