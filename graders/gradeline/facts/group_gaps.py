"""Numbers that a gate measures for each group of customers, and how far they may be apart.

Documentation: Fairlearn, ``MetricFrame`` (``difference``, ``ratio``, ``group_min``, ``sensitive_features``) and the
``*_difference`` and ``*_ratio`` metrics; pandas, ``groupby``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.gate_numbers import turning
from gradeline.facts.gate_runs import Decision, Gate
from gradeline.facts.gate_values import Const, Data, Lib, Seq, Table, Value, ancestry, labels_of
from gradeline.records import record
from gradeline.source import Span

Form = Literal["gap", "ratio", "each"]

COUNTS = frozenset({"len", "size", "count", "shape", "nunique", "value_counts", "counts", "n"})
_MOST_REFERENCES = 24  # numbers of other groups that are tried
_GROUPS = frozenset({"groupby", "group_by", "pivot_table", "crosstab"})
_NO_STATISTIC = frozenset({"max", "min", "difference", "ratio", "groupby", "unique", "group_min", "group_max", "abs",
                           "sort_index", "apply", "agg", "to_dict", "items()", "by_group"})  # fmt: skip


@record
class GroupDecision:
    """A comparison of what was measured for groups.  ``columns`` make the groups; ``size`` is the bound: the largest
    ``gap`` or smallest ``ratio`` between groups, or what ``each`` group has to reach."""

    decision: Decision
    columns: frozenset[str]
    form: Form
    size: float | None
    statistics: frozenset[str]

    @property
    def span(self) -> Span:
        return self.decision.span


def grouped(gate: Gate) -> Iterator[GroupDecision]:
    """The comparisons of a gate that look at groups."""
    for one in gate.decisions:
        values = (one.compared.left, one.compared.right)
        columns = columns_of(*values)
        if columns and not is_count(one.leaf):
            form, size = _form(gate, one)
            yield GroupDecision(one, columns, form, size, statistics_of(*values))


def sizes(gate: Gate) -> Iterator[Decision]:
    """The comparisons of a gate with the number of customers in a group."""
    for one in gate.decisions:
        if columns_of(one.compared.left, one.compared.right) and is_count(one.leaf):
            yield one


def is_count(leaf: Data) -> bool:
    parts = [part.partition("(")[0] for part in leaf.key[-3:]]
    return leaf.call.rpartition(".")[2] in COUNTS or bool(parts and parts[-1] in COUNTS) or "value_counts" in parts or (
        "size" in parts or parts[-2:] == ["shape", "0"]
    )  # fmt: skip


def columns_of(*values: Value) -> frozenset[str]:
    """The columns by which the rows behind some values were divided into groups."""
    found: set[str] = set()
    for one in ancestry(*values):
        if not isinstance(one, Data):
            continue
        method = one.key[-1].partition("(")[0] if one.key else ""
        if method in _GROUPS or one.call.rpartition(".")[2] in _GROUPS:
            chosen = one.given[:1] or tuple(one.named[key] for key in ("by", "index") if key in one.named)
            for value in chosen:
                found |= _names(value)
        if "sensitive_features" in one.named:
            found |= _names(one.named["sensitive_features"])
        if one.call == "compared" and one.key and one.key[-1].startswith("== "):
            for side in one.given:
                if isinstance(side, Data) and side.call == "table":
                    found |= _names(side)
        if method == "query" and one.given:
            found |= _asked(one.given[0])
    return frozenset(found)


def _names(value: Value) -> set[str]:
    """The columns that a value names, or that it is."""
    if isinstance(value, Const):
        return {str(value.data)} if isinstance(value.data, str) else set()
    if isinstance(value, Seq):
        return {name for one in value.items for name in _names(one)}
    if isinstance(value, Table):
        return {str(key) for key in value.items} | {name for one in value.items.values() for name in _names(one)}
    if isinstance(value, Data):
        if value.given and isinstance(value.given[0], Seq):
            return _names(value.given[0])
        last = value.key[-1] if value.key else ""
        if "(" in last and value.source is not None:  # .astype(str), .fillna("none")
            return _names(value.source.source) if value.source.source is not None else set()
        return {last} if last.isidentifier() or "-" in last else set()
    return set()


def _asked(value: Value) -> set[str]:
    """The columns in front of ``==`` in the text of a query."""
    text = str(value.data) if isinstance(value, Const) else (value.key[-1] if isinstance(value, Data) else "")
    parts = text[:400].split("==")
    return {words[-1].strip("`") for part in parts[:-1] if (words := part.split())}


def statistics_of(*values: Value) -> frozenset[str]:
    """What is measured, by the names of functions and entries."""
    found: set[str] = set()
    for one in ancestry(*values):
        if isinstance(one, Data):
            last = one.call.rpartition(".")[2]
            if one.call.startswith(("sklearn.metrics.", "fairlearn.metrics.")) and last != "MetricFrame":
                found.add(last)
            found |= one.labels
            if one.key and one.key[-1].isidentifier() and one.call != "table":
                found.add(one.key[-1])
        elif isinstance(one, Lib) and one.name.startswith(("sklearn.metrics.", "fairlearn.metrics.")):
            found.add(one.name.rpartition(".")[2])
    return frozenset(name.lower() for name in found | labels_of(*values) if name not in _NO_STATISTIC)


def _form(gate: Gate, one: Decision) -> tuple[Form, float | None]:
    last = one.leaf.call.rpartition(".")[2] or (one.leaf.key[-1] if one.leaf.key else "")
    names = {last, *(part.partition("(")[0] for part in one.leaf.key[-3:])}
    if any(name == "difference" or name.endswith("_difference") for name in names):
        return "gap", one.bound
    if any(name == "ratio" or name.endswith("_ratio") for name in names):
        return "ratio", one.bound
    faces = gate.good[0] if gate.good is not None else {}
    for other in one.references[:_MOST_REFERENCES]:
        roots = [turning(one.compared.left, one.compared.right, one.leaf, {**faces, one.leaf.key: at, other.key: at})
                 for at in (0.5, 0.8)]  # fmt: skip
        if roots[0] is None or roots[1] is None:
            continue
        apart = (abs(roots[0] - 0.5), abs(roots[1] - 0.8))
        shares = (_share(roots[0], 0.5), _share(roots[1], 0.8))
        if abs(apart[0] - apart[1]) < 1e-6:
            return "gap", apart[0]
        if abs(shares[0] - shares[1]) < 1e-6:
            return "ratio", shares[0]
    return "each", one.bound


def _share(first: float, second: float) -> float:
    low, high = sorted((abs(first), abs(second)))
    return low / high if high else 0.0
