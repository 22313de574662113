"""zizmor as a tool: what it finds, what cannot change its answer, and how it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.source import SourceFile
from gradeline.tools import zizmor
from gradeline.tools.child import ToolFailure

WORKFLOW = """\
on: pull_request
permissions: {}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - run: echo "${{ github.event.pull_request.title }}"
"""
FOUND = [("unpinned-uses", 7), ("template-injection", 9)]


def codes(text: str) -> list[tuple[str, int]]:
    return [(one.code, one.span.line) for one in zizmor.lint(SourceFile(".github/workflows/ci.yml", text)).findings]


def test_findings_have_their_rule_and_their_line() -> None:
    assert codes(WORKFLOW) == FOUND


def test_a_good_file_has_no_findings() -> None:
    text = WORKFLOW.replace("@v4", f"@{'a' * 40} # v4.2.2").replace("${{ github.event.pull_request.title }}", "hello")
    found = zizmor.lint(SourceFile("ci.yml", text))
    assert (found.findings, found.complete) == ((), True)


def test_comments_and_settings_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("zizmor.yml", ".github/zizmor.yml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("rules:\n  unpinned-uses: {disable: true}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZIZMOR_CONFIG", str(tmp_path / "zizmor.yml"))
    lines = [f"{line}  # zizmor: ignore[unpinned-uses, template-injection]" for line in WORKFLOW.splitlines()]
    assert codes("\n".join(lines)) == FOUND


def test_a_token_of_the_caller_does_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "ZIZMOR_GITHUB_TOKEN"):
        monkeypatch.setenv(name, "x" * 40)
    assert codes(WORKFLOW) == FOUND


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [\n", "invalid YAML"),
        ("on: push\njobs: {}\njobs: {}\n", "duplicate entry"),
        ("a: 1\n", "no workflow"),
        ("", "no workflow"),
        ("[" * 5000, "zizmor cannot read it"),
    ],
)
def test_a_file_it_cannot_read_is_named_and_not_complete(text: str, said: str) -> None:
    found = zizmor.lint(SourceFile("ci.yml", text))
    assert (found.findings, found.complete, [one.path for one in found.unread]) == ((), False, ["ci.yml"])
    assert said in found.unread[0].reason


def test_the_version_is_the_one_of_the_lock_file() -> None:
    assert zizmor.version().startswith("1.")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 101", "status 101"),
        ("echo oops; exit 0", "printed no list"),
        ("echo '[]'; exit 14", "disagree"),
        ("exit 0", "printed no list"),
        ("echo something broke >&2; exit 1", "made no audit: something broke"),
        ("echo '[{}]'; exit 13", "printed no list"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(
    script: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "zizmor"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(zizmor, "program", lambda *_: fake)
    with pytest.raises(ToolFailure, match=said):
        zizmor.lint(SourceFile("ci.yml", WORKFLOW))


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "zizmor"
    fake.write_text("#!/bin/sh\nsleep 60\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(zizmor, "program", lambda *_: fake)
    with pytest.raises(ToolFailure, match="did not end in 1 seconds"):
        zizmor.lint(SourceFile("ci.yml", WORKFLOW), seconds=1)
