"""Functions of mathematics and statistics on numbers that are known, in a trial with made-up numbers.

Sources: the Python documentation (math, statistics.NormalDist); SciPy, ``scipy.stats`` (norm, chisquare,
chi2_contingency, fisher_exact, binomtest); statsmodels, ``statsmodels.stats.proportion`` (proportions_ztest,
confint_proportions_2indep).  Where a library is exact and this is an approximation for many observations, the numbers
of a trial are far enough from any bound that the answer is the same.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from statistics import NormalDist

from gradeline.facts.gate_values import Const, Native, Seq, Table, Value
from gradeline.source import Span

_NORMAL = NormalDist()
_MATH: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10, "log1p": math.log1p,
    "erf": math.erf, "erfc": math.erfc, "ceil": math.ceil, "floor": math.floor, "pow": math.pow, "hypot": math.hypot,
    "power": math.pow,
}  # fmt: skip
_OF_MANY: dict[str, Callable[[list[float]], float]] = {
    "statistics.mean": statistics.fmean, "statistics.fmean": statistics.fmean, "statistics.median": statistics.median,
    "statistics.stdev": statistics.stdev, "statistics.pstdev": statistics.pstdev, "numpy.mean": statistics.fmean,
    "numpy.median": statistics.median, "numpy.max": max, "numpy.min": min, "statistics.quantiles": max,
    "numpy.percentile": max, "numpy.quantile": max,
}  # fmt: skip
_OF_A_NORMAL: dict[str, Callable[[float], float]] = {
    "cdf": _NORMAL.cdf, "pdf": _NORMAL.pdf, "inv_cdf": _NORMAL.inv_cdf, "ppf": _NORMAL.inv_cdf,
    "sf": lambda x: 1 - _NORMAL.cdf(x), "isf": lambda q: _NORMAL.inv_cdf(1 - q),
}  # fmt: skip


class NotKnown(Exception):
    """One of the arguments is not a known number, or the function is none of these."""


class Results(Seq):
    """Several answers of a function, in their order and by their names."""

    __slots__ = ("names",)

    def __init__(self, items: list[Value], names: tuple[str, ...]) -> None:
        super().__init__(items, "tuple")
        self.names = names

    def named(self, name: str) -> Value | None:
        return self.items[self.names.index(name)] if name in self.names else None


def known_answer(name: str, given: list[Value], named: Mapping[str, Value], span: Span) -> Value | None:
    """What a function answers for these numbers; None when that is not known."""
    module, _, last = name.rpartition(".")
    if name == "statistics.NormalDist":
        return _normal(given, named)
    try:
        if module in ("math", "numpy") and last in _MATH:
            return Const(_MATH[last](*(_number(one) for one in given)), "derived", span, (), tuple(given))
        if name in _OF_MANY and given and isinstance(given[0], Seq):
            return _of_many(name, [_number(one) for one in given[0].items], given, named, span)
        if module.endswith(("stats.norm", "norm")) and last in _OF_A_NORMAL and len(given) == 1 and not named:
            return Const(_OF_A_NORMAL[last](_number(given[0])), "derived", span, (), tuple(given))
        if name.endswith(("stats.chi2.sf", "stats.distributions.chi2.sf")):
            freedom = _number(given[1] if len(given) > 1 else named["df"])
            return Const(_tail(_number(given[0]), freedom), "derived", span, (), tuple(given))
        test = _TESTS.get(last) if module.startswith(("scipy", "statsmodels")) else None
        if test is None:
            return None
        function, names = test
        plain = {key: _plain(one) for key, one in named.items()}
        found = function(*(_plain(one) for one in given), **plain)
        return Results([Const(one, "derived", span, (), tuple(given)) for one in found], names)
    except (NotKnown, KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _of_many(
    name: str, values: list[float], given: list[Value], named: Mapping[str, Value], span: Span
) -> Value:
    """What a function says about a list of numbers."""
    if name == "statistics.quantiles":
        parts = int(_number(named.get("n", given[1] if len(given) > 1 else Const(4))))
        method = named.get("method")
        if not 0 < parts <= 1_000:
            raise NotKnown
        inner = isinstance(method, Const) and method.data == "inclusive"
        found = statistics.quantiles(values, n=parts, method="inclusive" if inner else "exclusive")
        return Seq([Const(one, "derived", span, (), tuple(given[0].items)) for one in found])  # type: ignore[attr-defined]
    if name in ("numpy.percentile", "numpy.quantile"):
        share = _number(named.get("q", given[1] if len(given) > 1 else Const(None)))
        answer = _quantile(values, share / (100 if name == "numpy.percentile" else 1))
    else:
        answer = _OF_MANY[name](values)
    return Const(answer, "derived", span, (), tuple(given[0].items))  # type: ignore[attr-defined]


def _quantile(values: list[float], share: float) -> float:
    """By the method "linear", NumPy's default."""
    if not values or not 0 <= share <= 1:
        raise NotKnown
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _normal(given: list[Value], named: Mapping[str, Value]) -> Value | None:
    try:
        mean = _number(named.get("mu", given[0] if given else Const(0.0)))
        deviation = _number(named.get("sigma", given[1] if len(given) > 1 else Const(1.0)))
        found = NormalDist(mean, deviation)
    except (NotKnown, ValueError, ArithmeticError):
        return None

    def method(function: Callable[[float], float]) -> Native:
        def answer(more: list[Value], _: Mapping[str, Value], at: Span) -> Value:
            from gradeline.facts.gate_state import Raised
            from gradeline.facts.gate_values import lineage_of

            try:
                return Const(function(_number(more[0])), "derived", at, (), tuple(more))
            except (NotKnown, ArithmeticError, ValueError, IndexError):
                raise Raised(lineage_of("ValueError"), at) from None

        return Native("NormalDist", answer)

    return Native("NormalDist", state={
        "cdf": method(found.cdf), "inv_cdf": method(found.inv_cdf), "pdf": method(found.pdf)})  # fmt: skip


