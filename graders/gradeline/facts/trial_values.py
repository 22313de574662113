"""Columns and what else a followed test computes with.

A test is followed with real numbers: whatever pandas or NumPy would compute is computed here on plain lists.  Only what
tests of tables need is known; everything else ends the trial with ``Lost``, so nobody mistakes it for an answer.
Sources: the API references of pandas (``Series``) and NumPy (``ndarray``).
"""

from __future__ import annotations

import math
import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradeline.source import Span

MAX_ROWS = 2_000
MAX_WORK = 600_000  # values that one trial computes
STAND_IN = "the test puts something else in the place of the model"
Row = dict[str, Any]


class Lost(Exception):
    """The trial cannot be followed; ``reason`` is a sentence part, ``span`` the statement of the tests, if known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span: Span | None = None


class _Meter(threading.local):
    """What the running trial has computed so far, and by which columns it formed groups."""

    def __init__(self) -> None:
        self.left = MAX_WORK
        self.groups: set[str] = set()
        self.names: Callable[[str], Any] | None = None  # what a name of the running function means


METER = _Meter()


def worked(count: int) -> None:
    METER.left -= count + 1
    if METER.left < 0 or count > MAX_ROWS:
        raise Lost("it computes too much to be followed")


def grouped(name: object) -> None:
    if isinstance(name, str):
        METER.groups.add(name)


def missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def listed(value: Any) -> list[Any]:
    """The elements of anything that has them."""
    if isinstance(value, Column):
        return value.values
    if isinstance(value, list | tuple | set | frozenset | dict | range | str):
        found = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    elif hasattr(value, "__iter__") and type(value).__module__.startswith("gradeline.facts.trial"):
        found = list(value)
    else:
        raise Lost("what this goes through is not known")
    worked(len(found))
    return found


class Column:
    """A column, an array or an index.  ``index`` are its labels (None of an array), ``rows`` the records that its
    values were computed from inside the code under test."""

    __slots__ = ("index", "name", "rows", "values")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, values: list[Any], index: list[Any] | None = None, rows: list[Row] | None = None, name: Any = None
    ) -> None:
        worked(len(values))
        self.values = values
        self.index = index
        self.rows = rows
        self.name = name

    def _like(self, values: list[Any]) -> Column:
        return Column(values, self.index, self.rows, self.name)

    def _each(self, function: Callable[[Any], Any]) -> Column:
        return self._like([function(one) for one in self.values])

    def _taken(self, places: list[int]) -> Column:
        return Column(
            [self.values[one] for one in places],
            None if self.index is None else [self.index[one] for one in places],
            None if self.rows is None else [self.rows[one] for one in places],
            self.name,
        )

    def _two(self, other: Any, function: Callable[[Any, Any], Any], compares: bool = False) -> Any:
        if getattr(other, "is_approx", False):
            same = other == self.values
            return same if function is operator.eq else not same
        rows, index = self.rows, self.index
        if isinstance(other, Column):
            more = other.values
            if len(more) == 1 and len(self.values) > 1 and other.index is None:
                more = more * len(self.values)
            elif len(self.values) == 1 and len(more) > 1 and index is None:
                return Column([function(self.values[0], one) for one in more], other.index, other.rows)
            elif index is not None and other.index is not None and index != other.index:
                if compares:
                    raise Lost("columns with other labels are compared, which pandas refuses")
                places = _places(other.index)
                if len(places) != len(other.index) or set(places) != set(index):
                    raise Lost("columns with other labels are put together")
                more = [more[places[one]] for one in index]
            if len(more) != len(self.values):
                raise Lost("columns of different lengths are put together")
            rows = rows if rows is not None else other.rows
            index = index if index is not None else other.index
        elif isinstance(other, list | tuple):
            if len(other) != len(self.values):
                raise Lost("columns of different lengths are put together")
            more = list(other)
        elif isinstance(other, str | int | float | bool) or other is None:
            more = [other] * len(self.values)
            if compares and isinstance(other, str):
                grouped(self.name)
        else:
            return NotImplemented
        try:
            found = [_applied(function, one, two) for one, two in zip(self.values, more, strict=True)]
        except (TypeError, OverflowError, ValueError):
            raise Lost("values that do not fit are put together") from None
        return Column(found, index, rows, self.name)

    def __add__(self, other: Any) -> Any:
        return self._two(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: two + one)

    def __sub__(self, other: Any) -> Any:
        return self._two(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: two - one)

    def __mul__(self, other: Any) -> Any:
        return self._two(other, _times)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._two(other, _divided)

    def __rtruediv__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: _divided(two, one))

    def __floordiv__(self, other: Any) -> Any:
        return self._two(other, operator.floordiv)

    def __mod__(self, other: Any) -> Any:
        return self._two(other, operator.mod)

    def __pow__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: float(one) ** float(two))

    def __and__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: bool(one) and bool(two))

    def __or__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: bool(one) or bool(two))

    def __xor__(self, other: Any) -> Any:
        return self._two(other, lambda one, two: bool(one) != bool(two))

    def __lt__(self, other: Any) -> Any:
        return self._two(other, operator.lt, True)

    def __le__(self, other: Any) -> Any:
        return self._two(other, operator.le, True)

    def __gt__(self, other: Any) -> Any:
        return self._two(other, operator.gt, True)

    def __ge__(self, other: Any) -> Any:
        return self._two(other, operator.ge, True)

    def __eq__(self, other: Any) -> Any:
        return self._two(other, operator.eq, True)

    def __ne__(self, other: Any) -> Any:
        return self._two(other, operator.ne, True)

    def __neg__(self) -> Column:
        return self._each(operator.neg)

    def __invert__(self) -> Column:
        return self._each(operator.not_)

    def __abs__(self) -> Column:
        return self._each(abs)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __bool__(self) -> bool:
        if len(self.values) != 1:
            raise Lost("a whole column is used as one truth")
        return bool(self.values[0])

    def __float__(self) -> float:
        if len(self.values) != 1:
            raise Lost("a whole column is used as one number")
        return float(self.values[0])

    def __contains__(self, one: Any) -> bool:
        return one in (self.values if self.index is None else self.index)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 1:
            key = key[0]
        if isinstance(key, tuple) and self.index is None:
            if any(one is None for one in key):
                return self
            raise Lost("an array of more dimensions is used")
        if self.index is not None and not isinstance(key, slice | list | Column):
            return self._labelled(key)
        return self._chosen(key)

    def _labelled(self, key: Any) -> Any:
        assert self.index is not None
        places = [place for place, one in enumerate(self.index) if one == key]
        if not places:
            raise Lost(f"there is no {key!r} in a column")
        return self.values[places[0]] if len(places) == 1 else self._taken(places)

    def _chosen(self, key: Any) -> Any:
        if isinstance(key, int) and not isinstance(key, bool):
            if not -len(self.values) <= key < len(self.values):
                raise Lost("a place behind the end of a column is asked for")
            return self.values[key]
        if isinstance(key, slice):
            return self._taken(list(range(len(self.values)))[key])
        return self._taken(chosen(key, len(self.values), self.index))

    def __setitem__(self, key: Any, value: Any) -> None:
        places = [key] if isinstance(key, int) else chosen(key, len(self.values), self.index)
        self.values = list(self.values)
        for number, place in enumerate(places):
            self.values[place] = listed(value)[number] if isinstance(value, list | Column) else value

    # -- whole columns -------------------------------------------------------------------------

    def _known(self) -> list[Any]:
        return [one for one in self.values if not missing(one)]

    def mean(self, axis: Any = None) -> float:
        known = self._known()
        return float(sum(known) / len(known)) if known else math.nan

    def sum(self, axis: Any = None) -> Any:
        return sum(self._known())

    def min(self, axis: Any = None) -> Any:
        return min(self._known(), default=math.nan)

    def max(self, axis: Any = None) -> Any:
        return max(self._known(), default=math.nan)

    def ptp(self) -> Any:
        return self.max() - self.min()

    def all(self, axis: Any = None) -> bool:
        return all(self.values)

    def any(self, axis: Any = None) -> bool:
        return any(self.values)

    def count(self) -> int:
        return len(self._known())

    def var(self, ddof: int | None = None) -> float:
        known, less = self._known(), ddof if ddof is not None else (0 if self.index is None else 1)
        middle = self.mean()
        if len(known) <= less:
            return math.nan
        return float(sum((one - middle) ** 2 for one in known) / (len(known) - less))

    def std(self, ddof: int | None = None) -> float:
        return math.sqrt(self.var(ddof))

    def quantile(self, q: Any = 0.5) -> Any:
        if not isinstance(q, int | float):
            return Column([self.quantile(one) for one in listed(q)], listed(q))
        known = sorted(self._known())
        if not known:
            return math.nan
        place = min(max(q, 0.0), 1.0) * (len(known) - 1)
        low = int(place)
        return known[low] + (known[min(low + 1, len(known) - 1)] - known[low]) * (place - low)

    def median(self) -> Any:
        return self.quantile(0.5)

    def nunique(self, dropna: bool = True) -> int:
        return len(self.unique())

    def unique(self) -> Column:
        grouped(self.name)
        return Column(list(dict.fromkeys(self.values)))

    def drop_duplicates(self) -> Column:
        grouped(self.name)
        seen: dict[Any, int] = {}
        for place, one in enumerate(self.values):
            seen.setdefault(one, place)
        return self._taken(list(seen.values()))

    def value_counts(self, normalize: bool = False) -> Column:
        grouped(self.name)
        counts: dict[Any, float] = {}
        for one in self.values:
            counts[one] = counts.get(one, 0) + 1
        ordered = sorted(counts, key=lambda one: -counts[one])
        return Column([counts[one] / (len(self.values) if normalize else 1) for one in ordered], ordered)

    def idxmax(self) -> Any:
        place = self.argmax()
        return place if self.index is None else self.index[place]

    def idxmin(self) -> Any:
        place = self.argmin()
        return place if self.index is None else self.index[place]

    def argmax(self, axis: Any = None) -> int:
        return self.values.index(max(self.values))

    def argmin(self, axis: Any = None) -> int:
        return self.values.index(min(self.values))

    def argsort(self) -> Column:
        return Column(sorted(range(len(self.values)), key=lambda one: self.values[one]))

    def item(self, *place: int) -> Any:
        if not place and len(self.values) != 1:
            raise Lost("a whole column is used as one number")
        return self.values[place[0] if place else 0]

    def equals(self, other: Any) -> bool:
        return isinstance(other, Column) and self.values == other.values and self.index == other.index

    # -- each value ----------------------------------------------------------------------------

    def abs(self) -> Column:
        return abs(self)

    def round(self, decimals: int = 0) -> Column:
        return self._each(lambda one: round(one, decimals))

    def clip(self, lower: Any = None, upper: Any = None) -> Column:
        def one(value: Any) -> Any:
            value = lower if lower is not None and value < lower else value
            return upper if upper is not None and value > upper else value

        return self._each(one)

    def astype(self, dtype: Any = None, copy: bool = True) -> Column:
        kind = getattr(dtype, "name", dtype)
        if kind in ("int", "int64", "int32", "Int64", int, "int8"):
            return self._each(int)
        if kind in ("float", "float64", "float32", float, "numpy.float64"):
            return self._each(float)
        if kind in ("str", "string", str, "object"):
            return self._each(str) if kind != "object" else self
        if kind in ("bool", bool):
            return self._each(bool)
        if kind == "category":
            return self
        raise Lost("a kind of column is not known")

    def between(self, left: Any, right: Any, inclusive: str = "both") -> Column:
        low = operator.le if inclusive in ("both", "left") else operator.lt
        high = operator.le if inclusive in ("both", "right") else operator.lt
        return self._each(lambda one: bool(low(left, one) and high(one, right)))

    def isin(self, values: Any) -> Column:
        wanted = listed(values)
        grouped(self.name)
        return self._each(lambda one: one in wanted)

    def isna(self) -> Column:
        return self._each(missing)

    def notna(self) -> Column:
        return self._each(lambda one: not missing(one))

    isnull, notnull = isna, notna

    def fillna(self, value: Any) -> Column:
        return self._each(lambda one: value if missing(one) else one)

    def dropna(self) -> Column:
        return self._taken([place for place, one in enumerate(self.values) if not missing(one)])

    def map(self, by: Any, na_action: Any = None) -> Column:
        if isinstance(by, dict):
            return self._each(lambda one: by.get(one, math.nan))
        if isinstance(by, Column) and by.index is not None:
            known = dict(zip(by.index, by.values, strict=True))
            return self._each(lambda one: known.get(one, math.nan))
        return self._each(by)

    def apply(self, by: Any) -> Column:
        return self._each(by)

    def replace(self, to_replace: Any, value: Any = None, regex: bool = False) -> Column:
        if regex:
            raise Lost("a pattern replaces values")
        if isinstance(to_replace, dict):
            return self._each(lambda one: to_replace.get(one, one))
        wanted = to_replace if isinstance(to_replace, list | tuple) else [to_replace]
        if isinstance(value, list | tuple):
            table = dict(zip(wanted, value, strict=True))
            return self._each(lambda one: table.get(one, one))
        return self._each(lambda one: value if one in wanted else one)

    def where(self, condition: Any, other: Any = math.nan) -> Column:
        return self._picked(condition, other, True)

    def mask(self, condition: Any, other: Any = math.nan) -> Column:
        return self._picked(condition, other, False)

    def _picked(self, condition: Any, other: Any, keep: bool) -> Column:
        truths = listed(condition(self) if callable(condition) else condition)
        others = other.values if isinstance(other, Column) else [other] * len(self.values)
        picked = [one if bool(truth) == keep else two
                  for one, truth, two in zip(self.values, truths, others, strict=True)]  # fmt: skip
        return self._like(picked)

    def diff(self, periods: int = 1) -> Column:
        moved = [one - two for one, two in zip(self.values[1:], self.values, strict=False)]
        return self._like([math.nan, *moved]) if self.index is not None else Column(moved)

    def shift(self, periods: int = 1) -> Column:
        gap: list[Any] = [math.nan] * min(abs(periods), len(self.values))
        return self._like([*gap, *self.values][: len(self.values)] if periods > 0
                          else [*self.values, *gap][len(gap):])  # fmt: skip

    def cumsum(self) -> Column:
        total: Any = 0
        found = []
        for one in self.values:
            total += one
            found.append(total)
        return self._like(found)

    def nlargest(self, n: int = 5) -> Column:
        return self.sort_values(ascending=False).head(n)

    def nsmallest(self, n: int = 5) -> Column:
        return self.sort_values().head(n)

    def corr(self, other: Any, method: str = "pearson") -> float:
        if method not in ("pearson", "spearman") or not isinstance(other, Column):
            raise Lost("how two columns go together is computed in a way that is not known")
        one, two = (self.rank(), other.rank()) if method == "spearman" else (self, other)
        size = one.to_numpy().std() * two.to_numpy().std() * len(one.values)
        dots = sum((a - one.mean()) * (b - two.mean()) for a, b in zip(one.values, two.values, strict=True))
        return float(dots / size) if size else math.nan

    def rank(self) -> Column:
        ordered = sorted(self.values)
        places: dict[Any, list[int]] = {}
        for place, one in enumerate(ordered):
            places.setdefault(one, []).append(place + 1)
        return self._each(lambda one: sum(places[one]) / len(places[one]))

    add, sub, subtract, mul, multiply = __add__, __sub__, __sub__, __mul__, __mul__
    div, divide = __truediv__, __truediv__
    ge, gt, le, lt, eq, ne = __ge__, __gt__, __le__, __lt__, __eq__, __ne__

    # -- form ----------------------------------------------------------------------------------

    def copy(self, deep: bool = True) -> Column:
        return Column(list(self.values), self.index, self.rows, self.name)

    def to_numpy(self, dtype: Any = None) -> Column:
        return Column(list(self.values), None, self.rows, self.name)

    def tolist(self) -> list[Any]:
        return list(self.values)

    to_list = tolist

    def to_dict(self) -> dict[Any, Any]:
        return dict(zip(self.index or range(len(self.values)), self.values, strict=True))

    def items(self) -> list[tuple[Any, Any]]:
        return list(zip(self.index or range(len(self.values)), self.values, strict=True))

    def ravel(self, *shape: Any) -> Column:
        return self

    flatten = squeeze = reshape = ravel

    def reset_index(self, drop: bool = False) -> Any:
        if not drop:
            raise Lost("labels become a column")
        return Column(self.values, list(range(len(self.values))), self.rows, self.name)

    def reindex(self, index: Any) -> Column:
        return self._taken(_at(self.index, listed(index)))

    def reindex_like(self, other: Any) -> Column:
        labels = getattr(other, "labels" if not isinstance(other, Column) else "index", None)
        return self.reindex(labels if isinstance(labels, list) else listed(other))

    def rename(self, name: Any = None) -> Column:
        return Column(self.values, self.index, self.rows, name)

    def sort_index(self, ascending: bool = True) -> Column:
        index = self.index or list(range(len(self.values)))
        return self._taken(sorted(range(len(index)), key=lambda one: index[one], reverse=not ascending))

    def sort_values(self, ascending: bool = True) -> Column:
        places = range(len(self.values))
        return self._taken(sorted(places, key=lambda one: self.values[one], reverse=not ascending))

    def head(self, n: int = 5) -> Column:
        return self._taken(list(range(len(self.values)))[:n])

    def tail(self, n: int = 5) -> Column:
        return self._taken(list(range(len(self.values)))[-n:] if n else [])

    def sample(self, n: int | None = None, frac: float | None = None, random_state: Any = None, **more: Any) -> Column:
        return self._taken(drawn(len(self.values), n, frac, more.get("replace", False), random_state))

    def to_frame(self, name: Any = None) -> Any:
        from gradeline.facts.trial_frames import Frame

        return Frame({name or self.name or 0: list(self.values)}, self.index, self.rows)

    def groupby(self, by: Any, observed: bool = True, sort: bool = True, dropna: bool = True) -> Any:
        from gradeline.facts.trial_groups import Groups

        return Groups.formed(self, by)

    def keys(self) -> Any:
        return self.labels()

    def labels(self) -> Column:
        return Column(list(self.index) if self.index is not None else list(range(len(self.values))))

    def union(self, other: Any) -> Column:
        return Column(list(dict.fromkeys([*self.values, *listed(other)])))

    def intersection(self, other: Any) -> Column:
        wanted = listed(other)
        return Column([one for one in self.values if one in wanted])

    def difference(self, other: Any) -> Column:
        wanted = listed(other)
        return Column([one for one in self.values if one not in wanted])

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is that method


def _times(one: Any, two: Any) -> Any:
    if isinstance(one, str) or isinstance(two, str):
        raise TypeError
    return one * two


def _divided(one: Any, two: Any) -> float:
    if two == 0:
        return math.nan if one == 0 or missing(one) else math.copysign(math.inf, one)
    return float(one / two)


def _applied(function: Callable[[Any, Any], Any], one: Any, two: Any) -> Any:
    if (one is None or two is None) and function not in (operator.eq, operator.ne):
        return math.nan
    return function(one, two)


def _places(index: list[Any]) -> dict[Any, int]:
    return {one: place for place, one in enumerate(index)}


def _at(index: list[Any] | None, labels: Iterable[Any]) -> list[int]:
    places = _places(index) if index is not None else {}
    found = [places.get(one) for one in labels]
    if any(one is None for one in found):
        raise Lost("a label is asked for that is not there")
    return [one for one in found if one is not None]


def chosen(key: Any, count: int, index: list[Any] | None) -> list[int]:
    """The places that a list of truths, of places or of labels means."""
    wanted = listed(key)
    if len(wanted) == count and all(isinstance(one, bool) for one in wanted):
        if isinstance(key, Column) and key.index is not None and index is not None and key.index != index:
            places = _at(key.index, index)
            wanted = [wanted[one] for one in places]
        return [place for place, one in enumerate(wanted) if one]
    if index is not None and not isinstance(key, slice):
        return _at(index, wanted)
    if any(not isinstance(one, int) or not -count <= one < count for one in wanted):
        raise Lost("a place behind the end of a column is asked for")
    return [one % count for one in wanted]


def drawn(count: int, n: int | None, frac: float | None, again: bool = False, seed: Any = None) -> list[int]:
    """The places of rows that are drawn at random: the same ones in each trial, in another order than before."""
    import random

    wanted = n if isinstance(n, int) else round(count * (frac if isinstance(frac, int | float) else 1 / max(count, 1)))
    draw = random.Random(count * 7 + wanted + (seed * 10_007 if isinstance(seed, int) else 0))  # noqa: S311 - the trial has to be repeatable
    if again:
        return [draw.randrange(count) for _ in range(min(wanted, MAX_ROWS))] if count else []
    places = draw.sample(range(count), min(max(wanted, 0), count))
    return [*places[1:], *places[:1]] if places == sorted(places) else places
