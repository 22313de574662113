"""Builds cases from texts for tests: no files on disk, the real readers and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts, build_case
from gradeline.readers import load
from gradeline.source import SourceFile

WORKFLOW = ".github/workflows/ci.yml"
KIT: Mapping[str, str] = {
    "pyproject.toml": '[project]\nname = "churn"\nversion = "1"\nrequires-python = ">=3.12"\n',
    "requirements.lock": "pandas==2.3.3 \\\n    --hash=sha256:" + "a" * 64 + "\n",
    "src/churn/__init__.py": "",
    "tests/unit/test_features.py": "def test_tenure():\n    assert 1\n",
    "Dockerfile": "FROM python:3.12-slim\n",
}


@dataclass
class Memory:
    """A submission that exists only in memory."""

    files: Mapping[str, str]
    paths: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.paths = tuple(sorted(self.files))

    def read(self, path: str) -> SourceFile | None:
        text = self.files.get(path)
        return None if text is None else SourceFile(path, text)


def case_of(workflow: str, files: Mapping[str, str] | None = None) -> Case:
    """A case with one workflow and the kit around it."""
    everything = {**KIT, **{path: dedent(text) for path, text in (files or {}).items()}, WORKFLOW: dedent(workflow)}
    project, pipelines = load(Memory(everything))
    return build_case(project, pipelines, {"python": "3.12"})


def facts_of(workflow: str, files: Mapping[str, str] | None = None) -> PipelineFacts:
    (facts,) = case_of(workflow, files).pipelines
    return facts


def only(facts: PipelineFacts, tool: str) -> Activity:
    """The one live activity of a class."""
    (item,) = facts.doing(tool)
    return item
