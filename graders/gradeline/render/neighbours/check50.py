"""check50's JSON (check50 documentation, "JSON specification").

check50 has neither points nor places; both stand in ``data``, which is free.  ``passed`` is null for what was not
decided: a person decides, another criterion comes first, or the grader failed.
"""

from __future__ import annotations

from gradeline.render.findings import STATUS_WORDS, said, score_line
from gradeline.render.json import dumped, number
from gradeline.render.neighbours.common import details, file_notes, problem_span
from gradeline.result import CriterionResult, Report


def render(report: Report) -> str:
    return dumped(
        {
            "slug": f"gradeline/{report.exercise}",
            "version": report.grader_version,
            "results": [_result(report, one) for one in report.criteria],
        }
    )


def _result(report: Report, result: CriterionResult) -> dict[str, object]:
    span = problem_span(result)
    data: dict[str, object] = {
        "status": result.status,
        "points": number(result.points),
        "awarded": number(result.awarded),
        "score": number(report.score),
        "max_score": number(report.max_score),
    }
    if span is not None:
        data["location"] = {"path": said(span.path), "line": span.line, "column": span.column}
    return {
        "name": result.id,
        "description": said(result.title),
        "passed": {"met": True, "unmet": False, "partial": False}.get(result.status),
        "log": [score_line(report), *file_notes(report)] if result is report.criteria[0] else [],
        "cause": _cause(result),
        "data": data,
        "dependency": None,
    }


def _cause(result: CriterionResult) -> dict[str, object] | None:
    if result.status == "met":
        return None
    cause: dict[str, object] = {"rationale": f"{STATUS_WORDS[result.status]}: {said(result.message)}"}
    help_lines = details(result)[1:]
    if help_lines:
        cause["help"] = "\n".join(help_lines)
    if result.status == "error":
        cause["error"] = {"type": "GraderError", "value": said(result.message), "traceback": [], "data": {}}
    return cause
