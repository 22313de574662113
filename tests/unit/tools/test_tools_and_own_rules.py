"""Analysers and our own checks on the same files: where they agree, where they do not, and why.

A row says what each of them finds.  A new version that changes its mind shows here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gradeline.checks import registry
from gradeline.engine import RealEngine
from gradeline.facts.case import Case
from gradeline.result import Verdict
from gradeline.source import Diagnostic, SourceFile
from gradeline.tools import checkov_home
from gradeline.tools.answers import Answers
from gradeline.tools.linters import kept

TOOLS = kept(Answers())
WORKFLOW = """\
on: {pull_request_target: }
permissions: PERMISSIONS
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: USES
      - env: {TITLE: "${{ github.event.pull_request.title }}"}
        run: RUN
"""
FIRM = {"PERMISSIONS": "{contents: read}", "USES": f"actions/checkout@{'a' * 40} # v4.2.2", "RUN": "echo hello"}
HEALTH = {"of": "image", "parts": ["check"]}
DOCKERFILE = "FROM BASE\nWORKDIR /app\nUSER WHO\nHEALTH\nCMD [\"python\"]\n"
GOOD = {"BASE": "python:3.12.8-slim", "WHO": "10001", "HEALTH": 'HEALTHCHECK CMD ["true"]'}


class Files:
    """A submission that is all there."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.paths = tuple(sorted(texts))
        self.unreadable: Mapping[str, Diagnostic] = {}
        self.diagnostics: tuple[Diagnostic, ...] = ()

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None

    def digest(self) -> str:
        return ""

    def changed(self, path: str) -> bool:
        return False


def judge(texts: Mapping[str, str], check: str, **params: Any) -> Verdict:
    case = RealEngine(TOOLS).read(Files(texts), {"python": "3.12"}, {}).case
    assert isinstance(case, Case)
    return registry.run(check, case, params)


def filled(template: str, words: Mapping[str, str], **changed: str) -> str:
    for name, value in {**words, **changed}.items():
        template = template.replace(name, value)
    return template


@pytest.mark.parametrize(
    ("changed", "rule", "check", "params", "tool_says", "we_say"),
    [
        ({}, "template-injection", "no-injection", {}, False, False),
        ({"RUN": 'echo "$TITLE"'}, "template-injection", "no-injection", {}, False, False),
        ({"RUN": "echo ${{ github.event.pull_request.title }}"}, "template-injection", "no-injection", {}, True, True),
        ({"RUN": "echo ${{ github.head_ref }}"}, "template-injection", "no-injection", {}, True, True),
        # A number cannot carry code; zizmor knows that too.
        ({"RUN": "echo ${{ github.event.number }}"}, "template-injection", "no-injection", {}, False, False),
        # zizmor does not look into what a shell does with a variable.
        ({"RUN": "eval $TITLE"}, "template-injection", "no-injection", {}, False, True),
        ({}, "unpinned-uses", "pinned", {"kind": "action"}, False, False),
        ({"USES": "actions/checkout@main"}, "unpinned-uses", "pinned", {"kind": "action"}, True, True),
        ({"USES": "some/action@v1"}, "unpinned-uses", "pinned", {"kind": "action"}, True, True),
        ({"USES": "./local"}, "unpinned-uses", "pinned", {"kind": "action"}, False, False),
        ({}, "excessive-permissions", "least-privilege", {"style": "read-only"}, False, False),
        # With one job only, zizmor keeps silent below the level "pedantic".
        ({"PERMISSIONS": "{contents: write}"}, "excessive-permissions", "least-privilege", {"style": "read-only"},
         False, True),
        ({"PERMISSIONS": "write-all"}, "excessive-permissions", "least-privilege", {"style": "read-only"}, False, True),
    ],
)  # fmt: skip
def test_zizmor_and_our_checks(
    changed: dict[str, str], rule: str, check: str, params: dict[str, Any], tool_says: bool, we_say: bool
) -> None:
    texts = {".github/workflows/ci.yml": filled(WORKFLOW, FIRM, **changed)}
    assert found_by("zizmor", texts, rule) == tool_says
    assert (judge(texts, check, **params).status != "met") == we_say