def _number(value: Value) -> float:
    if isinstance(value, Const) and isinstance(value.data, bool | int | float):
        return value.data
    raise NotKnown


def _plain(value: Value) -> object:
    if isinstance(value, Seq):
        return [_plain(one) for one in value.items]
    if isinstance(value, Table):
        raise NotKnown
    if isinstance(value, Const):
        return value.data
    raise NotKnown


def _tail(statistic: float, freedom: float) -> float:
    """How probable a larger chi-square is; for one and two degrees of freedom."""
    if statistic < 0:
        return 1.0
    if freedom == 1:
        return math.erfc(math.sqrt(statistic / 2))
    if freedom == 2:
        return math.exp(-statistic / 2)
    raise NotKnown


def _chisquare(f_obs: list[float], f_exp: list[float] | None = None) -> tuple[float, float]:
    wanted = f_exp or [sum(f_obs) / len(f_obs)] * len(f_obs)
    statistic = sum((seen - one) ** 2 / one for seen, one in zip(f_obs, wanted, strict=True))
    return statistic, _tail(statistic, len(f_obs) - 1)


def _contingency(observed: list[list[float]], correction: bool = True) -> tuple[float, float, float]:
    if not observed:
        raise NotKnown
    rows = [sum(row) for row in observed]
    columns = [sum(column) for column in zip(*observed, strict=True)]
    whole = sum(rows)
    less = 0.5 if correction and len(rows) == len(columns) == 2 else 0.0
    statistic = sum(
        max(abs(seen - rows[i] * columns[j] / whole) - less, 0) ** 2 / (rows[i] * columns[j] / whole)
        for i, row in enumerate(observed)
        for j, seen in enumerate(row)
    )
    freedom = (len(rows) - 1) * (len(columns) - 1)
    return statistic, _tail(statistic, freedom), float(freedom)


def _fisher(table: list[list[float]], alternative: str = "two-sided") -> tuple[float, float]:
    (a, b), (c, d) = table
    _, chance = _proportions([a, c], [a + b, c + d], None,
                             {"greater": "larger", "less": "smaller"}.get(alternative, alternative))  # fmt: skip
    return (a * d / (b * c) if b * c else math.inf), chance


def _proportions(
    count: list[float], nobs: list[float] | float, value: float | None = None, alternative: str = "two-sided",
    prop_var: object = False,
) -> tuple[float, float]:  # fmt: skip
    if not isinstance(count, list):
        raise NotKnown
    sizes = nobs if isinstance(nobs, list) else [nobs] * len(count)
    (k, other), (m, n) = count, sizes
    pooled = (k + other) / (m + n)
    z = (k / m - other / n - (value or 0.0)) / math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    return z, _chance(z, alternative)


def _chance(z: float, alternative: str) -> float:
    if alternative in ("larger", "greater"):
        return 1 - _NORMAL.cdf(z)
    if alternative in ("smaller", "less"):
        return _NORMAL.cdf(z)
    return 2 * (1 - _NORMAL.cdf(abs(z)))


def _interval(
    count1: float, nobs1: float, count2: float, nobs2: float, method: str | None = None, compare: str = "diff",
    alpha: float = 0.05, correction: object = True,
) -> tuple[float, float]:  # fmt: skip
    if compare != "diff":
        raise NotKnown
    one, two = count1 / nobs1, count2 / nobs2
    half = _NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(one * (1 - one) / nobs1 + two * (1 - two) / nobs2)
    return one - two - half, one - two + half


def _test_2indep(
    count1: float, nobs1: float, count2: float, nobs2: float, value: float | None = None, **more: object
) -> tuple[float, float]:
    alternative = str(more.get("alternative", "two-sided"))
    return _proportions([count1, count2], [nobs1, nobs2], value, alternative)


def _binomial(k: float, n: float, p: float = 0.5, alternative: str = "two-sided") -> tuple[float, float]:
    return k / n, _chance((k - n * p) / math.sqrt(n * p * (1 - p)), alternative)


_Test = tuple[Callable[..., tuple[float, ...]], tuple[str, ...]]
_TESTS: dict[str, _Test] = {
    "chisquare": (_chisquare, ("statistic", "pvalue")),
    "chi2_contingency": (_contingency, ("statistic", "pvalue", "dof")),
    "fisher_exact": (_fisher, ("statistic", "pvalue")),
    "proportions_ztest": (_proportions, ("statistic", "pvalue")),
    "test_proportions_2indep": (_test_2indep, ("statistic", "pvalue")),
    "confint_proportions_2indep": (_interval, ("low", "high")),
    "binomtest": (_binomial, ("statistic", "pvalue")),
}
