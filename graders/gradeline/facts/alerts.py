"""The alerts of a submission with their expressions understood, and what each of them watches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from gradeline.facts.exported_metrics import Metrics
from gradeline.facts.promql import (
    PromQLError,
    Query,
    base_name,
    comparisons,
    fires_without_data,
    metric_names,
    parse,
    series,
    truth,
)
from gradeline.facts.promql_values import World, outcome
from gradeline.model.monitoring import Monitoring, Rule
from gradeline.records import record, replace
from gradeline.syntax.promql_nodes import Aggregate, Binary, Call, Negative, Node, Range, Selector, walk

Shape = Literal["share", "quantile", "level", "age", "absent", "any"]
MAX_ROUNDS = 5
MAX_DEPTH = 150
MAX_NODES = 3_000
NOW = 1.8e9  # seconds since 1970; any moment would do
YEAR = 365 * 86_400.0
CALM = 300.0  # seconds over which an expression itself looks back, so that one sample does not call


@record
class Alert:
    """``query`` is None when the expression is broken; ``whole`` has recorded series replaced by what they record.
    ``problem`` says why nothing can be said, ``certain`` whether that is the learner's mistake."""

    rule: Rule
    query: Query | None
    whole: Query | None
    problem: str = ""
    certain: bool = True


def recorded_queries(monitoring: Monitoring) -> Mapping[str, Query]:
    """What each recorded series is computed from; broken ones are left out."""
    recorded: dict[str, Query] = {}
    for rule in monitoring.rules:
        if rule.kind == "record":
            try:
                recorded[rule.name] = parse(rule.expression.raw)
            except PromQLError:
                continue
    return recorded


def alerts_of(monitoring: Monitoring) -> tuple[Alert, ...]:
    recorded = recorded_queries(monitoring)
    found = []
    for rule in monitoring.alerts:
        try:
            query = parse(rule.expression.raw)
        except PromQLError as error:
            found.append(Alert(rule, None, None, str(error), error.certain))
            continue
        found.append(Alert(rule, query, written_out(query, recorded)))
    return tuple(found)


def written_out(query: Query, recorded: Mapping[str, Query]) -> Query:
    """The expression with recorded series written out, as far as it stays of a size that can be judged."""
    tree = query.tree
    for _ in range(MAX_ROUNDS):
        nodes = walk(tree)
        inside = [recorded[node.name] for node, _ in nodes if isinstance(node, Selector) and node.name in recorded]
        if not inside or len(nodes) + sum(len(walk(one.tree)) for one in inside) > MAX_NODES:
            break
        larger = _replaced(tree, recorded)
        if max(len(around) for _, around in walk(larger)) > MAX_DEPTH:
            break
        tree = larger
    return replace(query, tree=tree)


def _replaced(node: Node, recorded: Mapping[str, Query]) -> Node:
    if isinstance(node, Selector):
        return recorded[node.name].tree if node.name in recorded else node
    if isinstance(node, (Range, Negative)):
        return replace(node, expression=_replaced(node.expression, recorded))
    if isinstance(node, Call):
        return replace(node, arguments=tuple(_replaced(one, recorded) for one in node.arguments))
    if isinstance(node, Aggregate):
        return replace(node, expression=_replaced(node.expression, recorded))
    if isinstance(node, Binary):
        return replace(node, left=_replaced(node.left, recorded), right=_replaced(node.right, recorded))
    return node


def about(query: Query, metrics: Iterable[str]) -> bool:
    """Whether the expression asks for one of the metrics; a name stands for all that its type makes of it."""
    wanted = {base_name(name) for name in metrics}
    return any(base_name(name) in wanted for name in metric_names(query))


def worlds_of(
    shape: Shape,
    metrics: Iterable[str],
    within: tuple[float, float] | None,
    well: Mapping[str, tuple[float, float]],
    ill: Mapping[str, tuple[float, float]],
) -> tuple[World, World]:
    """A moment when all is well with a signal, and one when it is bad.

    ``well`` and ``ill`` are values of metrics then.  A time is well when it was just now, and bad when it was a year
    ago or more (Prometheus documentation, "Metric and label naming": ``_timestamp_seconds``); a quantile is so below
    and above the bounds that make sense.
    """
    times = [name for name in metrics if name.endswith("_timestamp_seconds")]
    fresh = dict.fromkeys(times, (NOW - 60, NOW))
    stale = dict.fromkeys(times, (0.0, NOW - YEAR))
    low: dict[str, tuple[float, float]] = {}
    high: dict[str, tuple[float, float]] = {}
    if shape == "quantile" and within is not None:
        low = {base_name(name): (0.0, within[0]) for name in metrics}
        high = {base_name(name): (within[1], math.inf) for name in metrics}
    return World({**fresh, **well}, low, NOW), World({**stale, **ill}, high, NOW)


