"""Gradescope's ``results.json`` (gradescope-autograders.readthedocs.io, "Autograder Specifications").

Every text has the format ``text``, so nothing in it is read as HTML or Markdown.  The top has no ``score``: the sum
of the tests is the score.
"""

from __future__ import annotations

from gradeline.render.findings import said, score_line
from gradeline.render.json import dumped, number
from gradeline.render.neighbours.common import details, file_notes
from gradeline.result import CriterionResult, Report


def render(report: Report) -> str:
    lines = [score_line(report), *file_notes(report)]
    return dumped(
        {
            "output": "\n".join(lines),
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [_test(position, one) for position, one in enumerate(report.criteria, start=1)],
            "extra_data": {
                "exercise": report.exercise,
                "passed": report.passed,
                "needs_review": report.needs_review,
                "score": number(report.score),
                "max_score": number(report.max_score),
                "submission_digest": report.submission_digest,
                "rubric_digest": report.rubric_digest,
                "grader_version": report.grader_version,
            },
        }
    )


def unreadable(message: str) -> str:
    """What Gradescope shows when the submission could not be read: a result with no points and the reason."""
    return dumped({"score": 0, "output": said(message), "output_format": "text", "stdout_visibility": "hidden"})


def _test(position: int, result: CriterionResult) -> dict[str, object]:
    test: dict[str, object] = {
        "name": said(result.title),
        "number": str(position),
        "score": number(result.awarded),
        "max_score": number(result.points),
        "output": "\n".join(details(result)),
        "tags": [result.category],
        "visibility": "visible",
        "extra_data": {"id": result.id, "status": result.status},
    }
    # There are two words only: what a person decides, or the grader could not answer, has none.
    if result.status == "met":
        test["status"] = "passed"
    elif result.status in ("unmet", "partial"):
        test["status"] = "failed"
    return test
