"""Agreement of raters as numbers with intervals.

Cohen's kappa (Cohen 1960; weighted: Cohen 1968) with the standard error of Fleiss, Cohen and Everitt (1969), from
statsmodels; Fleiss' kappa (1971) with a jackknife over items; ICC(2,1), which McGraw and Wong (1996) call ICC(A,1),
with the F-based interval of Shrout and Fleiss (1979); shares with Wilson's interval (1927).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import Any, Literal

from gradeline.records import record
from gradeline.words import MissingPart

Why = Literal["", "none", "same", "few"]  # nothing to compare; everybody says the same; too few to compute it

FEWEST = 30  # items below which an interval is only a hint: it rests on many items
NARROW = 0.1  # half of an interval that says something


@record
class Estimate:
    """``value`` with its interval, from ``n`` items; None, and ``why``, when it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    why: Why = ""

    @property
    def is_small(self) -> bool:
        return self.n < FEWEST

    def wanted(self) -> int:
        """About how many items make the interval narrow; 0 when it is, or when it cannot be said."""
        if self.low is None or self.high is None or not self.n:
            return 0
        half = (self.high - self.low) / 2
        return ceil(self.n * (half / NARROW) ** 2) if half > NARROW else 0


def _nothing(n: int, why: Why) -> Estimate:
    return Estimate(None, None, None, n, why)


def share(agreed: int, n: int, confidence: float = 0.95) -> Estimate:
    """A share with Wilson's interval, which holds for few items and for shares near 0 and 1."""
    if not n:
        return _nothing(0, "none")
    proportion = _stats("statsmodels.stats.proportion")
    low, high = proportion.proportion_confint(agreed, n, alpha=1 - confidence, method="wilson")
    return Estimate(agreed / n, float(low), float(high), n)


def cohen(
    left: Sequence[int], right: Sequence[int], weights: Literal["", "linear", "quadratic"] = "",
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two raters, who gave each item a category 0, 1, 2, ...; ordered ones for weights."""
    n = len(left)
    if n < 2:
        return _nothing(n, "none")
    size = max(*left, *right) + 1
    table = [[0] * size for _ in range(size)]
    for one, other in zip(left, right, strict=True):
        table[one][other] += 1
    if any(sum(table[one]) == n == sum(row[one] for row in table) for one in range(size)):
        return _nothing(n, "same")
    used = [one for one in range(size) if any(table[one]) or any(row[one] for row in table)] if not weights else None
    rows = [[table[one][other] for other in used] for one in used] if used is not None else table
    found = _stats("statsmodels.stats.inter_rater").cohens_kappa(_array(rows), wt=weights or None)
    return _around(float(found.kappa), float(found.std_kappa), n, confidence)


def fleiss(counts: Sequence[Sequence[int]], confidence: float = 0.95) -> Estimate:
    """Fleiss' kappa; ``counts`` says how many raters gave an item each category, the same number for every item."""
    n = len(counts)
    if n < 3:
        return _nothing(n, "none" if not n else "few")
    value = _fleiss(counts)
    if value is None:
        return _nothing(n, "same")
    parts = [_fleiss([*counts[:place], *counts[place + 1 :]]) for place in range(n)]
    known = [one for one in parts if one is not None]
    if len(known) < n:
        return Estimate(value, None, None, n, "few")
    mean = sum(known) / n
    error = ((n - 1) / n * sum((one - mean) ** 2 for one in known)) ** 0.5
    return _around(value, error, n, confidence)


def _fleiss(counts: Sequence[Sequence[int]]) -> float | None:
    raters = sum(counts[0])
    total = len(counts) * raters
    shares = [sum(row[one] for row in counts) / total for one in range(len(counts[0]))]
    expected = sum(one * one for one in shares)
    if raters < 2 or expected >= 1 - 1e-12:
        return None
    observed = sum((sum(one * one for one in row) - raters) / (raters * (raters - 1)) for row in counts) / len(counts)
    return (observed - expected) / (1 - expected)


def icc(ratings: Sequence[Sequence[float]], confidence: float = 0.95) -> Estimate:
    """ICC(2,1): absolute agreement of single ratings, raters taken as a sample; ``ratings`` has a row for each item."""
    n = len(ratings)
    raters = len(ratings[0]) if n else 0
    if n < 2 or raters < 2:
        return _nothing(n, "none" if n < 2 else "few")
    grand = sum(map(sum, ratings)) / (n * raters)
    rows = [sum(row) / raters for row in ratings]
    columns = [sum(row[one] for row in ratings) / n for one in range(raters)]
    between = raters * sum((one - grand) ** 2 for one in rows) / (n - 1)
    judges = n * sum((one - grand) ** 2 for one in columns) / (raters - 1)
    rest = sum(
        (ratings[row][one] - rows[row] - columns[one] + grand) ** 2 for row in range(n) for one in range(raters)
    ) / ((n - 1) * (raters - 1))  # fmt: skip
    below = between + (raters - 1) * rest + raters * (judges - rest) / n
    if below <= 1e-15 or between <= 1e-15:
        return _nothing(n, "same")
    value = (between - rest) / below
    if rest <= 1e-15:  # no rater differs from another but by a constant: there is nothing to estimate it from
        return Estimate(value, value, value, n) if judges <= 1e-15 else Estimate(value, None, None, n, "few")
    ratio = judges / rest
    scale = raters * value * ratio + n * (1 + (raters - 1) * value) - raters * value
    freedom = (n - 1) * (raters - 1) * scale**2 / (
        (n - 1) * raters**2 * value**2 * ratio**2 + (n * (1 + (raters - 1) * value) - raters * value) ** 2
    )  # fmt: skip
    f = _stats("scipy.stats").f
    tail = (1 - confidence) / 2
    upper, lower = float(f.ppf(1 - tail, n - 1, freedom)), float(f.ppf(1 - tail, freedom, n - 1))
    noise = raters * judges + (raters * n - raters - n) * rest
    low = n * (between - upper * rest) / (upper * noise + n * between)
    high = n * (lower * between - rest) / (noise + n * lower * between)
    return Estimate(value, max(-1.0, low), min(1.0, high), n)


def _around(value: float, error: float, n: int, confidence: float) -> Estimate:
    if not isfinite(value) or not isfinite(error):
        return _nothing(n, "few")
    z = float(_stats("scipy.stats").norm.ppf(0.5 + confidence / 2))
    return Estimate(value, max(-1.0, value - z * error), min(1.0, value + z * error), n)


def _stats(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise MissingPart("study.missing") from error


def _array(rows: Sequence[Sequence[int]]) -> Any:
    return _stats("numpy").array(rows)
