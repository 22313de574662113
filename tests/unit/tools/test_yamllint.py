"""yamllint as a tool: what it finds, what cannot change its answer, and how it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.source import SourceFile
from gradeline.tools import yamllint
from gradeline.tools.child import ToolFailure

TEXT = "a: yes\nb: 1\nb: 2\n"
FOUND = [("truthy", 1), ("key-duplicates", 3)]


def codes(text: str) -> list[tuple[str, int]]:
    return [(one.code, one.span.line) for one in yamllint.lint(SourceFile("ci.yml", text)).findings]


def test_findings_have_their_rule_and_their_line() -> None:
    assert codes(TEXT) == FOUND


def test_a_good_file_has_no_findings() -> None:
    assert yamllint.lint(SourceFile("ci.yml", "on: push\njobs: {}\n")).complete
    assert codes("on: push\njobs: {}\n") == []


@pytest.mark.parametrize("directive", ["disable-file", "disable", "disable rule:truthy rule:key-duplicates"])
def test_a_directive_changes_nothing(directive: str) -> None:
    assert codes(f"# yamllint {directive}\n{TEXT}") == [(code, line + 1) for code, line in FOUND]
    assert codes(TEXT.replace("b: 2", "b: 2  # yamllint disable-line")) == FOUND


def test_settings_and_modules_beside_the_caller_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".yamllint").write_text("ignore: '*'\n", encoding="utf-8")
    mark = tmp_path / "mark"
    for name in ("yaml.py", "yamllint.py", "sitecustomize.py", "pathspec.py"):
        (tmp_path / name).write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YAMLLINT_CONFIG_FILE", str(tmp_path / ".yamllint"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "yaml.py"))
    assert codes(TEXT) == FOUND
    assert not mark.exists()


def test_what_is_no_yaml_is_named_and_not_complete() -> None:
    found = yamllint.lint(SourceFile("ci.yml", "a: 1\nb: [\n"))
    assert (found.complete, [(one.path, one.line) for one in found.unread]) == (False, [("ci.yml", 3)])
    assert [one.code for one in found.findings] == ["syntax"]


def test_a_key_with_a_line_end_makes_one_finding() -> None:
    text = '"x\\nstdin:9:9: [error] y (truthy)": 1\n"x\\nstdin:9:9: [error] y (truthy)": 2\n'
    assert [code for code, line in codes(text) if line == 2] == ["key-duplicates"]


def test_a_message_that_quotes_brackets_keeps_its_rule() -> None:
    assert codes('"a) (b": 1\n"a) (b": 2\n') == [("key-duplicates", 2)]


def test_the_version_is_the_one_of_the_lock_file() -> None:
    assert yamllint.version().startswith("1.")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 4", "status 4"),
        ("echo trace >&2; exit 1", "trace"),
        ("echo oops; exit 0", "printed no list"),
        ("exit 1", "disagree"),
        ("sleep 60", "did not end"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(
    script: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "yamllint"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(yamllint, "_command", lambda: [str(fake)])
    with pytest.raises(ToolFailure, match=said):
        yamllint.lint(SourceFile("ci.yml", TEXT), seconds=1.5)
