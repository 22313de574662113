"""A report again, from the JSON that was kept of it (``render.json``): every renderer works on stored results, too.

What the JSON lacks stays empty: the source lines behind the evidence, and the checks that decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, get_args

from gradeline.result import CRITICAL, CriterionResult, Evidence, Hop, Report, Status
from gradeline.source import Diagnostic, Span


def report_of(data: Mapping[str, Any], title: str = "") -> Report:
    """The report in ``data``, a result of schema 1, which does not know the ``title`` of its exercise.

    Raises KeyError, TypeError or ValueError when it is none.
    """
    diagnostics = tuple(_diagnostic(one) for one in data["diagnostics"])
    return Report(
        exercise=str(data["exercise"]),
        title=title or str(data["exercise"]),
        submission_id=str(data["submission"]["id"]),
        submission_digest=str(data["submission"]["digest"]),
        rubric_version=int(data["rubric"]["version"]),
        rubric_digest=str(data["rubric"]["digest"]),
        grader_version=str(data["grader"]["version"]),
        score=Fraction(str(data["score"])),
        max_score=Fraction(str(data["max_score"])),
        pass_mark=Fraction(str(data["pass_mark"])),
        passed=data["passed"] is True,
        needs_review=data["needs_review"] is True,
        criteria=tuple(_criterion(one) for one in data["criteria"]),
        diagnostics=diagnostics,
        tools={str(name): str(version) for name, version in data["tools"].items()},
        lost_critical=(),
    )


def critical(report: Report) -> tuple[str, ...]:
    """The sentences about critical criteria that withhold the pass."""
    return tuple(one.message for one in report.diagnostics if one.code == CRITICAL)


def _criterion(data: Mapping[str, Any]) -> CriterionResult:
    status: Status = data["status"]
    if status not in get_args(Status):
        raise ValueError(status)
    return CriterionResult(
        id=str(data["id"]),
        title=str(data["title"]),
        category=str(data["category"]),
        points=Fraction(str(data["points"])),
        awarded=Fraction(str(data["awarded"])),
        status=status,
        message=str(data["message"]),
        why=str(data["why"]),
        hint=str(data["hint"]),
        evidence=tuple(Evidence(_span(one), one["role"], str(one["text"])) for one in data["evidence"]),
        path_trace=tuple(Hop(str(one["text"]), _hop_span(one)) for one in data["path_trace"]),
    )


def _span(data: Mapping[str, Any]) -> Span:
    return Span(
        str(data["path"]), int(data["line"]), int(data["column"]), int(data["end_line"]), int(data["end_column"])
    )


def _hop_span(data: Mapping[str, Any]) -> Span | None:
    return Span(str(data["path"]), int(data["line"]), int(data["column"])) if data["path"] else None


def _diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    path, line = str(data["path"] or ""), data["line"]
    return Diagnostic(
        data["severity"], str(data["code"]), str(data["message"]), path, Span(path, int(line)) if line else None
    )
