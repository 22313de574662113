"""Analysers on submissions that are made to hurt: what a file or a folder brings changes neither machine nor grade."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.canaries import SECRET, SITE, WATCH, Graded, grade_watched, hostile_environment, plant

from gradeline.source import SourceFile
from gradeline.tools import checkov_home
from gradeline.tools.answers import Answers
from gradeline.tools.child import program
from gradeline.tools.linters import SubmissionLinters, kept

EXERCISE = """\
id: exercise-91
slug: tools
title: "Tools"
topics: [1]
level: intro
minutes: 30
prerequisites: []
summary: files that analysers read
submit: [Dockerfile, .github/workflows/ci.yml, infra/main.tf]
production: {python: "3.12"}
"""
ROWS = {
    "hadolint": ("[DL3007, DL3020]", "Dockerfile"),
    "zizmor": ("[unpinned-uses, template-injection]", ".github/workflows/*"),
    "yamllint": ("[key-duplicates, truthy]", ".github/workflows/*"),
    "checkov": ("[CKV_AWS_24]", '"infra/*.tf"'),
}
FILES = {
    "Dockerfile": 'FROM python:3.12.8-slim\nUSER 10001\nCMD ["python"]\n',
    ".github/workflows/ci.yml": "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
                                "    steps:\n      - run: pytest\n",
    "infra/main.tf": 'resource "aws_security_group" "s" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n'
                     '    cidr_blocks = ["10.0.0.0/8"]\n  }\n}\n',
}  # fmt: skip
WRONG = {
    "Dockerfile": ("FROM python:3.12.8-slim", "# hadolint global ignore=DL3007\nFROM python:latest"),
    ".github/workflows/ci.yml": (
        "run: pytest", "run: echo ${{ github.event.issue.title }} # zizmor: ignore[template-injection]"
    ),
    "infra/main.tf": ("10.0.0.0/8", "0.0.0.0/0"),
}  # fmt: skip

needs_checkov = pytest.mark.skipif(
    not any(checkov_home.python_in(place).is_file() for place in checkov_home.places()),
    reason="checkov's own environment does not exist; `make test` makes it",
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = tmp_path / "course"
    folder = root / "exercises" / "exercise-91-tools"
    rows = [
        f"  - id: {tool}\n    points: 25\n    category: style\n    check: lint\n    why: It matters.\n"
        f"    source: {{title: X}}\n    hints: [a, b, c]\n    with: {{tool: {tool}, rules: {rules}, paths: {paths}}}\n"
        for tool, (rules, paths) in ROWS.items()
    ]
    write(folder / "exercise.yaml", EXERCISE)
    write(folder / "README.md", "# Task\n")
    write(folder / "starter" / "kit.txt", "kit\n")
    write(root / "rubrics" / "exercise-91.yaml",
          "exercise: exercise-91\nversion: 1\npass_mark: 70\ncriteria:\n" + "".join(rows))  # fmt: skip
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def submission(folder: Path, wrong: bool = False) -> Path:
    for name, text in FILES.items():
        write(folder / name, text.replace(*WRONG[name]) if wrong else text)
    return folder


def allowed() -> list[str]:
    return [str(program("hadolint", "")), str(program("zizmor", "")), sys.executable, str(checkov_home.python())]


def graded(course: Path, folder: Path, home: Path) -> Graded:
    home.mkdir(exist_ok=True)
    words = ["--course", str(course), "exercise-91", str(folder), "--format", "json"]
    return grade_watched(folder, words, home, allowed())


def statuses(one: Graded) -> dict[str, str]:
    return {row["id"]: row["status"] for row in json.loads(one.output)["criteria"]}


@needs_checkov
def test_all_analysers_answer_and_no_payload_runs(course: Path, tmp_path: Path) -> None:
    folder, mark = submission(tmp_path / "submission"), tmp_path / "mark"
    assert plant(folder, mark) > 80
    one = graded(course, folder, tmp_path / "home")
    assert one.refused == ()
    assert statuses(one) == dict.fromkeys(ROWS, "met"), one.errors
    assert set(json.loads(one.output)["tools"]) == set(ROWS)
    assert not mark.exists()
    assert SECRET not in one.output + one.errors


@needs_checkov
def test_settings_comments_and_programs_of_a_submission_hide_nothing(course: Path, tmp_path: Path) -> None:
    folder = submission(tmp_path / "submission", wrong=True)
    plain = graded(course, folder, tmp_path / "home")
    plant(folder, tmp_path / "mark")
    planted = graded(course, folder, tmp_path / "other-home")
    assert statuses(plain) == {"hadolint": "unmet", "zizmor": "unmet", "yamllint": "met", "checkov": "unmet"}
    assert statuses(planted) == statuses(plain)
    assert not (tmp_path / "mark").exists()


@needs_checkov
def test_a_second_grading_starts_no_analyser(course: Path, tmp_path: Path) -> None:
    folder = submission(tmp_path / "submission")
    home = tmp_path / "home"
    first = graded(course, folder, home)
    words = ["--course", str(course), "exercise-91", str(folder), "--format", "json"]
    second = grade_watched(folder, words, home, allowed=[])  # the watch refuses every program now
    assert (second.refused, second.output) == ((), first.output)


@needs_checkov
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed here")
def test_the_system_sees_no_connection_and_only_known_programs(course: Path, tmp_path: Path) -> None:
    """From outside: every process that a grading starts, in all its calls of the kernel."""
    folder, mark, home = submission(tmp_path / "submission"), tmp_path / "mark", tmp_path / "home"
    plant(folder, mark)
    home.mkdir()
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-s", "300", "-e", "trace=connect,execve,execveat,sendto", "-o", str(trace),
               sys.executable, "-I", "-c", WATCH, str(tmp_path / "log"), str(folder), SITE,
               os.pathsep.join(allowed()), "--course", str(course), "exercise-91", str(folder)]  # fmt: skip
    strace = shutil.which("strace")
    assert strace is not None
    done = subprocess.run([strace, *command[1:]], cwd=folder, env=hostile_environment(folder, home),
                          capture_output=True, text=True, timeout=300, check=False)  # fmt: skip
    text = trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""
    if "execve" not in text:
        pytest.skip(f"strace may not trace here: {done.stderr[:200]}")
    assert done.returncode == 0, done.stderr
    # The C library asks its own machine for names of users (AF_UNIX); nothing else is asked for.
    calls = [line for line in text.split("\n") if "connect(" in line or "sendto(" in line]
    assert [line for line in calls if "AF_UNIX" not in line] == []
    started = set(re.findall(r'execve\("([^"]+)", .*\) = 0', text))
    assert started <= {*allowed(), sys.executable}
    assert len(started) >= 4
    assert not mark.exists()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE = "a0: &a0 {k: v}\n" + "".join(
    f"a{number}: &a{number} {{<<: [{', '.join([f'*a{number - 1}'] * 9)}]}}\n" for number in range(1, 40)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, MERGE, "[" * 100_000, "- " * 50_000, "a: &a [*a]\n", "a: b\x00c\n", "a: \ud800\n", "? " * 3000,
     "%TAG ! x\n"],
    ids=["aliases", "merges", "deep-flow", "deep-block", "cycle", "nul", "surrogate", "questions", "directive"],
)  # fmt: skip
@pytest.mark.parametrize("tool", ["yamllint", "zizmor", pytest.param("checkov", marks=needs_checkov)])
def test_a_bomb_is_never_clean_and_never_takes_long(tool: str, text: str) -> None:
    from gradeline.engine import _unfit
    from gradeline.tools.child import ToolFailure

    source = SourceFile(".github/workflows/ci.yml", text)
    linters = SubmissionLinters(lambda _: source, kept(Answers()), _unfit)
    rules = ["CKV_GHA_2"] if tool == "checkov" else ["no-such-rule"]
    try:
        found = linters.lint(tool, [source.path], rules)
    except ToolFailure:
        return
    assert not found.complete or found.looked_at == 0 or text in (MERGE, "a: &a [*a]\n", "%TAG ! x\n")
    assert found.findings == ()
