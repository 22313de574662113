"""Answers with several parts on which conditions of a measurement are tried."""

from __future__ import annotations

import pytest

from gradeline.facts.condition_answers import MAX_PARTS, answers
from gradeline.facts.conditions import measured

BOTH = {"success", "failure"}


@pytest.mark.parametrize(("success", "failure"), [
    ('result.p >= 0 && result.p <= 1 && result.version == "17"', ""),
    ('result["p"] <= 1 and result.version in ["17", "18"]', ""),
    ("result.ok && result.percent >= 0.9", ""),
    ("", 'result.p > 1 || result.version != "17"'),
    ("asFloat(result.p) < 0.5", ""),
    ("result.new > result.old", ""),
    ("result[0].value > 1 && len(result) > 0", ""),
    ("all(result.values, # > 0.9)", ""),
    ("(result.p ?? -1) >= 0 && result.version not startsWith '16'", ""),
    ("!(result.a == 1 || result.b == 2 || result.c == 3)", ""),
])  # fmt: skip
def test_a_condition_on_several_parts_meets_an_answer_that_fits_and_one_that_does_not(
    success: str, failure: str
) -> None:
    assert {measured(success, failure, one) for one in answers((success, failure))} >= BOTH


@pytest.mark.parametrize("condition", [
    "result.p >= 0 || true", "result.p == result.p", 'result.ok == true || result.ok != true',
])  # fmt: skip
def test_a_condition_that_always_holds_meets_no_answer_that_fails(condition: str) -> None:
    assert "failure" not in {measured(condition, "", one) for one in answers((condition,))}


@pytest.mark.parametrize("condition", ["result.p > 1 && result.p < 0", 'result.v == "1" && result.v == "2"'])
def test_a_condition_that_never_holds_meets_no_answer_that_succeeds(condition: str) -> None:
    assert "success" not in {measured(condition, "", one) for one in answers((condition,))}


def test_there_is_nothing_to_try_when_no_part_is_asked_for_or_the_condition_is_not_read() -> None:
    assert list(answers(("result > 1", ""))) == []
    assert list(answers(("result.a > 1", "result.b >"))) == []


def test_the_number_of_answers_has_a_bound_however_many_parts_there_are() -> None:
    condition = " && ".join(f"result.part{number} > {number}" for number in range(60))
    assert len(list(answers((condition,)))) < 80 * MAX_PARTS
