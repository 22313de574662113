"""The action, the component, the hooks and every example in docs/ci.md: they parse, they are safe, and they use only
options that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gradeline.readers import load
from gradeline.source import SourceFile
from gradeline_cli.commands.ci import command

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
FLAGS = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}


def examples() -> dict[str, str]:
    """The files that the page shows, by the path in their first line."""
    found = {}
    for body in re.findall(r"```\w+\n(.*?)```", DOCS, re.DOTALL):
        path = re.match(r"(?:#|//) (\S+)\n", body)
        if path is not None:
            found[path[1]] = body.replace("COMMIT", "a" * 40).replace("DIGEST", "b" * 64)
    return found


WORKFLOWS = {path: text for path, text in examples().items() if path.startswith(".github/workflows/")}


class Memory:
    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.paths = tuple(sorted(files))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def test_the_page_shows_the_files_it_talks_about() -> None:
    assert sorted(examples()) == [
        ".github/workflows/classroom.yml", ".github/workflows/grade-comment.yml", ".github/workflows/grade.yml",
        ".gitlab-ci.yml", ".pre-commit-config.yaml", "Jenkinsfile", "autograder.py",
    ]  # fmt: skip


def test_zizmor_finds_nothing_in_the_workflows_of_the_page(tmp_path: Path) -> None:
    for path, text in WORKFLOWS.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    program = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [str(program), "--offline", "--no-config", "--quiet", "--format", "json", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted({*WORKFLOWS, "Jenkinsfile"}))
def test_our_own_readers_find_no_error_in_an_example(path: str) -> None:
    _, pipelines = load(Memory({path: examples()[path]}))
    assert pipelines
    for pipeline in pipelines:
        assert [one.message for one in pipeline.diagnostics if one.severity == "error"] == []


@pytest.mark.parametrize("path", sorted(WORKFLOWS))
def test_what_runs_for_a_strangers_change_has_no_right_to_write(path: str) -> None:
    data = yaml.safe_load(WORKFLOWS[path])
    triggers = data[True]  # YAML 1.1 reads the word `on` so
    jobs = data["jobs"].values()
    rights = [data["permissions"], *(job.get("permissions", {}) for job in jobs)]
    writes = {f"{name}: {level}" for one in rights for name, level in one.items() if level != "read"}
    steps = [step for job in jobs for step in job["steps"]]
    if "workflow_run" in triggers:
        # It may write the comment, so nothing of the pull request is checked out, and nothing of its run is taken.
        assert writes == {"pull-requests: write"}
        assert not [step for step in steps if "download-artifact" in step.get("uses", "")]
        assert not [step for step in steps if "ref" in step.get("with", {}) or "repository" in step.get("with", {})]
        assert "git checkout" not in WORKFLOWS[path]
    else:
        assert writes == set()
    assert "pull_request_target" not in WORKFLOWS[path]


def actions(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*([node["uses"]] if "uses" in node else []), *(one for item in node.values() for one in actions(item))]
    return [one for item in node for one in actions(item)] if isinstance(node, list) else []


@pytest.mark.parametrize("path", [*sorted(WORKFLOWS), "action.yml"])
def test_every_action_is_one_commit(path: str) -> None:
    text = WORKFLOWS.get(path) or (ROOT / path).read_text(encoding="utf-8")
    used = actions(yaml.safe_load(text))
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", one)] == []


def test_the_options_that_are_used_exist() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    _, job = yaml.safe_load_all((ROOT / "templates/grade.yml").read_text(encoding="utf-8"))
    said = [steps[-1]["run"], *job["grade"]["script"], (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")]
    said += [line for line in DOCS.splitlines() if line.startswith("| `--") or "grade ci " in line]
    for text in said:
        used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
        assert used <= FLAGS, used - FLAGS
    assert len(said) > 20


def test_the_action_passes_every_input_by_the_environment() -> None:
    data = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = data["runs"]["steps"]
    grade = next(step for step in steps if step.get("id") == "grade")
    passed = {re.sub(r".*inputs\.([a-z-]+).*", r"\1", value) for value in grade["env"].values() if "inputs." in value}
    assert passed == set(data["inputs"])
    for step in steps:
        assert "${{" not in step.get("run", "")
    for value in data["outputs"].values():
        assert re.fullmatch(r"\$\{\{ steps\.(grade|install)\.outputs\.[a-z-]+ \}\}", value["value"])


def test_the_action_never_lets_python_look_into_the_checkout() -> None:
    data = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    install = next(step for step in data["runs"]["steps"] if step.get("id") == "install")
    assert install["working-directory"] == "${{ github.action_path }}"
    assert re.findall(r"python\"? (\S+)", install["run"]) == ["-I", "-I", "-I"]
    assert install["run"].count("--require-hashes") == 1
    assert "--no-deps --no-build-isolation ." in install["run"]


@pytest.mark.skipif(sys.platform == "win32", reason="GitHub's composite steps run in bash")
def test_the_steps_of_the_action_are_sound_bash() -> None:
    data = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    for step in data["runs"]["steps"]:
        if "run" in step:
            assert subprocess.run(["bash", "-n"], input=step["run"].encode(), check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="GitHub's composite steps run in bash")
def test_the_action_says_each_input_as_one_word(tmp_path: Path) -> None:
    data = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    grade = next(step for step in data["runs"]["steps"] if step.get("id") == "grade")
    program = tmp_path / "gradeline/venv/bin/grade"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "BASE": "a b; touch x", "HEAD": "$(touch x)",
        "EXERCISE": "", "FOLDER": "", "ALL": "true", "FAIL_UNDER": "80", "CHANGED_ONLY": "true", "REPORT_ONLY": "false",
        "PROTECT": "one\n\n*.yml\n", "REPORTS": "/r r",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", grade["run"]], env=environment, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "ci", "--head=$(touch x)", "--sarif=/r r/gradeline.sarif", "--junit=/r r/junit.xml",
        "--code-quality=/r r/code-quality.json", "--comment=/r r/comment.md", "--json=/r r/results.json",
        "--base=a b; touch x", "--all", "--fail-under=80", "--changed-only", "--protect=one", "--protect=*.yml",
    ]  # fmt: skip
    assert not (tmp_path / "x").exists()


def test_the_component_has_a_header_a_job_and_reports() -> None:
    header, job = yaml.safe_load_all((ROOT / "templates/grade.yml").read_text(encoding="utf-8"))
    assert set(header["spec"]["inputs"]) == {"image", "stage", "exercise", "fail-under", "report-only"}
    text = (ROOT / "templates/grade.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", text)) == set(header["spec"]["inputs"])
    grade = job["grade"]
    assert grade["variables"]["GIT_DEPTH"] == "0"
    assert grade["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
    assert grade["artifacts"]["reports"] == {"junit": "junit.xml", "codequality": "code-quality.json"}
    assert not [line for line in grade["script"] if "$[[" in line]  # inputs are never part of a script
    script = "\n".join(grade["script"])
    assert subprocess.run(["sh", "-n"], input=script.encode(), check=False).returncode == 0


def test_the_component_passes_what_was_asked_for(tmp_path: Path) -> None:
    _, job = yaml.safe_load_all((ROOT / "templates/grade.yml").read_text(encoding="utf-8"))
    program = tmp_path / "grade"
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    said = []
    for exercise, under, only in (("", "0", "false"), ("exercise-12", "80", "true")):
        done = subprocess.run(
            ["sh", "-ec", "\n".join(job["grade"]["script"])], capture_output=True, text=True, check=True,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "GRADELINE_EXERCISE": exercise, "GRADELINE_FAIL_UNDER": under,
                 "GRADELINE_REPORT_ONLY": only},
        )  # fmt: skip
        said.append(done.stdout.splitlines()[5:])
    assert said == [[], ["--exercise=exercise-12", "--fail-under=80", "--report-only"]]


def test_the_hooks_have_what_pre_commit_needs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["grade", "grade-report"]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert hook["pass_filenames"] is False  # the index says what changes
        assert hook["entry"].startswith("grade ci --staged")


def test_the_image_is_built_from_what_is_pinned_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes --only-binary :all: -r requirements/run.txt" in text
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001"]
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]}
    kept = (line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!"))
    allowed = {line[1:].rstrip("/") for line in kept}
    assert {word.split("/")[0] for word in copied} == allowed
    assert "solutions" not in allowed
