"""``grade ci`` in real repositories: what is found, what is graded, what is refused, and what is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator

from gradeline.course import find_course
from gradeline_cli.ci.git import Repository
from gradeline_cli.main import program
from gradeline_cli.parts import App

COURSE = find_course()
EXERCISE = COURSE.folders["exercise-12"]
EXEMPLAR = COURSE.solutions / EXERCISE.name / "exemplar"
FOLDER = EXERCISE.name
CI = ".github/workflows/ci.yml"
SCHEMA = Path(__file__).parent.parent / "fixtures" / "schemas" / "sarif-schema-2.1.0.json"
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x",
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}  # fmt: skip


class Repo:
    """A repository on disk, with the few commands that the tests need."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words], cwd=self.path, env={**os.environ, **GIT}, check=True,
            capture_output=True,
        )  # fmt: skip
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def commit(self, message: str = "change") -> str:
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str) -> None:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def starter(self, folder: str = FOLDER, exercise: Path = EXERCISE) -> None:
        shutil.copytree(exercise / "starter", self.path / folder, dirs_exist_ok=True)

    def solve(self, folder: str = FOLDER) -> None:
        shutil.copytree(EXEMPLAR, self.path / folder, dirs_exist_ok=True)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A class's repository: the starter of exercise 12 on main, and the branch ``work``."""
    path = tmp_path / "repo"
    path.mkdir()
    one = Repo(path)
    one.git("init", "-q", "-b", "main")
    one.write("README.md", "# Class\n")
    one.starter()
    one.commit("starter")
    one.git("switch", "-q", "-c", "work")
    return one


@pytest.fixture
def grade_ci(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``grade ci`` in a folder, with no CI system around it but the variables given."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI_", "CHANGE_", "GIT_")):
            monkeypatch.delenv(name)

    def run(folder: Path, *words: str, env: dict[str, str] | None = None, app: App | None = None) -> Result:
        monkeypatch.chdir(folder)
        return CliRunner().invoke(program, ["ci", *words], obj=app or App(), prog_name="grade", env=env or {})

    return run


def results(path: Path) -> list[tuple[str, str, Any, bool]]:
    rows = json.loads(path.read_text())["gradings"]
    return [
        (row["folder"], row["result"]["exercise"], row["result"]["score"], row["result"]["passed"]) for row in rows
    ]  # fmt: skip


# --- what is touched ---------------------------------------------------------------------------------


def test_a_branch_that_solves_an_exercise_passes(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    repo.solve()
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    assert done.exit_code == 0, done.output
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]
    assert "Score 100 of 100" in done.output


