"""A script that is one plain command is recorded as the simulated shell records it, and nothing else is."""

from __future__ import annotations

import pytest

from gradeline.facts.commands import Toolbox
from gradeline.facts.shell_machine import run_in_shell
from gradeline.facts.shell_plain import plain_run
from gradeline.facts.shell_records import ScriptRun, Setting
from gradeline.facts.worlds import Oracle
from gradeline.model.pipeline import Shell
from gradeline.model.project import Project, ScriptFile
from gradeline.model.text import Text
from gradeline.source import Span

SH = Shell("sh", errexit=True, pipefail=False)
SPAN = Span("Jenkinsfile", 7, 20, 7, 60)


def setting(failing: str = "\0") -> Setting:
    written = Text("pytest\n", Span("scripts/test.sh", 1), (), ((1, 1), (2, 1)))
    toolbox = Toolbox(
        Project(paths=("scripts/test.sh",), scripts={"scripts/test.sh": ScriptFile("scripts/test.sh", written, SH)})
    )
    return Setting(
        project=toolbox.project,
        variables={"TARGET": "ghcr.io/acme/api", "CI": "true", "SECRET": "\ufffc"},
        channels={"GITHUB_OUTPUT": "output"},
        placeholder=lambda number: "main",
        fails=lambda key: failing in key,
        predicate=toolbox.predicate,
        follow=toolbox.follow,
        directory="service",
    )


def text(raw: str) -> Text:
    lines = tuple((7 + number, 20) for number in range(raw.count("\n") + 1))
    return Text(raw, SPAN, (), lines)


def shell(raw: str, failing: str = "\0") -> ScriptRun:
    return run_in_shell(text(raw), SH, setting(failing), Oracle([]), "Check/sh-1/0/")


@pytest.mark.parametrize("failing", ["\0", ":pytest", "Check/sh-1/0/:0:"])
@pytest.mark.parametrize(
    "raw",
    [
        "pytest",
        "  .venv/bin/pytest --junitxml=reports/junit.xml tests/unit  ",
        "\npython -m venv .venv\n",
        "docker build --tag 'ghcr.io/acme/api:1.0' \"a b\" .",
        "pip install -r requirements.txt # pinned",
        'kubectl get pods -o "jsonpath={.items[*].name}"',
        "grep -q ready log.txt",
        "pytest \\\n    tests",
        "pytest 'never closed",
        "pytest ''",
        "pytest;",
    ],
)
def test_a_plain_command_is_recorded_as_the_shell_records_it(raw: str, failing: str) -> None:
    run = plain_run(text(raw), setting(failing), "Check/sh-1/0/")
    assert run is not None
    assert run == shell(raw, failing)
    assert len(run.invocations) == 1


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "# nothing",
        "pytest &",
        "pytest\nruff check .",
        "pytest && ruff check .",
        "pytest | tee log.txt",
        "pytest > log.txt",
        "A=1 pytest",
        "A=1",
        "pytest $ARGS",
        'docker push "$TARGET"',
        "pytest $(cat args)",
        "pytest ${{ github.ref }}",
        "pytest tests/*.py",
        "pytest tests/{a,b}.py",
        "! pytest",
        "echo done",
        "exit 3",
        "cd service",
        "bash -c 'pytest'",
        "sh scripts/test.sh",
        "timeout 5m pytest",
        "gh-output GITHUB_OUTPUT",
        "if true; then pytest; fi",
        "python train.py ''",
    ],
)
def test_what_takes_a_shell_to_tell_is_left_to_it(raw: str) -> None:
    assert plain_run(text(raw), setting(), "Check/sh-1/0/") is None


def test_a_failing_plain_command_fails_the_script() -> None:
    run = plain_run(text("pytest -q"), setting("pytest -q"), "Check/sh-1/0/")
    assert run is not None
    assert (run.status, run.invocations[0].status, run.invocations[0].span) == (1, 1, Span("Jenkinsfile", 7, 20, 7, 29))