def watches(
    alert: Alert,
    shape: Shape,
    metrics: tuple[str, ...],
    within: tuple[float, float] | None,
    worlds: tuple[World, World],
) -> str:
    """Empty when the alert watches the metrics in this way, otherwise what is missing.

    ``worlds``: a moment when all is well, and one when it is not.
    """
    query = alert.whole
    if query is None:
        return alert.problem
    if metrics and not about(query, metrics):
        return "asks for something else"
    if shape == "absent":
        return "" if fires_without_data(query) else "is silent when the series is gone"
    answer = truth(query)
    if answer != "sometimes":
        return f"{answer} fires"
    found = comparisons(query)
    if not found and not fires_without_data(query):
        return "compares nothing"
    if shape == "share" and not any(isinstance(node, Binary) and node.operator == "/" for node, _ in walk(query.tree)):
        return "does not compare a share"
    if shape == "quantile" and not _is_quantile(query):
        return "looks at no quantile"
    if shape == "age" and not _is_age(query):
        return "does not compare an age"
    if within is not None and not _bounded(query, shape, within):
        return "has a bound that no real trouble reaches, or that each day reaches"
    calm, bad = (outcome(query.tree, world=world) for world in worlds)
    if calm.possible and not calm.filters:
        return "fires when all is well"
    return "" if bad.possible else "stays silent when it is bad"


def _is_quantile(query: Query) -> bool:
    """A quantile, or the share of requests that are fast enough."""
    for node, _ in walk(query.tree):
        if isinstance(node, Call) and node.function in (
            "histogram_quantile",
            "histogram_fraction",
            "quantile_over_time",
        ):
            return True
        if isinstance(node, Aggregate) and node.operator == "quantile":
            return True
    return any(
        one.selector.matcher("quantile") is not None
        or (one.selector.matcher("le") is not None and any(name.endswith("_bucket") for name in one.names))
        for one in series(query)
    )


def _is_age(query: Query) -> bool:
    """The time since something, a metric that is an age itself, or that nothing changed for some time."""
    for node, _ in walk(query.tree):
        if isinstance(node, Call) and node.function in ("time", "timestamp", "changes", "increase", "delta", "resets"):
            return True
    return any(
        "age" in name.split("_") or "lag" in name.split("_") or "staleness" in name.split("_")
        for name in metric_names(query)
    )


def _bounded(query: Query, shape: Shape, within: tuple[float, float]) -> bool:
    low, high = within
    for one in comparisons(query):
        if one.bound is None:
            return True  # compared with something that is measured, too
        bound = one.bound / 100 if shape == "share" and one.bound > 1 else one.bound  # in per cent
        if shape == "share" and one.operator in ("<", "<="):
            bound = 1 - bound
        if low <= bound <= high:
            return True
    return shape in ("quantile", "age") and any(one.operator in ("<", "<=", "==") for one in comparisons(query))


def unknown_metrics(alert: Alert, metrics: Metrics) -> tuple[str, str]:
    """A metric of the alert that nobody exports, and one of which that cannot be told; empty without one."""
    missing = unseen = ""
    for name in metric_names(alert.whole) if alert.whole is not None else ():
        answer = metrics.exported(name)
        if answer == "no":
            missing = missing or name
        elif answer == "unknown":
            unseen = unseen or name
    return missing, unseen


def calm(alert: Alert, wait: float) -> bool:
    """Whether it takes more than one sample: by a time to hold or to go on, or because the expression looks back."""
    rule, query = alert.rule, alert.query
    if any(held is not None and held.seconds is not None and held.seconds >= wait for held in (rule.wait, rule.keep)):
        return True
    if query is None:
        return False
    asked = series(query)
    if asked and all(one.window is None or one.window >= CALM for one in asked):
        return True
    # The time since something: it grows by itself, one sample more or less changes nothing.
    clocks = any(isinstance(node, Call) and node.function == "time" for node, _ in walk(query.tree))
    return clocks and any((one.bound or 0) >= CALM for one in comparisons(query))
