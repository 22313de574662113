"""Functions that do not fit the kind of metric they are given: mistakes that evaluate without an error.

Prometheus documentation, "Metric types", "Query functions" and "Histograms and summaries"; Robust Perception, "Rate
then sum, never sum then rate".
"""

from __future__ import annotations

import itertools

from gradeline.facts.promql import KindOf, Query, series
from gradeline.facts.promql_values import base_name
from gradeline.syntax.promql_nodes import Aggregate, Binary, Call, Node, Number, Range, Selector, walk

_RATES = frozenset({"rate", "irate", "increase"})
# What may be asked of a counter as it is: whether it is there, how often it moved, when it was seen.
_FIT_FOR_COUNTERS = _RATES | {
    "absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "resets", "count", "group",
    "timestamp", "delta", "idelta", "deriv", "histogram_quantile", "topk", "bottomk", "count_values", "scalar",
}  # fmt: skip


def misuse(query: Query, kind_of: KindOf) -> str:
    """What is wrong with the use of a metric, in words; empty when nothing is."""
    for node, _ in walk(query.tree):
        quantiles = isinstance(node, Call) and node.function in ("histogram_quantile", "histogram_fraction")
        if quantiles and (sentence := _quantile(node, kind_of)):  # type: ignore[arg-type]
            return sentence
        if isinstance(node, Call) and node.function in _RATES and isinstance(node.arguments[0], Range):
            inner = node.arguments[0]
            if inner.subquery and any(isinstance(one, Aggregate) for one, _ in walk(inner.expression)):
                return f"`{node.function}` comes after an aggregation, so a restart of one process looks like a jump"
        if isinstance(node, Binary) and node.operator == "/" and _same_series(node):
            return "both sides of the division keep only series with the same labels, so the result is always 1"
    shifted = {one.selector.name for one in series(query) if one.selector.offset != 0 or one.selector.pinned}
    for one in series(query):
        for name in one.names:
            kind = kind_of(name)
            inner_function = one.functions[-1] if one.functions else ""
            if kind == "gauge" and one.ranged and inner_function in _RATES:
                return f"`{inner_function}` is for counters, and `{name}` is a gauge, which may fall"
            raw = kind == "counter" and not set(one.functions) & _FIT_FOR_COUNTERS and name not in shifted
            if raw and not _only_asked_whether_it_is_there(query, one.selector):
                return f"`{name}` is a counter: its value only grows, and starts again with each restart"
    return ""


def _quantile(node: Call, kind_of: KindOf) -> str:
    position = 2 if node.function == "histogram_fraction" else 1
    if len(node.arguments) <= position:
        return ""
    first = node.arguments[0]
    share = first.value if node.function == "histogram_quantile" and isinstance(first, Number) else None
    if share is not None and not 0 <= share <= 1:
        return f"the quantile {share:g} is not between 0 and 1"
    for one, around in walk(node.arguments[position]):
        if not isinstance(one, Selector) or not one.name:
            continue
        functions = [item.function for item in around if isinstance(item, Call)]
        if not one.name.endswith("_bucket"):
            if kind_of(f"{one.name}_bucket") == "counter":
                return f"`{node.function}` needs the buckets of a histogram, `{one.name}_bucket`"
            continue
        if not set(functions) & _RATES and not any(name.endswith("_over_time") for name in functions):
            return f"the buckets of `{base_name(one.name)}` hold everything since the start, without a rate"
        for item in around:
            if not isinstance(item, Aggregate) or item.operator not in ("sum", "avg", "max", "min"):
                continue
            if (item.without is None and "le" not in (item.by or ())) or "le" in (item.without or ()):
                return "the aggregation drops the label `le`, so no quantile can be computed"
    return ""


def _same_series(node: Binary) -> bool:
    """``rate(x{a="b"}[5m]) / rate(x[5m])``: without an aggregation, series are paired by all their labels."""
    if node.on is not None or node.ignoring is not None or node.grouped:
        return False
    left, right = _plain_rate(node.left), _plain_rate(node.right)
    if left is None or right is None or left.name != right.name or not left.name or left.offset != right.offset:
        return False
    return set(right.matchers) < set(left.matchers)


def _plain_rate(node: Node) -> Selector | None:
    if isinstance(node, Call) and node.function in _RATES and isinstance(node.arguments[0], Range):
        inner = node.arguments[0].expression
        return inner if isinstance(inner, Selector) else None
    return None


def _only_asked_whether_it_is_there(query: Query, selector: Selector) -> bool:
    """Whether it is the right side of ``unless`` or ``and``, whose values do not matter."""
    for node, around in walk(query.tree):
        if node is not selector:
            continue
        inside = (*around, node)
        for outer, inner in itertools.pairwise(inside):
            if isinstance(outer, Binary) and outer.operator in ("unless", "and") and outer.right is inner:
                return True
    return False
