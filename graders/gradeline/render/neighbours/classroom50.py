"""Classroom 50's ``result.json`` (foundation50/classroom50 wiki, "Advanced Autograding").

Its scores are whole numbers.  A criterion that is partly met earns half of its points, so all numbers are given in
hundredths of a point: 87.5 of 100 points is ``score`` 8750 of ``max-score`` 10000, with no rounding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from gradeline.render.findings import said, score_line
from gradeline.render.json import dumped, number
from gradeline.render.neighbours.common import details, file_notes
from gradeline.result import CriterionResult, Report
from gradeline.source import GradelineError

SCALE = 100  # parts of a point

_VARIABLES = {
    "classroom": "CLASSROOM", "assignment": "ASSIGNMENT", "submission": "SUBMISSION_TAG", "commit": "COMMIT_URL",
    "release": "RELEASE_URL", "review": "REVIEW_URL",
}  # fmt: skip
_INSTANT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T_-]?(\d\d)[:-]?(\d\d)[:-]?(\d\d)")


class MissingVariableError(GradelineError):
    """The runner of Classroom 50 has not said for what the result is."""


def render(report: Report, environment: Mapping[str, str]) -> str:
    """``environment`` holds the variables that the runner sets; raises ``MissingVariableError``."""
    missing = [name for name in _VARIABLES.values() if not environment.get(name)]
    if missing:
        raise MissingVariableError(
            f"A result for Classroom 50 needs the variables of its runner, and these are missing: {', '.join(missing)}."
        )
    return dumped(
        {
            "schema": "classroom50/result/v1",
            **{key: said(environment[name]) for key, name in _VARIABLES.items()},
            "datetime": submitted(environment["SUBMISSION_TAG"]),
            "score": _parts(report.score),
            "max-score": _parts(report.max_score),
            "tests": [_test(one) for one in report.criteria],
            "gradeline": {
                "points": number(report.score),
                "max-points": number(report.max_score),
                "passed": report.passed,
                "needs-review": report.needs_review,
                "rubric": report.rubric_digest,
                "summary": score_line(report),
                "notes": file_notes(report),
            },
        }
    )


def submitted(tag: str) -> str:
    """When the work was handed in, from the tag ``submit/<UTC time>-<commit>``: the same whenever it is graded.

    Raises ``MissingVariableError`` when the tag holds no time.
    """
    found = _INSTANT.search(tag)
    if found is None:
        raise MissingVariableError(
            "SUBMISSION_TAG holds no time. Tags of Classroom 50 are submit/<UTC time>-<commit>, and the time of the "
            "submission is taken from there."
        )
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def _test(result: CriterionResult) -> dict[str, object]:
    return {
        "test-name": said(result.title),
        "passed": result.status == "met",
        "score": _parts(result.awarded),
        "max-score": _parts(result.points),
        "id": result.id,
        "status": result.status,
        "output": "\n".join(details(result)),
    }


def _parts(points: Fraction) -> int:
    return int(points * SCALE)
