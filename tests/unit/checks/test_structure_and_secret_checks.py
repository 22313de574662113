"""Properties that no single fixture shows: previews stay masked, nothing passes without a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gradeline.checks import registry
from gradeline.facts.case import Case, build_case
from gradeline.model.project import Project
from gradeline.readers import load
from gradeline.result import Verdict
from gradeline.source import SourceFile

PARAMS: Mapping[str, Mapping[str, Any]] = {
    "always-handler": {"does": "notify"},
    "one-artifact": {"kind": "image"},
    "retry": {},
    "report": {"kinds": ["junit"]},
    "no-literal-secret": {},
    "secret-source": {},
    "secret-not-persisted": {},
    "immutable-ref": {},
    "dry": {},
    "named": {},
}
PASSWORD = "Kestrel-Winter-2026"
PIPELINE = f"""name: Checks
on: pull_request
env:
  REGISTRY_PASSWORD: {PASSWORD}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: docker login --username bot --password {PASSWORD} registry.kestrel.example
      - run: pytest tests
"""


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def case_of(texts: Mapping[str, str]) -> Case:
    project, pipelines = load(Files(texts))
    return build_case(project, pipelines, {})


def everything_said(verdict: Verdict) -> str:
    return "\n".join(
        [verdict.message, *(item.text for item in verdict.evidence), *(hop.text for hop in verdict.path_trace)]
    )


@pytest.mark.parametrize("check_id", sorted(PARAMS))
def test_without_a_pipeline_no_check_is_met(check_id: str) -> None:
    verdict = registry.run(check_id, Case(Project(), ()), PARAMS[check_id])
    assert verdict.status == "unmet"
    assert verdict.message.endswith(".")


@pytest.mark.parametrize("check_id", ["no-literal-secret", "secret-source"])
def test_a_written_credential_is_shown_by_its_masked_beginning_only(check_id: str) -> None:
    verdict = registry.run(check_id, case_of({".github/workflows/ci.yml": PIPELINE}), {})
    assert verdict.status == "unmet"
    assert PASSWORD not in everything_said(verdict)
    assert PASSWORD[:6] not in everything_said(verdict)


def test_all_files_are_searched_and_every_finding_has_its_line() -> None:
    texts = {".github/workflows/ci.yml": PIPELINE, "scripts/a.sh": f"export DB_PASSWORD={PASSWORD}\n"}
    verdict = registry.run("no-literal-secret", case_of(texts), {})
    places = [(item.span.path, item.span.line) for item in verdict.evidence]
    assert places == [(".github/workflows/ci.yml", 4), (".github/workflows/ci.yml", 9), ("scripts/a.sh", 1)]


def test_patterns_restrict_the_files() -> None:
    texts = {".github/workflows/ci.yml": PIPELINE, "scripts/a.sh": f"export DB_PASSWORD={PASSWORD}\n"}
    verdict = registry.run("no-literal-secret", case_of(texts), {"files": ["scripts/**"]})
    assert [item.span.path for item in verdict.evidence] == ["scripts/a.sh"]


def test_a_copy_may_be_shorter_when_the_exercise_says_so() -> None:
    steps = "      - run: pip install --require-hashes -r requirements.lock\n      - run: dvc pull\n"
    job = f"    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    text = (
        f"name: Checks\non: push\njobs:\n  lint:\n{job}      - run: ruff check src\n  test:\n{job}      - run: pytest\n"
    )
    case = case_of({".github/workflows/ci.yml": text})
    assert registry.run("dry", case, {"lines": 3}).status == "met"
    verdict = registry.run("dry", case, {"lines": 2})
    assert (verdict.status, verdict.message) == ("unmet", "'lint' and 'test' hold the same 2 lines.")
    assert [(item.role, item.span.line, item.span.end_line) for item in verdict.evidence] == [
        ("problem", 13, 14),
        ("context", 7, 8),
    ]


def test_the_same_submission_gets_the_same_words_twice() -> None:
    texts = {".github/workflows/ci.yml": PIPELINE}
    for check_id, params in PARAMS.items():
        assert registry.run(check_id, case_of(texts), params) == registry.run(check_id, case_of(texts), params)
