"""The values an expression may have, and whether it may have none: arithmetic with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from gradeline.records import field, record, replace
from gradeline.syntax.promql_nodes import Aggregate, Binary, Call, Negative, Node, Number, Range, Selector, String

KindOf = Callable[[str], str]

_ANY = (-math.inf, math.inf)
_SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created", "_info")
_SKEW = 300.0  # seconds between the clocks of two machines
_AHEAD = ("expir", "not_after", "until", "next", "deadline", "due", "valid", "end", "schedul", "renew", "future")
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
# Values of these are 0 or 1 (Prometheus documentation, "Jobs and instances"; blackbox and pushgateway exporters).
_FLAGS = frozenset({"up", "probe_success", "push_failure"})
_ONES = frozenset({"ALERTS", "target_info"})


@record
class Outcome:
    """``low`` and ``high`` bound the values.  ``filters``: the result may be empty although the series are there;
    ``possible``: it may hold something; ``missing``: it is empty when a series is not there."""

    low: float
    high: float
    filters: bool = False
    possible: bool = True
    missing: bool = False


@record
class World:
    """A moment at which some values are known: of metrics by their names, of quantiles by the name of the histogram or
    summary (without its suffix), and the time in seconds since 1970."""

    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    quantiles: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    now: float | None = None


@record
class _Known:
    kind_of: KindOf | None
    present: bool
    world: World


def base_name(name: str) -> str:
    """A metric's name without what its type adds: ``x_bucket``, ``x_count``, ``x_sum``, ``x_total`` are of ``x``."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix)
    return name


def outcome(node: Node, kind_of: KindOf | None = None, present: bool = True, world: World | None = None) -> Outcome:
    """What may come out of a tree, whose depth the parser has bounded; of no series at all unless ``present``, and in
    one ``world`` when there is one."""
    return _outcome(node, _Known(kind_of, present, world or World()))


def _outcome(node: Node, known: _Known) -> Outcome:
    if isinstance(node, Number):
        return Outcome(*_ANY) if node.value is None else Outcome(node.value, node.value)
    if isinstance(node, String):
        return Outcome(*_ANY)
    if isinstance(node, Selector):
        return _selector(node, known)
    if isinstance(node, Range):
        return _outcome(node.expression, known)
    if isinstance(node, Negative):
        inner = _outcome(node.expression, known)
        return replace(inner, low=-inner.high, high=-inner.low)
    if isinstance(node, Call):
        return _call(node, known)
    if isinstance(node, Aggregate):
        return _aggregate(node, known)
    return _binary(node, known)


def _selector(node: Selector, known: _Known) -> Outcome:
    if not known.present:
        return Outcome(*_ANY, possible=False, missing=True)
    told = known.world.quantiles.get(node.name) if node.matcher("quantile") is not None else None
    told = told or known.world.values.get(node.name)
    if told is not None:
        return Outcome(*told, missing=True)
    kind = known.kind_of(node.name) if known.kind_of is not None and node.name else "unknown"
    low, high = _ANY
    if node.name in _FLAGS or (node.name.endswith("_info") and kind == "unknown"):
        low, high = 0.0, 1.0  # what only carries labels has the value 1 (Prometheus documentation, "Metric types")
    elif node.name in _ONES or kind == "info":
        low = high = 1.0
    elif kind in ("counter", "histogram") or _never_negative(node.name):
        low = 0.0
    return Outcome(low, high, missing=True)


def _never_negative(name: str) -> bool:
    return ":" not in name and name.endswith(("_total", "_bucket", "_count", "_bytes", "_timestamp_seconds"))


def _call(node: Call, known: _Known) -> Outcome:
    name = node.function
    inner = [_outcome(argument, known) for argument in node.arguments]
    if name == "time" and known.world.now is not None:
        return Outcome(known.world.now, known.world.now)
    if not inner:
        return Outcome(*_CLOCK_RANGES.get(name, (0.0, math.inf)))
    if name in ("absent", "absent_over_time"):
        return Outcome(1.0, 1.0, True, inner[0].filters or inner[0].missing or not inner[0].possible)
    if name == "vector":
        return replace(inner[0], filters=False, possible=True)
    if name == "scalar":
        # A vector of no or several series becomes NaN, which is no value to reason about.
        return Outcome(*(_ANY if inner[0].missing or inner[0].filters else (inner[0].low, inner[0].high)))
    vector = next((one for one in inner if one.missing), inner[-1] if name.startswith("histogram_") else inner[0])
    low, high = _RESULTS.get(name, _ANY)
    if name in _KEEPING:
        low, high = vector.low, vector.high
    elif name == "sum_over_time":
        low, high = (0.0 if vector.low >= 0 else -math.inf), (0.0 if vector.high <= 0 else math.inf)
    elif name in ("ceil", "floor", "round") and len(inner) == 1:
        low, high = _whole(vector.low, math.floor), _whole(vector.high, math.ceil)
    elif name == "abs" and vector.low >= 0:
        low, high = vector.low, vector.high
    elif name in ("clamp", "clamp_min", "clamp_max"):
        low, high = vector.low, vector.high
        if name != "clamp_max" and len(inner) > 1:
            low, high = max(low, inner[1].low), max(high, inner[1].high)
        if name != "clamp_min" and len(inner) > 1:
            low, high = min(low, inner[-1].high), min(high, inner[-1].high)
    elif name == "histogram_quantile" and (told := _quantile_of(node.arguments[-1], known.world)) is not None:
        low, high = told
    elif name == "histogram_quantile" and _measures_time_or_size(node.arguments[-1]):
        low = 0.0
    return replace(vector, low=low, high=high)


