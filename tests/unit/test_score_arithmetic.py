"""Points are exact, partial credit is half, and what nobody could answer is never given or taken."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline import score
from gradeline.result import CriterionResult, Evidence, Hop, Status, Verdict
from gradeline.source import Span

STATUSES: tuple[Status, ...] = ("met", "partial", "unmet", "cannot_tell", "not_applicable", "error")
HERE = Evidence(Span("ci.yml", 1), "problem", "here")
THERE = Evidence(Span("ci.yml", 2), "proof", "there")


def result(points: int, status: Status, name: str = "a") -> CriterionResult:
    value = Fraction(points)
    return CriterionResult(name, name, "gates", value, score.award(value, status), status, "", "", "")


@pytest.mark.parametrize(
    ("status", "earned"),
    [("met", 7), ("partial", Fraction(7, 2)), ("unmet", 0), ("cannot_tell", 0), ("not_applicable", 0), ("error", 0)],
)
def test_a_status_earns_all_half_or_nothing(status: Status, earned: Fraction) -> None:
    assert score.award(Fraction(7), status) == earned


@given(st.lists(st.tuples(st.integers(1, 100), st.sampled_from(STATUSES)), min_size=1, max_size=30))
def test_the_score_is_the_sum_of_what_was_awarded_and_stays_between_zero_and_the_maximum(
    rows: list[tuple[int, Status]],
) -> None:
    results = [result(points, status) for points, status in rows]
    tally = score.tally(results, Fraction(70))
    assert tally.score == sum(one.awarded for one in results)
    assert 0 <= tally.score <= tally.max_score == sum(points for points, _ in rows)
    assert tally.score + tally.waiting <= tally.max_score


@given(st.lists(st.tuples(st.integers(1, 100), st.sampled_from(STATUSES)), min_size=1, max_size=12))
def test_review_is_needed_exactly_when_points_wait(rows: list[tuple[int, Status]]) -> None:
    tally = score.tally([result(points, status) for points, status in rows], Fraction(70))
    assert tally.needs_review == (tally.waiting > 0)


def test_the_exact_score_is_compared_with_the_pass_mark() -> None:
    results = [result(69, "met"), result(2, "partial"), result(29, "unmet")]
    assert score.tally(results, Fraction(70)).passed
    assert not score.tally([result(69, "met"), result(1, "partial"), result(30, "unmet")], Fraction(70)).passed


@pytest.mark.parametrize(("status", "passed"), [("met", True), ("partial", True), ("unmet", False),
                                                ("cannot_tell", False), ("error", False)])  # fmt: skip
def test_a_critical_criterion_decides_whatever_the_sum(status: Status, passed: bool) -> None:
    results = [result(90, "met", "big"), result(10, status, "vital")]
    assert score.tally(results, Fraction(70), {"vital"}).passed is passed


def test_nothing_to_add_up_is_no_pass() -> None:
    assert not score.tally([], Fraction(0)).passed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"), (Fraction(100), "100"), (Fraction(7, 2), "3.5"), (Fraction(200, 3), "66.67"),
        (Fraction(8995, 100), "89.95"), (Fraction(1, 200), "0.01"), (Fraction(1, 201), "0"),
        (Fraction(9999, 100), "99.99"), (Fraction(19999, 200), "100"), (Fraction(101, 10), "10.1"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_half_up_to_two_decimals_when_shown(value: Fraction, text: str) -> None:
    assert score.shown(value) == text


def verdicts(*statuses: Status) -> list[Verdict]:
    return [Verdict(status, f"{status} {index}") for index, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("met", "met"), "met"), (("met", "partial"), "partial"), (("met", "cannot_tell", "partial"), "cannot_tell"),
        (("unmet", "cannot_tell"), "unmet"), (("unmet", "error"), "unmet"), (("met", "error"), "error"),
        (("met", "not_applicable"), "met"), (("not_applicable",), "not_applicable"),
    ],
)  # fmt: skip
def test_all_is_as_good_as_its_worst_part(parts: tuple[Status, ...], whole: Status) -> None:
    assert score.all_of(verdicts(*parts)).status == whole


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("unmet", "met"), "met"), (("unmet", "partial"), "partial"), (("partial", "cannot_tell"), "cannot_tell"),
        (("unmet", "error"), "error"), (("unmet", "unmet"), "unmet"), (("unmet", "not_applicable"), "unmet"),
        (("met", "error"), "met"),
    ],
)  # fmt: skip
def test_any_is_as_good_as_its_best_part(parts: tuple[Status, ...], whole: Status) -> None:
    assert score.any_of(verdicts(*parts)).status == whole


def test_all_shows_every_part_that_does_not_hold_and_no_other() -> None:
    parts = [
        Verdict("met", "fine", (THERE,)),
        Verdict("partial", "half done", (HERE,)),
        Verdict("unmet", "missing", (), (Hop("push"),)),
        Verdict("unmet", "missing"),
    ]
    whole = score.all_of(parts)
    assert whole.message == "missing half done"
    assert whole.evidence == (HERE,)
    assert whole.path_trace == (Hop("push"),)


def test_half_lifts_an_unmet_criterion_and_keeps_what_is_missing() -> None:
    lifted = score.with_half(Verdict("unmet", "no gate", (HERE,), (Hop("push"),)), Verdict("met", "runs", (THERE,)))
    assert lifted == Verdict("partial", "no gate", (HERE, THERE), (Hop("push"),))


@pytest.mark.parametrize("status", ["unmet", "partial", "not_applicable"])
def test_only_a_met_half_gives_half(status: Status) -> None:
    verdict = Verdict("unmet", "no gate")
    assert score.with_half(verdict, Verdict(status, "x")) == verdict


def test_a_half_that_nobody_can_tell_waits_for_a_person() -> None:
    assert score.with_half(Verdict("unmet", "a"), Verdict("cannot_tell", "b")).status == "cannot_tell"


def test_half_is_not_looked_at_when_the_criterion_is_met() -> None:
    assert score.with_half(Verdict("met", "a"), Verdict("unmet", "b")) == Verdict("met", "a")
