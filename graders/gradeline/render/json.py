"""A report as JSON: the format other programs read.  Schema: ``course_schema/result-1.schema.json``.

The same report always gives the same bytes: keys are sorted, the text is ASCII, and numbers are
rounded half up to two decimals.  ASCII also means that nothing in it can act on a terminal.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction

from gradeline.render.mask import mask
from gradeline.result import RESULT_SCHEMA, CriterionResult, Evidence, Hop, Report
from gradeline.score import shown
from gradeline.source import Diagnostic

_LOG_COMMAND = re.compile(r"##(?=[A-Za-z]{0,20}\[)")


def render(report: Report) -> str:
    """The report as indented JSON with a line end."""
    return dumped(as_data(report))


def dumped(data: object) -> str:
    """``data`` as indented ASCII JSON with sorted keys and a line end.

    A CI system reads its log for ``##[command]`` anywhere in a line, so that form is spelled with an escape.
    """
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return _LOG_COMMAND.sub(r"#\\u0023", text.replace("\x7f", "\\u007f")) + "\n"


def as_data(report: Report) -> dict[str, object]:
    """The report as the plain data that every machine-readable format is made of."""
    return {
        "schema": RESULT_SCHEMA,
        "exercise": report.exercise,
        "submission": {"id": _text(report.submission_id), "digest": report.submission_digest},
        "rubric": {"version": report.rubric_version, "digest": report.rubric_digest},
        "grader": {"version": report.grader_version},
        "tools": {name: _text(version) for name, version in report.tools.items()},
        "score": number(report.score),
        "max_score": number(report.max_score),
        "pass_mark": number(report.pass_mark),
        "passed": report.passed,
        "needs_review": report.needs_review,
        "criteria": [_criterion(criterion) for criterion in report.criteria],
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in report.diagnostics],
    }


def _criterion(result: CriterionResult) -> dict[str, object]:
    return {
        "id": result.id,
        "title": _text(result.title),
        "category": result.category,
        "points": number(result.points),
        "awarded": number(result.awarded),
        "status": result.status,
        "message": _safe(result.message),
        "why": _text(result.why),
        "hint": _text(result.hint),
        "evidence": [_evidence(item) for item in result.evidence],
        "path_trace": [_hop(hop) for hop in result.path_trace],
    }


def _evidence(item: Evidence) -> dict[str, object]:
    span = item.span
    return {
        "path": _text(span.path),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "role": item.role,
        "text": _safe(item.text),
    }


def _hop(hop: Hop) -> dict[str, object]:
    span = hop.span
    return {
        "text": _safe(hop.text),
        "path": _text(span.path) if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": _safe(diagnostic.message),
        "path": _text(diagnostic.path) or None,
        "line": diagnostic.span.line if diagnostic.span else None,
    }


def _safe(text: str) -> str:
    """Text that may quote a learner's file: credentials in it are hidden."""
    return mask(_text(text))


def _text(text: str) -> str:
    """``text`` without what strict JSON readers and databases refuse.

    Lone surrogates (from file names that are not UTF-8) and NUL become visible escapes.
    """
    if "\0" in text or not text.isascii():
        text = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def number(value: Fraction) -> int | float:
    """Exact when it is whole, otherwise rounded half up to two decimals."""
    return int(value) if value.denominator == 1 else float(shown(value))
