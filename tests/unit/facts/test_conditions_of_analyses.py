"""What a condition says about a result, as the controller evaluates it (argo-rollouts, utils/evaluate)."""

from __future__ import annotations

import math

import pytest

from gradeline.facts.conditions import measured, readable

NAN = math.nan


@pytest.mark.parametrize(("success", "failure", "result", "phase"), [
    ("result[0] >= 0.95", "", [0.99], "success"),
    ("result[0] >= 0.95", "", [0.5], "failure"),
    ("result[0] >= 0.95", "", [], "error"),
    ("result[0] >= 0.95", "", [NAN], "failure"),
    ("", "result[0] > 0.05", [NAN], "success"),
    ("", "result[0] > 0.05", [0.2], "failure"),
    ("isNaN(result[0]) || result[0] >= 0.95", "", [NAN], "success"),
    ("len(result) > 0 && !isNaN(result[0]) && result[0] >= 0.95", "", [], "failure"),
    ("len(result) == 0 || result[0] >= 0.95", "", [], "success"),
    ("result[0] >= 0.95", "result[0] < 0.9", [0.92], "inconclusive"),
    ("result[0] >= 0.95", "result[0] < 0.9", [NAN], "inconclusive"),
    ("all(result, # > 0.5)", "", [0.6, 0.4], "failure"),
    ("all(result, {# > 0.5})", "", [], "success"),
    ("default(result, 0) < 1", "", None, "success"),
    ("isNil(result)", "", None, "success"),
    ("result.ok == true", "", {"ok": True}, "success"),
    ("result in [1, 2]", "", 1.0, "success"),
    ("result not in [1, 2]", "", 1.0, "failure"),
    ("result in [1, 2]", "", "1", "failure"),
    ("'ok' in result", "", {"ok": True}, "success"),
    ("result.version startsWith '17'", "", {"version": "17.2"}, "success"),
    ("result.version not startsWith '17'", "", {"version": "16"}, "success"),
    ("result.version endsWith '-dirty'", "", {"version": "17"}, "failure"),
    ("result.text contains 'fine'", "", {"text": "all is fine"}, "success"),
    ("result contains 'fine'", "", 3.0, "error"),
    ("result ?? 0 > 1", "", None, "failure"),
    ("asFloat(result) <= 0.5", "", "0.31", "success"),
    ("asFloat(result) <= 0.5", "", "many", "error"),
    ("result matches '^1'", "", "17", "unknown"),
    ("asFloat(result[0]) * 100 <= 5", "", [0.01], "success"),
    ("result[0] > 1 ? false : true", "", [0.0], "success"),
    ("", "", [NAN], "success"),
    ("true", "", [1.0], "success"),
    ("result[0]", "", [1.0], "error"),
    ("kestrelLimit(result)", "", [1.0], "unknown"),
])  # fmt: skip
def test_a_measurement_counts_as_the_controller_counts_it(
    success: str, failure: str, result: object, phase: str
) -> None:
    assert measured(success, failure, result) == phase


def test_a_condition_that_ends_too_early_is_said_so() -> None:
    assert readable("result[0] >=") == "it ends too early"
    assert readable("result[0] >= 1") == ""
