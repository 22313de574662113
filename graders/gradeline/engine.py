"""The real engine: readers, facts and checks behind the three calls grading needs.

Everything is imported on first use, so a command that grades nothing pays for none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gradeline.grade import CheckInfo, Reading, Submission
from gradeline.result import Verdict
from gradeline.source import HIDING, Diagnostic, SourceFile

if TYPE_CHECKING:
    from gradeline.facts.programs import Program
    from gradeline.lint import Linted
    from gradeline.model.project import Project
    from gradeline.tools.linters import Kept, SubmissionLinters


class RealEngine:
    """Satisfies ``gradeline.grade.Engine``."""

    def __init__(self, tools: Kept | None = None) -> None:
        self._tools = tools  # the analysers, kept over submissions; made when a rubric first asks for one

    def read(self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]) -> Reading:
        from gradeline import readers
        from gradeline.facts.case import build_case

        project, pipelines = readers.load(submission)
        diagnostics = (*project.diagnostics, *(one for pipeline in pipelines for one in pipeline.diagnostics))
        broken = any(one.severity == "error" for one in diagnostics)
        empty = bool(pipelines) and not broken and not any(p.units or p.opaque for p in pipelines)
        started = _programs(submission, programs)
        later = partial(_found_later, project)
        linters = _Linters(self._kept, submission.read)
        case = build_case(project, pipelines, kit, started, linters)
        return Reading(case, diagnostics, empty, later, linters.used)

    def _kept(self) -> Kept:
        if self._tools is None:
            from gradeline.tools.linters import kept

            self._tools = kept()
        return self._tools

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        from gradeline.checks import registry
        from gradeline.facts.case import Case

        if not isinstance(case, Case):
            raise TypeError("run() takes the case that read() made")
        return registry.run(check_id, case, params)

    def checks(self) -> Mapping[str, CheckInfo]:
        from gradeline.checks import registry

        return registry.all_checks()


class _Linters:
    """The analysers for one submission; nothing of them is imported before a check asks for one."""

    def __init__(self, kept: Callable[[], Kept], read: Callable[[str], SourceFile | None]) -> None:
        self._kept = kept
        self._read = read
        self._made: SubmissionLinters | None = None

    def lint(self, tool: str, paths: Sequence[str], rules: Sequence[str]) -> Linted:
        if self._made is None:
            from gradeline.tools.linters import SubmissionLinters

            self._made = SubmissionLinters(self._read, self._kept(), _unfit)
        return self._made.lint(tool, paths, rules)

    def used(self) -> Mapping[str, str]:
        return self._made.used if self._made is not None else {}


def _unfit(source: SourceFile) -> str:
    """Why no tool is given a file.  What our own bounded reader refuses would keep others busy for minutes."""
    if not source.path.endswith((".yml", ".yaml")):
        return ""
    from gradeline.syntax.yaml import parse

    refused = [one for one in parse(source).diagnostics if one.code in HIDING and one.code != "yaml-syntax"]
    return f"our reader refuses it ({refused[0].code})" if refused else ""


def _programs(submission: Submission, programs: Mapping[str, Sequence[str]]) -> Mapping[str, Program]:
    """The programs of the kit by their paths; ``programs`` lists them by tool class."""
    from gradeline.facts.programs import Program

    classes: dict[str, set[str]] = {}
    for name, paths in programs.items():
        for path in paths:
            classes.setdefault(path, set()).add(name)
    return {path: Program(frozenset(names), submission.changed(path)) for path, names in sorted(classes.items())}


def _found_later(project: Project) -> tuple[Diagnostic, ...]:
    """The problems of all files read so far, also of those that only a check has asked for."""
    from gradeline.readers.lazy import Lazy

    parts: tuple[object, ...] = (project.images, project.services)
    asked = (one for part in parts if isinstance(part, Lazy) for item in part.made() for one in item.diagnostics)
    return (*project.diagnostics, *asked)
