"""What is computed for scripts whose numbers are known.

The numbers were computed with SciPy 1.17 and statsmodels 0.14; approximations agree to the digits that are given here.
"""

from __future__ import annotations

import math

import pytest

from gradeline.facts.gate_statistics import Results, known_answer
from gradeline.facts.gate_values import Const, Seq, Value
from gradeline.source import Span

AT = Span("x.py", 1)


def value(data: object) -> Value:
    return Seq([value(one) for one in data]) if isinstance(data, list) else Const(data)


def answer(name: str, *given: object, **named: object) -> object:
    found = known_answer(name, [value(one) for one in given], {key: value(one) for key, one in named.items()}, AT)
    if isinstance(found, Results):
        return tuple(one.data for one in found.items if isinstance(one, Const))
    return found.data if isinstance(found, Const) else found


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("scipy.stats.norm.sf", (1.959964,), 0.025),
        ("scipy.stats.norm.ppf", (0.975,), 1.959964),
        ("scipy.stats.chi2.sf", (3.841459, 1), 0.05),
        ("math.sqrt", (2.25,), 1.5),
        ("statistics.fmean", ([1, 2, 6],), 3.0),
        ("statistics.median", ([1, 2, 6],), 2),
        ("numpy.percentile", ([10, 20, 30, 40], 50), 25.0),
        ("numpy.quantile", ([10, 20, 30, 40], 0.25), 17.5),
    ],
)
def test_a_number_is_what_the_library_says(name: str, given: tuple[object, ...], expected: float) -> None:
    found = answer(name, *given)
    assert isinstance(found, int | float)
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "given", "named", "expected"),
    [
        ("statsmodels.stats.proportion.proportions_ztest", ([460, 430], [500, 500]), {}, (3.0320, 0.00243)),
        (
            "statsmodels.stats.proportion.proportions_ztest",
            ([460, 430], [500, 500]),
            {"alternative": "larger"},
            (3.0320, 0.00121),
        ),
        ("scipy.stats.chi2_contingency", ([[460, 40], [430, 70]],), {"correction": False}, (9.1931, 0.00243, 1.0)),
        ("scipy.stats.chi2_contingency", ([[460, 40], [430, 70]],), {}, (8.5904, 0.00338, 1.0)),
        ("scipy.stats.chisquare", ([520, 480],), {"f_exp": [500, 500]}, (1.6, 0.2059)),
    ],
)
def test_a_test_gives_its_statistic_and_its_chance(
    name: str, given: tuple[object, ...], named: dict[str, object], expected: tuple[float, ...]
) -> None:
    assert answer(name, *given, **named) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("math.sqrt", (-1,)),
        ("math.exp", (1e9,)),
        ("math.sqrt", ("many",)),
        ("scipy.stats.chisquare", ([0, 0],)),
        ("scipy.stats.chi2_contingency", ([[1, 2], [3]],)),
        ("scipy.stats.chi2_contingency", ([],)),
        ("scipy.stats.chi2.sf", (1.0, 77)),
        ("statsmodels.stats.proportion.proportions_ztest", ([1, 2, 3], [4, 5, 6])),
        ("statistics.quantiles", ([1, 2, 3], 100_000_000)),
        ("statistics.fmean", ([],)),
        ("numpy.percentile", ([1, 2], 400)),
        ("somebody.elses.test", (1, 2)),
    ],
)
def test_what_cannot_be_computed_is_not_known(name: str, given: tuple[object, ...]) -> None:
    assert answer(name, *given) is None


def test_a_normal_distribution_has_its_methods() -> None:
    normal = known_answer("statistics.NormalDist", [Const(100.0), Const(15.0)], {}, AT)
    assert normal is not None
    cdf = normal.state["cdf"].call([Const(115.0)], {}, AT)  # type: ignore[attr-defined]
    assert math.isclose(cdf.data, 0.8413447, abs_tol=1e-6)
    assert known_answer("statistics.NormalDist", [Const(0.0), Const(-1.0)], {}, AT) is None
