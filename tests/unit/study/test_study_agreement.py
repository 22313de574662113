"""Agreement: the numbers of published examples, and what is said when there is nothing to compute."""

from __future__ import annotations

import random

import pytest

from gradeline.study.agreement import Estimate, cohen, fleiss, icc, share

# Shrout and Fleiss (1979), Psychological Bulletin 86, table 2: six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Fleiss (1981), Statistical Methods for Rates and Proportions, table 13.1: two raters, 100 patients.
FLEISS_DIAGNOSES = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
# Agresti (1990), Categorical Data Analysis, "Sexual fun": husbands and wives.
AGRESTI = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
# Ten subjects, fourteen raters, five categories: the worked example of Fleiss' kappa that textbooks repeat.
FOURTEEN = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip


def pairs(table: list[list[int]]) -> tuple[list[int], list[int]]:
    flat = [(row, column) for row, counts in enumerate(table) for column, count in enumerate(counts)
            for _ in range(count)]  # fmt: skip
    return [one for one, _ in flat], [other for _, other in flat]


def error(one: Estimate) -> float:
    assert one.low is not None
    assert one.high is not None
    return (one.high - one.low) / 2 / 1.959964


def test_icc_2_1_is_that_of_shrout_and_fleiss() -> None:
    found = icc(SHROUT_FLEISS)
    assert (found.value, found.n) == (pytest.approx(0.29, abs=0.005), 6)
    assert (found.low, found.high) == (pytest.approx(0.019, abs=0.0005), pytest.approx(0.761, abs=0.0005))


def test_cohens_kappa_and_its_error_are_those_of_fleiss() -> None:
    found = cohen(*pairs(FLEISS_DIAGNOSES))
    assert found.value == pytest.approx(0.68, abs=0.005)
    assert error(found) == pytest.approx(0.087, abs=0.001)


def test_weighted_kappa_is_that_of_the_published_table() -> None:
    plain, linear = cohen(*pairs(AGRESTI)), cohen(*pairs(AGRESTI), "linear")
    assert (plain.value, error(plain)) == (pytest.approx(0.1293, abs=5e-5), pytest.approx(0.06860, abs=5e-5))
    assert (linear.value, error(linear)) == (pytest.approx(0.2374, abs=5e-5), pytest.approx(0.07832, abs=5e-5))


def test_fleiss_kappa_is_that_of_the_worked_example() -> None:
    found = fleiss(FOURTEEN)
    assert found.value == pytest.approx(0.210, abs=0.0005)
    assert found.low is not None
    assert found.low < 0.21 < (found.high or 0)


def test_two_raters_have_nearly_the_same_kappa_after_fleiss_and_after_cohen() -> None:
    left, right = pairs(FLEISS_DIAGNOSES)
    counts = [[(one == category) + (other == category) for category in range(3)]
              for one, other in zip(left, right, strict=True)]  # fmt: skip
    assert fleiss(counts).value == pytest.approx(cohen(left, right).value, abs=0.01)
    assert error(fleiss(counts)) == pytest.approx(error(cohen(left, right)), abs=0.02)


def test_the_interval_of_icc_covers_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(1979)
    covered = 0
    for _ in range(400):  # targets 2, judges 0.5, rest 1.5: the truth is 2 / 4
        judges = [chance.gauss(0, 0.5**0.5) for _ in range(4)]
        rows = []
        for _ in range(30):
            target = chance.gauss(0, 2**0.5)
            rows.append([target + judge + chance.gauss(0, 1.5**0.5) for judge in judges])
        found = icc(rows)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.5 <= found.high
    assert 0.90 <= covered / 400 <= 0.99


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (cohen([], []), "none"),
        (cohen([2, 2, 2], [2, 2, 2]), "same"),
        (fleiss([]), "none"),
        (fleiss([[2, 0], [2, 0]]), "few"),
        (fleiss([[3, 0], [3, 0], [3, 0]]), "same"),
        (icc([]), "none"),
        (icc([[1.0], [2.0]]), "few"),
        (icc([[1.0, 1.0], [1.0, 1.0]]), "same"),
        (share(0, 0), "none"),
    ],
)
def test_what_is_not_defined_has_a_reason_and_no_number(found: Estimate, why: str) -> None:
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)


def test_perfect_agreement_is_one() -> None:
    assert cohen([0, 1, 2, 0, 1], [0, 1, 2, 0, 1]).value == 1
    assert icc([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]).value == 1
    assert fleiss([[3, 0], [0, 3], [3, 0], [0, 3]]).value == 1


def test_a_small_number_says_so_and_how_many_are_wanted() -> None:
    found = share(9, 10)
    assert (found.low, found.value, found.high) == pytest.approx((0.5958, 0.9, 0.9821), abs=1e-4)
    assert found.is_small
    assert found.wanted() == 38  # the half of the interval is 0.193: 10 * 1.93 ** 2, rounded up
    assert share(900, 1000).wanted() == 0
    assert not share(900, 1000).is_small
