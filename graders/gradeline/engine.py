"""The real engine: readers, facts and checks behind the three calls grading needs.

Everything is imported on first use, so a command that grades nothing pays for none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gradeline.grade import CheckInfo, Reading, Submission
from gradeline.result import Verdict
from gradeline.source import Diagnostic

if TYPE_CHECKING:
    from gradeline.facts.programs import Program
    from gradeline.model.project import Project


class RealEngine:
    """Satisfies ``gradeline.grade.Engine``."""

    def read(self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]) -> Reading:
        from gradeline import readers
        from gradeline.facts.case import build_case

        project, pipelines = readers.load(submission)
        diagnostics = (*project.diagnostics, *(one for pipeline in pipelines for one in pipeline.diagnostics))
        broken = any(one.severity == "error" for one in diagnostics)
        empty = bool(pipelines) and not broken and not any(p.units or p.opaque for p in pipelines)
        started = _programs(submission, programs)
        later = partial(_found_later, project)
        return Reading(build_case(project, pipelines, kit, started), diagnostics, empty, later)

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        from gradeline.checks import registry
        from gradeline.facts.case import Case

        if not isinstance(case, Case):
            raise TypeError("run() takes the case that read() made")
        return registry.run(check_id, case, params)

    def checks(self) -> Mapping[str, CheckInfo]:
        from gradeline.checks import registry

        return registry.all_checks()


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