_CLOCK_RANGES = {
    "hour": (0.0, 23.0),
    "minute": (0.0, 59.0),
    "month": (1.0, 12.0),
    "day_of_week": (0.0, 6.0),
    "day_of_month": (1.0, 31.0),
    "day_of_year": (1.0, 366.0),
    "days_in_month": (28.0, 31.0),
    "pi": (math.pi, math.pi),
}
_NOT_NEGATIVE = (0.0, math.inf)
_RESULTS = {
    **{name: value for name, value in _CLOCK_RANGES.items() if name != "pi"},
    "rate": _NOT_NEGATIVE,
    "irate": _NOT_NEGATIVE,
    "increase": _NOT_NEGATIVE,
    "resets": _NOT_NEGATIVE,
    "changes": _NOT_NEGATIVE,
    "count_over_time": (1.0, math.inf),
    "present_over_time": (1.0, 1.0),
    "stddev_over_time": _NOT_NEGATIVE,
    "stdvar_over_time": _NOT_NEGATIVE,
    "mad_over_time": _NOT_NEGATIVE,
    "abs": _NOT_NEGATIVE,
    "exp": _NOT_NEGATIVE,
    "sqrt": _NOT_NEGATIVE,
    "timestamp": _NOT_NEGATIVE,
    "sgn": (-1.0, 1.0),
    "histogram_fraction": (0.0, 1.0),
    "histogram_count": _NOT_NEGATIVE,
}
_KEEPING = frozenset({
    "avg_over_time", "min_over_time", "max_over_time", "quantile_over_time", "last_over_time", "first_over_time",
    "label_replace", "label_join", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc",
})  # fmt: skip


def _whole(value: float, function: Callable[[float], float]) -> float:
    return value if math.isinf(value) or math.isnan(value) else float(function(value))


def _quantile_of(node: Node, world: World) -> tuple[float, float] | None:
    asked = _asked(node)
    return None if asked is None else world.quantiles.get(base_name(asked.name))


def _measures_time_or_size(node: Node) -> bool:
    asked = _asked(node)
    return asked is not None and base_name(asked.name).endswith(("_seconds", "_bytes", "_milliseconds"))


def _asked(node: Node) -> Selector | None:
    """The one series that a chain of functions and aggregations is about."""
    while not isinstance(node, Selector):
        if isinstance(node, (Range, Aggregate, Negative)):
            node = node.expression
        elif isinstance(node, Call) and node.arguments:
            node = node.arguments[0]
        else:
            return None
    return node


def _aggregate(node: Aggregate, known: _Known) -> Outcome:
    inner = _outcome(node.expression, known)
    low, high = inner.low, inner.high
    if node.operator == "sum":
        low, high = (low if low >= 0 else -math.inf), (high if high <= 0 else math.inf)
    elif node.operator in ("count", "count_values"):
        low, high = 1.0, math.inf
    elif node.operator == "group":
        low = high = 1.0
    elif node.operator in ("stddev", "stdvar"):
        low, high = 0.0, math.inf
    return replace(inner, low=low, high=high)


def _binary(node: Binary, known: _Known) -> Outcome:
    left, right = _outcome(node.left, known), _outcome(node.right, known)
    if node.operator in _COMPARISONS:
        return _comparison(node, left, right)
    missing = left.missing or right.missing
    if node.operator == "or" and not left.possible:
        return right
    if node.operator == "or":
        filters = left.filters and right.filters
        possible = left.possible or right.possible
        return Outcome(
            min(left.low, right.low), max(left.high, right.high), filters, possible, left.missing and right.missing
        )
    if node.operator == "and":
        return Outcome(left.low, left.high, True, left.possible and right.possible, missing)
    if node.operator == "unless":
        same = node.left == node.right
        return Outcome(left.low, left.high, True, left.possible and not same, left.missing)
    low, high = _arithmetic(node, left, right)
    return Outcome(low, high, left.filters or right.filters, left.possible and right.possible, missing)