def test_a_commit_gets_the_same_report_as_the_folder(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.write(f"{FOLDER}/{CI}", (repo.path / FOLDER / CI).read_text() + "\n# more\n")
    repo.commit()
    grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    (row,) = json.loads((tmp_path / "r.json").read_text())["gradings"]
    done = CliRunner().invoke(
        program, ["run", "exercise-12", str(repo.path / FOLDER), "--format", "json"], obj=App(), prog_name="grade"
    )
    assert row["result"] == json.loads(done.output)


def test_the_commit_is_graded_and_not_what_lies_in_the_work_tree(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.solve()
    repo.commit()
    repo.write(f"{FOLDER}/{CI}", "on: push\njobs: {}\n")
    repo.write(".gitattributes", "*.yml working-tree-encoding=UTF-16 filter=x ident export-ignore\n")
    assert grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json")).exit_code == 0
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]


def test_what_changed_on_main_since_is_not_the_branchs_doing(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.solve()
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.starter("exercise-13-gha-secure-release", COURSE.folders["exercise-13"])
    repo.commit()
    repo.git("switch", "-q", "work")
    assert grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json")).exit_code == 0
    assert [row[1] for row in results(tmp_path / "r.json")] == ["exercise-12"]


def test_a_branch_that_touches_no_exercise_says_so(repo: Repo, grade_ci: Callable[..., Result]) -> None:
    repo.write("README.md", "# Class of 2026\n")
    repo.commit()
    done = grade_ci(repo.path, "--base", "main")
    assert (done.exit_code, done.output) == (
        0, "Note: This pull request changes no exercise, so nothing was graded.\n",
    )  # fmt: skip


def test_each_folder_of_a_class_is_graded_by_itself(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.starter("alice/exercise-12")
    repo.solve("alice/exercise-12")
    repo.starter("bob/any name")
    repo.write("bob/any name/.gradeline.json", '{"exercise": "exercise-12"}')
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    assert done.exit_code == 1
    assert [(row[0], row[3]) for row in results(tmp_path / "r.json")] == [
        ("alice/exercise-12", True), ("bob/any%20name", False),
    ]  # fmt: skip


def test_a_workspace_at_the_top_is_found_by_its_marker(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.git("rm", "-rq", ".")
    repo.starter(".")
    repo.write(".gradeline.json", '{"exercise": "exercise-12"}')
    base = repo.commit()
    repo.solve(".")
    repo.commit()
    assert grade_ci(repo.path, "--base", base, "--json", str(tmp_path / "r.json")).exit_code == 0
    assert results(tmp_path / "r.json") == [(".", "exercise-12", 100, True)]


def test_a_repository_of_one_exercise_needs_no_marker(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.git("rm", "-rq", ".")
    repo.starter("sub/work")
    base = repo.commit()
    repo.solve("sub/work")
    repo.commit()
    words = ["--base", base, "--exercise", "12", "--folder", "./sub/work/", "--json", str(tmp_path / "r.json")]
    assert grade_ci(repo.path, *words).exit_code == 0
    assert results(tmp_path / "r.json") == [("sub/work", "exercise-12", 100, True)]


def test_a_renamed_folder_is_graded_where_it_is_now(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.git("mv", FOLDER, "exercise-12")
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    assert [row[0] for row in results(tmp_path / "r.json")] == ["exercise-12"]
    assert f"Note: The folder `{FOLDER}` (exercise-12) has moved to" in done.output


def test_a_deleted_folder_is_a_note_and_a_deleted_file_costs_points(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.git("rm", "-q", f"{FOLDER}/{CI}")
    repo.commit()
    assert grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json")).exit_code == 1
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 0, False)]
    repo.git("rm", "-rq", FOLDER)
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    assert done.exit_code == 0
    assert results(tmp_path / "r.json") == []
    assert f"Note: The folder `{FOLDER}` (exercise-12) is deleted" in done.output


def test_the_index_is_graded_before_a_commit(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    repo.solve()
    repo.git("add", "--all")
    repo.write(f"{FOLDER}/{CI}", "broken: [\n")  # not staged
    assert grade_ci(repo.path, "--staged", "--base", "HEAD", "--json", str(tmp_path / "r.json")).exit_code == 0
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]


def test_everything_is_graded_when_asked_for_and_needs_no_base(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.starter("bob/exercise-12")
    repo.commit()
    assert grade_ci(repo.path, "--all", "--json", str(tmp_path / "r.json")).exit_code == 1
    assert [row[0] for row in results(tmp_path / "r.json")] == ["bob/exercise-12", FOLDER]
    done = grade_ci(repo.path, "--all", "--base", "no/such")
    assert done.exit_code == 2
    repo.git("rm", "-rq", "bob", FOLDER)
    repo.commit()
    assert grade_ci(repo.path, "--all").output == "Note: There is no submission here, so nothing was graded.\n"


# --- what it is compared with ------------------------------------------------------------------------


def test_a_fork_is_compared_with_the_branch_it_is_for(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    fork = Repo(tmp_path / "fork")
    repo.git("clone", "-q", "--bare", ".", str(fork.path))
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "-b", "work", str(fork.path), str(clone.path))
    clone.git("remote", "add", "upstream", str(repo.path))
    clone.git("fetch", "-q", "upstream")
    clone.solve()
    clone.commit()
    assert grade_ci(clone.path, "--base", "upstream/main", "--json", str(tmp_path / "r.json")).exit_code == 0
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]


def test_githubs_own_merge_needs_only_its_two_parents(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.solve()
    repo.commit()
    repo.git("switch", "-q", "--detach", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    merge = repo.git("rev-parse", "HEAD")
    repo.git("update-ref", "refs/pull/1/merge", merge)
    clone = Repo(tmp_path / "clone")
    clone.path.mkdir()
    clone.git("init", "-q")
    clone.git("fetch", "-q", "--depth=2", f"file://{repo.path}", "refs/pull/1/merge")
    clone.git("checkout", "-q", merge)
    env = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": merge, "GITHUB_BASE_REF": "main"}
    assert grade_ci(clone.path, "--json", str(tmp_path / "r.json"), env=env).exit_code == 0
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "push"])
def test_a_strangers_merge_does_not_say_what_the_base_is(
    event: str, repo: Repo, grade_ci: Callable[..., Result]
) -> None:
    repo.solve()
    repo.commit()
    sha = repo.git("rev-parse", "HEAD")
    done = grade_ci(repo.path, env={"GITHUB_EVENT_NAME": event, "GITHUB_SHA": sha, "GITHUB_BASE_REF": "main"})
    assert done.exit_code == 2
    assert "`origin/main` is not in this clone." in done.output


def test_gitlab_and_jenkins_say_what_the_request_is_for(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    base = repo.git("rev-parse", "main")
    repo.git("update-ref", "refs/remotes/origin/main", base)
    repo.solve()
    repo.commit()
    for env in (
        {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}, {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
        {"CHANGE_TARGET": "main"},
    ):  # fmt: skip
        assert grade_ci(repo.path, "--json", str(tmp_path / "r.json"), env=env).exit_code == 0
        assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]


def test_a_shallow_clone_says_what_to_fetch(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    repo.solve()
    repo.commit()
    shallow = Repo(tmp_path / "shallow")
    repo.git("clone", "-q", "--depth=1", "-b", "work", f"file://{repo.path}", str(shallow.path))
    done = grade_ci(shallow.path, "--base", "origin/main")
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert "This clone is shallow, and `origin/main` is not in it." in said
    assert "`git fetch origin main`" in said
    assert "`fetch-depth: 0` (or 2, for a pull request)" in said
    shallow.git("fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    said = " ".join(grade_ci(shallow.path, "--base", "origin/main").output.split())
    assert "does not reach the commit where the pull request left `origin/main`" in said
    assert "git fetch --unshallow origin" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--base", "no/such"], "`no/such` is not in this clone."), (["--base=--output=x"], "is not in this clone."),
        (["--base", "main", "--head", "nothing"], "`nothing` is not in this clone. Check the name."),
        ([], "Name its branch: `grade ci --base origin/main`."), (["--folder", "x"], "name it with --exercise"),
        (["--base", "main", "--exercise", "99"], "There is no exercise '99'."),
    ],
)  # fmt: skip
def test_wrong_words_name_the_next_action(
    words: list[str], said: str, repo: Repo, grade_ci: Callable[..., Result]
) -> None:
    repo.solve()
    repo.commit()
    done = grade_ci(repo.path, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_outside_of_a_repository_it_says_so(grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    done = grade_ci(tmp_path, "--base", "main")
    assert done.exit_code == 2
    assert "lies in no Git repository" in " ".join(done.output.split())


def test_histories_without_a_common_commit_are_named(repo: Repo, grade_ci: Callable[..., Result]) -> None:
    repo.git("switch", "-q", "--orphan", "alone")
    repo.commit()
    done = grade_ci(repo.path, "--base", "main")
    assert done.exit_code == 2
    assert "have no common history" in " ".join(done.output.split())


# --- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "rubrics/exercise-12.yaml", f"exercises/{FOLDER}/exercise.yaml", f"exercises/{FOLDER}/starter/{CI}",
        f"solutions/{FOLDER}/exemplar/{CI}", "graders/gradeline/score.py", "cli/gradeline_cli/ci/run.py",
    ],
)  # fmt: skip
def test_a_pull_request_that_edits_what_grades_it_is_refused(
    path: str, repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.solve()
    repo.write(path, "pass_mark: 0\n")
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--comment", str(tmp_path / "c.md"))
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert f"This pull request changes what grades it: `{path}`." in said
    assert "Score" not in done.output
    assert "Nothing was graded" in (tmp_path / "c.md").read_text()


def test_more_files_can_be_protected_and_moving_one_away_counts(repo: Repo, grade_ci: Callable[..., Result]) -> None:
    repo.git("switch", "-q", "main")
    repo.write(".github/workflows/grade.yml", "on: pull_request\n" * 20)
    repo.commit()
    repo.git("switch", "-q", "-c", "other")
    repo.git("mv", ".github/workflows/grade.yml", "old.yml")
    repo.commit()
    assert grade_ci(repo.path, "--base", "main").exit_code == 0
    done = grade_ci(repo.path, "--base", "main", "--protect", ".github/workflows/grade.yml")
    assert done.exit_code == 2
    assert "changes what grades it: `.github/workflows/grade.yml`" in " ".join(done.output.split())


def test_a_course_in_the_repository_is_read_from_the_base(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.git("switch", "-q", "main")
    shutil.copytree(EXERCISE, repo.path / "teaching/exercises" / FOLDER)
    rubric = (COURSE.root / "rubrics/exercise-12.yaml").read_text()
    repo.write("teaching/rubrics/exercise-12.yaml", rubric)
    repo.commit()
    repo.git("switch", "-q", "-c", "cheat")
    repo.write(f"{FOLDER}/README.md", "more\n")
    repo.write("teaching/rubrics/exercise-12.yaml", re.sub(r"pass_mark: \d+", "pass_mark: 1", rubric))
    repo.commit()
    # Also the files lying there are the pull request's.
    words = ["--course", str(repo.path / "teaching"), "--base", "main", "--json", str(tmp_path / "r.json")]
    assert grade_ci(repo.path, *words).exit_code == 1
    (row,) = json.loads((tmp_path / "r.json").read_text())["gradings"]
    assert row["result"]["pass_mark"] == 70
    done = grade_ci(repo.path, *words, "--protect", "teaching/**")
    assert done.exit_code == 2


@pytest.mark.parametrize("folder", [FOLDER, "work"])
def test_a_pull_request_cannot_choose_an_easier_exercise(
    folder: str, repo: Repo, grade_ci: Callable[..., Result]
) -> None:
    repo.git("switch", "-q", "main")
    repo.starter(folder)
    repo.write(f"{folder}/.gradeline.json", '{"exercise": "exercise-12"}')
    repo.commit()
    repo.git("switch", "-q", "-c", "easier")
    repo.write(f"{folder}/.gradeline.json", '{"exercise": "exercise-01"}')
    repo.commit()
    done = grade_ci(repo.path, "--base", "main")
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert f"`{folder}/.gradeline.json` says exercise-01, and it was exercise-12" in said


def test_a_marker_of_no_exercise_stops_only_its_own_folder(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.solve()
    repo.write("odd/.gradeline.json", '{"exercise": "exercise-99"}')
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    assert done.exit_code == 2
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]
    assert "Note: The folder `odd` was not graded. There is no exercise 'exercise-99'." in " ".join(done.output.split())


def test_a_grader_that_lies_in_the_checkout_is_not_trusted(
    repo: Repo, grade_ci: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = repo.path / "vendor" / "gradeline"
    repo.write("vendor/gradeline/__init__.py", "")
    repo.commit()
    monkeypatch.setattr("gradeline.__file__", str(package / "__init__.py"))
    done = grade_ci(repo.path, "--base", "main")
    assert done.exit_code == 2
    assert "The grader itself would come from this checkout (vendor/gradeline)" in " ".join(done.output.split())
    repo.git("rm", "-rq", "--cached", "vendor")
    repo.write(".gitignore", "vendor/\n")
    repo.commit()
    assert grade_ci(repo.path, "--base", "main").exit_code == 0  # installed there, and no file of the repository


# --- hostile repositories ------------------------------------------------------------------------------


def test_nothing_that_the_repository_configures_is_run(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/PWNED'\ncat\n")
    trap.chmod(0o755)
    repo.solve()
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    repo.commit()
    for name in os.listdir(repo.path / ".git/hooks"):  # noqa: PTH208
        (repo.path / ".git/hooks" / name).unlink()
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"):
        shutil.copy(trap, repo.path / ".git/hooks" / hook)
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "diff.external",
        "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
        "merge.evil.driver", "gpg.program", "credential.helper", "interactive.diffFilter", "core.alternateRefsCommand",
        "uploadpack.packObjectsHook", "sequence.editor", "alias.cat-file", "alias.ls-tree", "alias.diff-tree",
    ):  # fmt: skip
        repo.git("config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    repo.git("config", "core.hooksPath", str(repo.path / ".git/hooks"))
    repo.git("status")
    assert (tmp_path / "PWNED").exists()  # the traps are good ones
    (tmp_path / "PWNED").unlink()
    evil = repo.path / "bin"
    evil.mkdir()
    shutil.copy(trap, evil / "git")
    env = {"PATH": f"{evil}:.:{os.environ['PATH']}", "GIT_EXTERNAL_DIFF": str(trap), "GIT_PAGER": str(trap)}
    words = ["--base", "main", "--changed-only", "--json", str(tmp_path / "r.json")]
    assert grade_ci(repo.path, *words, env=env).exit_code == 0
    assert results(tmp_path / "r.json") == [(FOLDER, "exercise-12", 100, True)]
    assert not (tmp_path / "PWNED").exists()
    assert grade_ci(repo.path, "--staged", *words, env=env).exit_code == 0
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot exist there")
@pytest.mark.parametrize(
    "name", ["a\n::error::hacked\x1b[2J", "x\x1b]0;t\x07", "caf\udce9", "-rf", "$(touch x)", "a|b`c"]
)
def test_odd_names_of_files_and_folders_never_act(
    name: str, repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.write(f"{FOLDER}/{name}/x.yml", "a: 1\n")
    repo.starter(f"{name}/exercise-12")
    repo.commit()
    files = {kind: tmp_path / kind for kind in ("sarif", "junit", "code-quality", "summary", "comment", "json")}
    words = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
    env = {
        "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "s"), "GITHUB_OUTPUT": str(tmp_path / "o"),
    }  # fmt: skip
    done = grade_ci(repo.path, "--base", "main", *words, env=env)
    assert done.exit_code == 1, done.output
    assert len(results(files["json"])) == 2
    texts = [done.output, (tmp_path / "o").read_text(), *(path.read_text() for path in files.values())]
    for line in (line for text in texts for line in text.split("\n")):
        assert line.isprintable()
        assert not line.startswith("::") or re.match(r"::(error|warning|notice) title=", line)
    assert not list(Draft4Validator(json.loads(SCHEMA.read_text())).iter_errors(json.loads(files["sarif"].read_text())))
    ET.fromstring(files["junit"].read_text())
    outputs = (tmp_path / "o").read_text().splitlines()
    assert [line.partition("=")[0] for line in outputs] == ["graded", "passed", "lowest-score"]


def test_links_and_submodules_are_not_followed(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    secret = tmp_path / "secret.yml"
    secret.write_text((EXEMPLAR / CI).read_text())
    (repo.path / FOLDER / CI).unlink()
    (repo.path / FOLDER / CI).symlink_to(secret)
    repo.git("add", "--all")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},{FOLDER}/module")
    repo.git("commit", "-qm", "links")
    grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    (row,) = json.loads((tmp_path / "r.json").read_text())["gradings"]
    codes = {(one["code"], one["path"]) for one in row["result"]["diagnostics"]}
    assert {("link", CI), ("not-a-file", "module")} <= codes
    assert row["result"]["score"] == 0


def test_a_huge_file_is_not_read_and_the_others_are(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    other = COURSE.folders["exercise-13"]
    repo.starter("exercise-13", other)
    shutil.copytree(COURSE.solutions / other.name / "exemplar", repo.path / "exercise-13", dirs_exist_ok=True)
    huge = "#" * 3_000_000
    repo.write("exercise-13/.github/workflows/label.yml", huge)
    repo.commit()
    grade_ci(repo.path, "--base", "main", "--json", str(tmp_path / "r.json"))
    (row,) = json.loads((tmp_path / "r.json").read_text())["gradings"]
    codes = {(one["code"], one["path"]) for one in row["result"]["diagnostics"]}
    assert ("file-too-large", ".github/workflows/label.yml") in codes
    words = ["run", "exercise-13", str(repo.path / "exercise-13"), "--format", "json"]
    done = CliRunner().invoke(program, words, obj=App(), prog_name="grade")
    assert row["result"] == json.loads(done.output)


# --- policy and outputs ----------------------------------------------------------------------------


def lose_one(repo: Repo) -> None:
    """The right answer without its time limits: 94 points."""
    repo.solve()
    path = repo.path / FOLDER / CI
    path.write_text(re.sub(r"^ *timeout-minutes:.*\n", "", path.read_text(), flags=re.MULTILINE))
    repo.commit()


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 0), (["--fail-under", "95"], 1), (["--fail-under", "94"], 0), (["--fail-under", "95", "--report-only"], 0)],
)  # fmt: skip
def test_the_policy_is_said_by_flags(words: list[str], code: int, repo: Repo, grade_ci: Callable[..., Result]) -> None:
    lose_one(repo)
    done = grade_ci(repo.path, "--base", "main", *words)
    assert done.exit_code == code
    assert "Score 94 of 100" in done.output


def test_a_score_above_the_bar_does_not_excuse_what_must_hold(repo: Repo, grade_ci: Callable[..., Result]) -> None:
    repo.solve()
    path = repo.path / FOLDER / CI
    path.write_text(path.read_text().replace("    strategy:", "    continue-on-error: true\n    strategy:", 1))
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--fail-under", "10")
    assert "must hold to pass this exercise" in " ".join(done.output.split())
    assert done.exit_code == 1


def test_only_what_changed_lines_show_is_annotated(repo: Repo, grade_ci: Callable[..., Result]) -> None:
    repo.write(f"{FOLDER}/README.md", "A new line.\n")
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--annotations")
    assert done.output.count("\n::error ") == 9
    done = grade_ci(repo.path, "--base", "main", "--annotations", "--changed-only")
    assert "\n::" not in done.output
    text = (repo.path / FOLDER / CI).read_text()
    repo.write(f"{FOLDER}/{CI}", text.replace("uses: actions/checkout@", "uses:  actions/checkout@", 1))
    repo.commit()
    done = grade_ci(repo.path, "--base", "main", "--annotations", "--changed-only")
    # The path to the build goes through the changed line; the other two are about all of it: a job, and the file.
    assert re.findall(r"file=[^,]*,line=(\d+)", done.output) == ["79", "2", "14"]


@pytest.mark.parametrize("staged", [False, True])
def test_the_new_lines_of_all_files_come_from_one_look_whatever_their_names_and_lines_say(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, staged: bool
) -> None:
    hostile = "a\nindex 1..2 100644\n@@ -1 +1 @@\n\x1b[2J"
    body = "".join(f"line {number}\n" for number in range(40))
    for name in (hostile, "moved", "same", "gone"):
        repo.write(name, body + name)
    base = repo.commit()
    said = f"index {'0' * 40}..{'1' * 40} 100644\n@@ -1 +1,9 @@\n--- a\n+++ b\n"
    repo.write(hostile, body.replace("line 3\n", said) + hostile)
    repo.git("mv", "moved", "there")
    repo.write("there", body.replace("line 9\n", "") + "no end")
    repo.write("new", "one\ntwo\n")
    repo.git("rm", "-q", "gone")
    repo.git("add", "--all")
    head = None if staged else repo.commit()
    repository = Repository(repo.path, os.environ)
    started: list[str] = []
    run = repository._run
    monkeypatch.setattr(repository, "_run", lambda *words: (started.append(words[0]), run(*words))[1])
    lines = repository.changed_lines(base, head)
    assert len(started) == 1
    found = {one.new: lines.get((one.old_id, one.new_id)) for one in repository.changes(base, head)}
    assert found == {hostile: (range(4, 8),), "there": (range(40, 41),), "new": None, "": None}


def test_github_gets_annotations_a_summary_and_outputs(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    repo.write(f"{FOLDER}/README.md", "x\n")
    repo.commit()
    (tmp_path / "s").write_text("before\n")
    env = {
        "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "s"), "GITHUB_OUTPUT": str(tmp_path / "o"),
    }  # fmt: skip
    done = grade_ci(repo.path, "--base", "main", env=env)
    assert f"file={FOLDER}/{CI},line=" in done.output
    assert (tmp_path / "s").read_text().startswith("before\n## Gradeline\n")
    outputs = dict(line.split("=", 1) for line in (tmp_path / "o").read_text().splitlines())
    assert (outputs["graded"], outputs["passed"], outputs["lowest-score"]) == ("1", "false", "6")
    assert set(outputs) == {"graded", "passed", "lowest-score", "classroom-result"}


def test_a_refusal_is_never_an_output_that_passes(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    repo.write("rubrics/exercise-12.yaml", "x")
    repo.commit()
    env = {
        "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "s"), "GITHUB_OUTPUT": str(tmp_path / "o"),
    }  # fmt: skip
    assert grade_ci(repo.path, "--base", "main", env=env).exit_code == 2
    assert (tmp_path / "o").read_text() == "graded=0\npassed=false\n"
    assert "changes what grades it" in (tmp_path / "s").read_text()


def test_all_reports_of_one_run_show_one_score(repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path) -> None:
    lose_one(repo)
    files = {kind: tmp_path / kind for kind in ("sarif", "junit", "code-quality", "summary", "comment", "json")}
    grade_ci(repo.path, "--base", "main", *[word for kind, path in files.items() for word in (f"--{kind}", str(path))])
    assert results(files["json"])[0][2] == 94
    assert json.loads(files["sarif"].read_text())["runs"][0]["properties"]["score"] == 94
    assert '<property name="score" value="94"/>' in files["junit"].read_text()
    for page in ("summary", "comment"):
        assert "| 94 of 100 |" in files[page].read_text()
    assert [one["check_name"] for one in json.loads(files["code-quality"].read_text())] == ["gradeline/time-limits"]


def test_a_run_in_german_speaks_to_people_and_writes_english_for_programs(
    repo: Repo, grade_ci: Callable[..., Result], tmp_path: Path
) -> None:
    lose_one(repo)
    files = {kind: tmp_path / kind for kind in ("summary", "json", "sarif")}
    words = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
    english = grade_ci(repo.path, "--base", "main", *words).output
    kept = {kind: path.read_text(encoding="utf-8") for kind, path in files.items()}
    done = grade_ci(repo.path, "--base", "main", *words, "--lang", "de")
    assert done.output != english
    assert "94 von 100 Punkten" in done.output
    summary = files["summary"].read_text(encoding="utf-8")
    assert "| Übung | Ordner | Punkte | Bestanden ab | |\n" in summary
    assert f"| exercise-12 | `{FOLDER}` | 94 von 100 | 70 | ✅ bestanden |\n" in summary
    assert [files[kind].read_text(encoding="utf-8") == kept[kind] for kind in ("json", "sarif")] == [True, True]
    refused = grade_ci(repo.path, "--base", "main", "--protect", "**", "--lang", "de")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("grade: Dieser Pull Request ändert, wonach er bewertet wird:")
    missing = grade_ci(repo.path, "--base", "origin/nowhere", "--lang", "de")
    assert "`origin/nowhere` ist nicht in diesem Klon. Hole es erst, zum Beispiel mit" in " ".join(
        missing.stderr.split()
    )


def test_grading_a_folder_imports_nothing_of_this(repo: Repo) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradeline_cli", "exercise-12", str(repo.path / FOLDER)],
        cwd=repo.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "gradeline.grade" in imported
    assert not {name for name in imported if name.startswith("gradeline_cli.ci")}
    formats = ("findings", "formats", "sarif", "junit", "github", "codequality", "markdown", "neighbours")
    assert not imported & {f"gradeline.render.{name}" for name in formats}
    assert not imported & {"subprocess", "gradeline.intake.listed", "gradeline_cli.commands.ci"}