@pytest.mark.parametrize(
    ("changed", "tool", "rule", "check", "params", "tool_says", "we_say"),
    [
        ({}, "hadolint", "DL3007", "pinned", {"kind": "image", "strength": "exact"}, False, False),
        ({"BASE": "python:latest"}, "hadolint", "DL3007", "pinned", {"kind": "image"}, True, True),
        ({"BASE": "python"}, "hadolint", "DL3006", "pinned", {"kind": "image"}, True, True),
        # hadolint asks for a tag, we for one that does not move.
        ({"BASE": "python:3.12"}, "hadolint", "DL3006", "pinned", {"kind": "image"}, False, True),
        ({"WHO": "root"}, "hadolint", "DL3002", "nonroot-minimal", {"part": "nonroot"}, True, True),
        # Known to be fooled: a number and a name for the same user.
        ({"WHO": "10001\nUSER 0"}, "hadolint", "DL3002", "nonroot-minimal", {"part": "nonroot"}, True, True),
        ({"USER WHO": ""}, "hadolint", "DL3002", "nonroot-minimal", {"part": "nonroot"}, False, True),
        ({}, "checkov", "CKV_DOCKER_7", "pinned", {"kind": "image", "strength": "exact"}, False, False),
        ({"BASE": "python:latest"}, "checkov", "CKV_DOCKER_7", "pinned", {"kind": "image"}, True, True),
        ({"WHO": "root"}, "checkov", "CKV_DOCKER_8", "nonroot-minimal", {"part": "nonroot"}, True, True),
        ({"WHO": "0"}, "checkov", "CKV_DOCKER_8", "nonroot-minimal", {"part": "nonroot"}, False, True),
        ({"USER WHO": ""}, "checkov", "CKV_DOCKER_3", "nonroot-minimal", {"part": "nonroot"}, True, True),
        ({"HEALTH": ""}, "checkov", "CKV_DOCKER_2", "health", HEALTH, True, True),
        ({"HEALTH": "HEALTHCHECK NONE"}, "checkov", "CKV_DOCKER_2", "health", HEALTH, False, True),
    ],
)
def test_analysers_of_images_and_our_checks(
    changed: dict[str, str], tool: str, rule: str, check: str, params: dict[str, Any], tool_says: bool, we_say: bool
) -> None:
    if tool == "checkov" and not any(checkov_home.python_in(place).is_file() for place in checkov_home.places()):
        pytest.skip("checkov's own environment does not exist")
    first = {name: value for name, value in changed.items() if " " in name}
    texts = {"Dockerfile": filled(DOCKERFILE, {**first, **GOOD}, **changed)}
    assert found_by(tool, texts, rule) == tool_says
    assert (judge(texts, check, **params).status != "met") == we_say


def found_by(tool: str, texts: Mapping[str, str], rule: str) -> bool:
    """What the tool itself says, without our own words."""
    from gradeline.tools.linters import SubmissionLinters

    found = SubmissionLinters(Files(texts).read, TOOLS).lint(tool, sorted(texts), [rule])
    assert found.complete
    return bool(found.findings)


@pytest.mark.parametrize(
    ("changed", "tool", "rule"),
    [
        ({"BASE": "python:${T}", "FIRST": "ARG T=latest\n"}, "hadolint", "DL3007"),
        ({"BASE": "python:${T}", "FIRST": "ARG T=latest\n"}, "checkov", "CKV_DOCKER_7"),
        ({"USER WHO": ""}, "hadolint", "DL3002"),
        ({"WHO": "0"}, "checkov", "CKV_DOCKER_8"),
        ({"HEALTH": "HEALTHCHECK NONE"}, "checkov", "CKV_DOCKER_2"),
    ],
)
def test_where_an_analyser_is_fooled_the_check_says_what_the_files_say(
    changed: dict[str, str], tool: str, rule: str
) -> None:
    if tool == "checkov" and not any(checkov_home.python_in(place).is_file() for place in checkov_home.places()):
        pytest.skip("checkov's own environment does not exist")
    first = {name: value for name, value in changed.items() if " " in name}
    texts = {"Dockerfile": changed.get("FIRST", "") + filled(DOCKERFILE, {**first, **GOOD}, **changed)}
    assert not found_by(tool, texts, rule)
    assert judge(texts, "lint", tool=tool, rules=rule, paths="Dockerfile").status == "unmet"
    good = {"Dockerfile": filled(DOCKERFILE, GOOD)}
    assert judge(good, "lint", tool=tool, rules=rule, paths="Dockerfile").status == "met"
