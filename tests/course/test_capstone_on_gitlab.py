"""The right answer of exercise 34 with its pipelines on GitLab: nothing is lost, and what is damaged is seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gradeline.course import open_course
from gradeline.engine import RealEngine
from gradeline.grade import grade
from gradeline.intake import open_submission

ROOT = Path(__file__).resolve().parents[2]
ANSWER = ROOT / "tests/fixtures/course/capstone-on-gitlab"
CI = ".gitlab-ci.yml"


def answer(folder: Path) -> Path:
    """The exemplar, with GitLab in place of GitHub."""
    shutil.copytree(ROOT / "solutions/exercise-34-gitops-capstone/exemplar", folder)
    shutil.rmtree(folder / ".github")
    shutil.copytree(ANSWER, folder, dirs_exist_ok=True)
    for path in (folder / "argocd/churn.yaml", *folder.glob("k8s/overlays/*/kustomization.yaml")):
        path.write_text(path.read_text().replace("github.com/kestrel", "gitlab.com/kestrel"))
    return folder


def lost(folder: Path) -> dict[str, str]:
    course = open_course(ROOT)
    exercise, rubric = course.exercise("exercise-34"), course.rubric("exercise-34")
    submission = open_submission(folder, kit=exercise.starter, submit=exercise.submit)
    report = grade(submission, exercise, rubric, RealEngine(), raise_bugs=True)
    return {one.id: one.status for one in report.criteria if one.status != "met"}


def test_a_right_answer_loses_nothing_and_a_person_looks_at_the_token_of_the_jobs(tmp_path: Path) -> None:
    assert lost(answer(tmp_path / "answer")) == {"small-keys": "cannot_tell"}


@pytest.mark.parametrize(
    ("path", "old", "new", "criterion"),
    [
        (".gitlab/project.json", '"only_allow_merge_if_pipeline_succeeds": true, ', "", "proposals-are-checked"),
        (CI, "    - pytest tests/behavioural\n", "    - pytest tests/behavioural || true\n", "proposals-are-checked"),
        (CI, "    - docker build --tag churn-api:proposal .\n", "", "proposals-are-checked"),
        (CI, '$CI_PIPELINE_SOURCE == "schedule"', '$CI_PIPELINE_SOURCE == "web"', "trained-every-week"),
        (CI, '$CI_PIPELINE_SOURCE == "trigger"', '$CI_PIPELINE_SOURCE == "web"', "trained-every-week"),
        (CI, "config/gates.yaml\n", "config/gates.yaml || true\n", "trained-every-week"),
        (CI, "--alias challenger", "--alias champion", "trained-every-week"),
        (CI, "unit:\n", "unit:\n  id_tokens: {IDLE: {aud: nobody}}\n", "small-keys"),
        (CI, "AWS_ROLE_ARN: $DATA_ROLE", "AWS_SECRET_ACCESS_KEY: $DVC_SECRET_ACCESS_KEY", "small-keys"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_seen(tmp_path: Path, path: str, old: str, new: str, criterion: str) -> None:
    folder = answer(tmp_path / "answer")
    text = (folder / path).read_text()
    assert old in text
    (folder / path).write_text(text.replace(old, new))
    assert lost(folder)[criterion] == "unmet"
