"""The result of a GitHub Classroom test runner, version 1 (classroom-resources/autograding-grading-reporter).

The reporter adds up the points of the tests for the grade, but its table in the log counts *tests*:
``passed / all * max_score`` (src/helpers/test-helpers.js).  Both agree only when all tests are worth the same, so a
criterion of 12 points becomes as many tests of one unit as it needs; the unit is the largest that fits everywhere.
"""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from math import gcd

from gradeline.render.findings import said
from gradeline.render.json import dumped, number
from gradeline.render.neighbours.common import details, problem_span
from gradeline.result import CriterionResult, Report

_MESSAGE = 1000  # characters


def render(report: Report) -> str:
    """The result as JSON; ``output`` is what the reporter takes."""
    return dumped(_data(report))


def output(report: Report) -> str:
    """The value of the runner's step output ``result``: base64 of the JSON, one line."""
    return base64.b64encode(json.dumps(_data(report), sort_keys=True).encode("ascii")).decode("ascii")


def _data(report: Report) -> dict[str, object]:
    unit = _unit(report)
    tests = [test for one in report.criteria for test in _tests(one, unit)]
    words = {str(test["status"]) for test in tests}
    status = "error" if "error" in words else "fail" if "fail" in words or not tests else "pass"
    return {"version": 1, "status": status, "max_score": number(report.max_score), "tests": tests}


def _tests(result: CriterionResult, unit: Fraction) -> list[dict[str, object]]:
    count = int(result.points / unit)
    earned = int(result.awarded / unit)
    span = problem_span(result)
    tests: list[dict[str, object]] = []
    for position in range(count):
        good = position < earned
        told = not good and position == earned  # the reason once, not for every unit
        tests.append(
            {
                "name": said(result.title) + (f" ({position + 1} of {count})" if count > 1 else ""),
                "status": "pass" if good else "error" if result.status == "error" else "fail",
                "score": number(unit) if good else 0,
                "message": " ".join(details(result))[:_MESSAGE] if told else "",
                "test_code": "",
                "filename": said(span.path) if span is not None and not good else "",
                "line_no": span.line if span is not None and not good else 0,
                "duration": 0,
            }
        )
    return tests


def _unit(report: Report) -> Fraction:
    """The largest number of points of which all points given and to be had are multiples."""
    values = [value for one in report.criteria for value in (one.points, one.awarded) if value]
    if not values:
        return Fraction(1)
    scale = 1
    for value in values:
        scale = scale * value.denominator // gcd(scale, value.denominator)
    return Fraction(gcd(*(int(value * scale) for value in values)), scale)
