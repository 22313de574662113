"""PrairieLearn's ``results.json`` of an external grader (PrairieLearn documentation, "External grading").

The score is a fraction of one.  Each test has points, because the page hides all points when one has none.  A
submission with nothing to grade is not gradable, so it does not cost an attempt.
"""

from __future__ import annotations

from gradeline.render.findings import said, score_line
from gradeline.render.json import dumped, number
from gradeline.render.neighbours.common import details, file_notes
from gradeline.result import NOTHING_TO_GRADE, CriterionResult, Report

LIMIT = 1_000_000  # bytes: "1 MB"
_ROOMS = (LIMIT, 4000, 400)  # characters of each text: the first that fits


def render(report: Report) -> str:
    rooms = (text for room in _ROOMS if len(text := dumped(_data(report, room))) <= LIMIT)
    return next(rooms, dumped(_data(report, 0)))


def _data(report: Report, room: int) -> dict[str, object]:
    nothing = [one for one in report.diagnostics if one.code == NOTHING_TO_GRADE]
    data: dict[str, object] = {
        "gradable": not nothing,
        "score": float(report.score / report.max_score) if report.max_score else 0.0,
        "message": score_line(report),
        "output": "\n".join(file_notes(report))[:room],
        "tests": [_test(one, room) for one in report.criteria],
    }
    if nothing:
        data["format_errors"] = [said(one.message) for one in report.diagnostics if one.severity == "error"]
    return data


def _test(result: CriterionResult, room: int) -> dict[str, object]:
    lines = details(result)
    return {
        "name": said(result.title),
        "description": said(result.why)[:room],
        "points": number(result.awarded),
        "max_points": number(result.points),
        "message": lines[0][:room],
        "output": "\n".join(lines[1:])[:room],
    }
