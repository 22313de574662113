"""A small course and an engine that can be read at a glance, for tests of the command line.

The engine knows three checks: ``says`` is met when the submission has a line equal to ``word``,
``unsure`` cannot tell, ``breaks`` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gradeline.grade import CheckInfo, Reading, Submission
from gradeline.result import Evidence, Verdict
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline_cli.main import program
from gradeline_cli.parts import App

EXERCISE = """\
id: {id}
slug: {slug}
title: "{title}"
topics: [1]
level: intro
minutes: 30
prerequisites: [{needs}]
summary: a pipeline that says what it does
submit: [.github/workflows/ci.yml]
production: {{python: "3.12"}}
"""
RUBRIC = """\
exercise: {id}
version: 1
pass_mark: 70
criteria:
  - id: tests-run
    points: 60
    category: stages
    check: says
    with: {{word: tests}}
    why: Failing tests must fail the run.
    source: {{title: Course, url: "https://example.org/tests"}}
    hints: [Which command fails first?, Read about exit codes., "GitLab: script: make check"]
  - id: lint-runs
    points: 40
    category: style
    check: says
    with: {{word: lint}}
    why: Cheap feedback comes first.
    source: {{title: Course, url: "https://example.org/lint"}}
    hints: [What is the cheapest check?, Read about linters., "GitLab: script: make lint"]
"""
CI = Path(".github/workflows/ci.yml")


@dataclass
class Folder:
    """A submission read without any limits; the real one is intake's business."""

    files: Mapping[str, SourceFile]
    diagnostics: Sequence[Diagnostic] = ()
    unreadable: Mapping[str, Diagnostic] = field(default_factory=dict)

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> SourceFile | None:
        return self.files.get(path)

    def digest(self) -> str:
        return self.files[CI.as_posix()].digest if CI.as_posix() in self.files else "d" * 64

    def changed(self, path: str) -> bool:
        return False


def open_folder(path: Path, *, kit: Path, submit: Sequence[str], base: Path | None = None) -> Submission:
    files = {}
    for root, skipped in ((kit, set(submit)), (path, set())):
        for file in sorted(one for one in root.rglob("*") if one.is_file()):
            name = file.relative_to(root).as_posix()
            if name not in skipped:
                files[name] = SourceFile(name, file.read_text(encoding="utf-8"))
    return Folder(files)


@dataclass(frozen=True)
class Info:
    id: str
    code: str
    family: str
    summary: str
    page: str
    schema: Mapping[str, Any] = field(default_factory=dict)


class Engine:
    def read(
        self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]
    ) -> Reading:
        return Reading(submission)

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        assert isinstance(case, Folder)
        if check_id == "breaks":
            raise ZeroDivisionError("/home/prof/secret")
        if check_id == "unsure":
            return Verdict("cannot_tell", "The other repository cannot be seen.")
        source = case.files[CI.as_posix()]
        for number, line in enumerate(source.lines, start=1):
            if line.strip() == params["word"]:
                return Verdict("met", "It says so.", (Evidence(Span(source.path, number), "proof", "here"),))
        place = Span(source.path, 1, 1, 1, 3)
        return Verdict("unmet", "It does not say so.", (Evidence(place, "problem", "not here"),))

    def checks(self) -> Mapping[str, CheckInfo]:
        word = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
        page = "A line says a word.\n\nHow to repair\n    Say it."
        return {
            "says": Info("says", "T1", "flow", "A line says a word.", page, word),
            "unsure": Info("unsure", "T2", "flow", "Nobody knows.", "Nobody knows."),
            "breaks": Info("breaks", "T3", "bounds", "Fails.", "Fails."),
        }


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with two exercises; ``exercise-01`` has everything ``grade verify`` asks for."""
    root = tmp_path / "course"
    for exercise_id, slug, title, needs in (
        ("exercise-01", "first-words", "First words", ""), ("exercise-02", "more-words", "More words", "exercise-01"),
    ):  # fmt: skip
        folder = root / "exercises" / f"{exercise_id}-{slug}"
        write(folder / "exercise.yaml", EXERCISE.format(id=exercise_id, slug=slug, title=title, needs=needs))
        write(folder / "README.md", "# Task\n\nSee [the kit](starter/kit.txt).\n")
        write(folder / "starter" / CI, "hello\n")
        write(folder / "starter" / "kit.txt", "kit\n")
        write(root / "rubrics" / f"{exercise_id}.yaml", RUBRIC.format(id=exercise_id))
        solutions = root / "solutions" / f"{exercise_id}-{slug}"
        for name in ("exemplar", "exemplar-reversed", "exemplar-spaced"):
            write(solutions / name / CI, {"exemplar": "tests\nlint\n", "exemplar-reversed": "lint\ntests\n"}.get(
                name, "  tests\n\n  lint\n"))  # fmt: skip
        for number in range(8):
            wrong = solutions / "wrong" / f"forgets-lint-{number}"
            write(wrong / CI, f"tests\nword {number}\n")
            write(wrong / "expect.yaml", "story: Forgot to say lint at the end.\nloses: {lint-runs: unmet}\n")
    return root


@pytest.fixture
def grade(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``grade`` with the small course, in an empty folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*arguments: str) -> Result:
        app = App(course_root=course, engine=Engine(), open_submission=open_folder)
        return CliRunner().invoke(program, arguments, obj=app, prog_name="grade")

    return run


@pytest.fixture
def submission(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with a learner's work."""

    def make(text: str = "tests\nlint\n", name: str = "alice", path: Path = CI) -> Path:
        write(tmp_path / name / path, text)
        return tmp_path / name

    return make