def _comparison(node: Binary, left: Outcome, right: Outcome) -> Outcome:
    """A comparison keeps what it holds for; with ``bool`` it keeps everything, as 0 or 1."""
    can, must = _holds(node.operator, left, right)
    if node.left == node.right:
        can, must = (True, True) if node.operator in ("==", "<=", ">=") else (False, False)
    missing = left.missing or right.missing
    possible = left.possible and right.possible
    if node.bool:
        low, high = (1.0 if must else 0.0), (1.0 if can else 0.0)
        return Outcome(low, high, left.filters or right.filters, possible, missing)
    low, high = left.low, left.high
    if node.operator in (">", ">=", "=="):
        low = max(low, right.low)
    if node.operator in ("<", "<=", "=="):
        high = min(high, right.high)
    return Outcome(low, high, left.filters or right.filters or not must, possible and can, missing)


def _holds(operator: str, left: Outcome, right: Outcome) -> tuple[bool, bool]:
    """Whether the comparison can hold, and whether it must."""
    points = left.low == left.high and right.low == right.high
    if operator == "==":
        can = left.low <= right.high and right.low <= left.high
        return can, can and points
    if operator == "!=":
        apart = left.high < right.low or right.high < left.low
        return not (points and left.low == right.low), apart
    if operator in ("<", "<="):
        left, right = right, left
    if operator in (">", "<"):
        return left.high > right.low, left.low > right.high
    return left.high >= right.low, left.low >= right.high


def _arithmetic(node: Binary, left: Outcome, right: Outcome) -> tuple[float, float]:
    operator = node.operator
    if operator == "/" and _is_share(node.left, node.right):
        return (0.0, 1.0)
    if operator == "+":
        return _bounded(left.low + right.low, left.high + right.high)
    if operator == "-":
        low, high = _bounded(left.low - right.high, left.high - right.low)
        if _is_now(node.right) and _is_past(node.left):
            high = min(high, _SKEW)
        elif _is_now(node.left) and _is_past(node.right):
            low = max(low, -_SKEW)
        return low, high
    if operator == "*":
        corners = [_times(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
        return _bounded(min(corners), max(corners))
    if operator == "/":
        if right.low == right.high and right.low not in (0.0, math.inf, -math.inf):
            corners = [left.low / right.low, left.high / right.low]
            return _bounded(min(corners), max(corners))
        return _NOT_NEGATIVE if left.low >= 0 and right.low >= 0 else _ANY
    return _ANY


def _is_now(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "time"


def _is_past(node: Node) -> bool:
    """Whether it is a moment at which something happened: the clocks of two machines differ by seconds only."""
    while isinstance(node, Aggregate) and node.operator in ("max", "min", "avg"):
        node = node.expression
    if not isinstance(node, Selector) or not node.name.endswith("_timestamp_seconds"):
        return False
    return not any(word in node.name for word in _AHEAD)


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _bounded(low: float, high: float) -> tuple[float, float]:
    return (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def _is_share(part: Node, whole: Node) -> bool:
    """Whether ``part`` counts some of what ``whole`` counts: the same sum of the same series with more matchers."""
    if isinstance(part, Aggregate) and isinstance(whole, Aggregate):
        if part.operator != whole.operator or part.operator not in ("sum", "count"):
            return False
        same = (part.by, part.without) == (whole.by, whole.without)
        return same and _is_share(part.expression, whole.expression)
    if isinstance(part, Call) and isinstance(whole, Call):
        same = part.function == whole.function and part.function in ("rate", "increase")
        return same and len(part.arguments) == 1 and _is_share(part.arguments[0], whole.arguments[0])
    if isinstance(part, Range) and isinstance(whole, Range):
        same = (part.seconds, part.subquery, part.offset) == (whole.seconds, whole.subquery, whole.offset)
        return same and not part.subquery and _is_share(part.expression, whole.expression)
    if isinstance(part, Selector) and isinstance(whole, Selector):
        if part.offset != whole.offset or part.pinned or not part.name:
            return False
        if whole.name == f"{base_name(part.name)}_count" and part.name.endswith("_bucket"):
            return set(whole.matchers) <= set(part.matchers)  # a bucket holds some of all observations
        return part.name == whole.name and set(whole.matchers) <= set(part.matchers)
    return False
