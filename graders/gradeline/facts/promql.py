"""What a PromQL expression asks for: series, windows, functions, comparisons; and whether an alert on it can fire.

``parse`` is the door for everybody: it raises :class:`PromQLError` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from gradeline.facts.promql_values import base_name, outcome
from gradeline.records import record
from gradeline.syntax.promql import PromQLError, Query, parse
from gradeline.syntax.promql_nodes import Aggregate, Binary, Call, Node, Number, Range, Selector, walk

__all__ = [
    "Comparison",
    "PromQLError",
    "Query",
    "Series",
    "base_name",
    "comparisons",
    "constant",
    "fires_without_data",
    "functions",
    "metric_names",
    "parse",
    "series",
    "truth",
    "value_range",
]

Kind = Literal["counter", "gauge", "histogram", "summary", "info", "unknown"]
KindOf = Callable[[str], Kind]
"""What sort of metric a name is; ``unknown`` when nobody can tell."""

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_PLAIN_NAMES = re.compile(r"\(?(?:\?:)?([A-Za-z_:][\w:]*(?:\|[A-Za-z_:][\w:]*)*)\)?")


@record
class Series:
    """One selector of the expression.  ``names`` are the metrics it may select, empty when that is open.

    ``window`` is the seconds of the range right around it, 0.0 for an instant, None for a variable.
    ``functions`` are the functions and aggregations around it, outermost first; ``absent`` when one of them asks
    whether the series is there at all.
    """

    selector: Selector
    names: tuple[str, ...]
    window: float | None
    functions: tuple[str, ...]

    @property
    def absent(self) -> bool:
        return any(name in ("absent", "absent_over_time") for name in self.functions)

    @property
    def ranged(self) -> bool:
        return self.window is None or self.window > 0


@record
class Comparison:
    """``expression operator bound``; a number on the left side is turned to the right.

    ``bound`` is None when both sides are measured (then ``other`` is the right side) or it is a variable.
    """

    expression: Node
    operator: str
    bound: float | None
    other: Node | None = None
    bool: bool = False


def series(query: Query) -> tuple[Series, ...]:
    """Every selector, in the order of the text."""
    found: list[Series] = []
    for node, around in walk(query.tree):
        if not isinstance(node, Selector):
            continue
        window: float | None = 0.0
        if around and isinstance(around[-1], Range) and not around[-1].subquery:
            window = around[-1].seconds
        names = tuple(
            one.function if isinstance(one, Call) else one.operator
            for one in around
            if isinstance(one, (Call, Aggregate))
        )
        found.append(Series(node, _names(node), window, names))
    return tuple(found)


def _names(selector: Selector) -> tuple[str, ...]:
    if selector.name:
        return (selector.name,)
    wanted = selector.matcher("__name__")
    if wanted is not None and wanted.operator == "=~" and wanted.known:
        match = _PLAIN_NAMES.fullmatch(wanted.value)
        return tuple(match.group(1).split("|")) if match else ()
    return ()


def metric_names(query: Query) -> tuple[str, ...]:
    """The names of all metrics the expression asks for, each once, in the order of the text.

    They are as written: ``x_bucket`` for a histogram ``x`` (see :func:`base_name`).
    """
    return tuple(dict.fromkeys(name for one in series(query) for name in one.names))


def functions(query: Query) -> tuple[str, ...]:
    """Functions and aggregations, each once, outermost first."""
    return tuple(
        dict.fromkeys(
            node.function if isinstance(node, Call) else node.operator
            for node, _ in walk(query.tree)
            if isinstance(node, (Call, Aggregate))
        )
    )


def number(node: Node) -> float | None:
    """The value of a number, also of a negative or computed one (``5 * 60``); None for anything else."""
    if any(isinstance(one, (Selector, Call, Aggregate)) for one, _ in walk(node)):
        return None
    found = outcome(node)
    return found.low if found.low == found.high else None


def comparisons(query: Query) -> tuple[Comparison, ...]:
    """Every comparison, outermost first."""
    found: list[Comparison] = []
    for node, _ in walk(query.tree):
        if not isinstance(node, Binary) or node.operator not in _FLIPPED:
            continue
        bound, first = number(node.right), number(node.left)
        if first is not None and bound is None:
            found.append(Comparison(node.right, _FLIPPED[node.operator], first, None, node.bool))
            continue
        other = None if bound is not None or isinstance(node.right, Number) else node.right
        found.append(Comparison(node.left, node.operator, bound, other, node.bool))
    return tuple(found)


def truth(query: Query, kind_of: KindOf | None = None) -> Literal["always", "never", "sometimes"]:
    """Whether the expression gives a result, which is when an alert on it fires.

    ``always``: whenever its series are there, whatever their values (``vector(1)``, ``x_total >= 0``, ``x > bool 5``);
    ``never``: no values of the series give a result (``vector(0) > 1``, an error ratio ``> 5``);
    ``sometimes``: that depends on the values, or on whether a series is there (``absent``), or cannot be told.
    ``kind_of`` sharpens what is known of a metric beyond its name's suffix.
    """
    found = outcome(query.tree, kind_of)
    if not found.possible:
        return "never"
    if found.filters:
        return "sometimes"
    return "sometimes" if _is_about_alerts(query) else "always"


def _is_about_alerts(query: Query) -> bool:
    """``ALERTS`` has a series only while an alert is active, so the series itself is the news."""
    names = metric_names(query)
    return bool(names) and all(name in ("ALERTS", "ALERTS_FOR_STATE") for name in names)


def fires_without_data(query: Query) -> bool:
    """Whether there is a result when none of the series exist: ``absent(x)``, ``(count(x) or vector(0)) == 0``."""
    if not any(isinstance(node, Selector) for node, _ in walk(query.tree)):
        return False
    return truth(query) == "sometimes" and outcome(query.tree, present=False).possible


def constant(query: Query) -> bool:
    """Whether the result is the same whatever is measured: ``vector(1)``, ``1 > bool 0``, ``up * 0 + 1``."""
    if not any(isinstance(node, Selector) for node, _ in walk(query.tree)):
        return not any(isinstance(node, Call) and node.function in _CLOCKS for node, _ in walk(query.tree))
    found = outcome(query.tree)
    return found.low == found.high and not found.filters and not found.missing


_CLOCKS = frozenset({"time", "hour", "minute", "month", "year", "day_of_week", "day_of_month", "day_of_year"})


def value_range(query: Query, kind_of: KindOf | None = None) -> tuple[float, float]:
    """The lowest and highest value the result may have, as far as the text tells (else infinite)."""
    found = outcome(query.tree, kind_of)
    return (found.low, found.high)
