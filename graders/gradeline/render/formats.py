"""Which formats a report can be written in.  A format is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradeline.result import Report

# Of gradings: several can stand in one document.
GRADINGS = {
    "sarif": "sarif", "junit": "junit", "github": "github", "codequality": "codequality", "markdown": "markdown",
}  # fmt: skip
# Of one report: the format knows one submission.
REPORTS = {
    "gradescope": "gradescope", "classroom50": "classroom50", "github-classroom": "github_classroom",
    "check50": "check50", "prairielearn": "prairielearn", "exercism": "exercism",
}  # fmt: skip
NAMES = (*GRADINGS, *REPORTS)


def render(kind: str, report: Report, environment: Mapping[str, str]) -> str:
    """``report`` in the format ``kind``, one of ``NAMES``.  ``environment`` is asked only by formats that name a
    submission by it."""
    if kind in GRADINGS:
        from gradeline.render.findings import Graded

        return str(import_module(f"gradeline.render.{GRADINGS[kind]}").render([Graded(report)]))
    module = import_module(f"gradeline.render.neighbours.{REPORTS[kind]}")
    extra = (environment,) if kind == "classroom50" else ()
    return str(module.render(report, *extra))
