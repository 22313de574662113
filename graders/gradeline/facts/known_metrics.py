"""Metrics of scikit-learn, Fairlearn and Aequitas on tables whose cells are known.

scikit-learn documentation, "Metrics and scoring" (a rate without customers is 0 with a warning unless
``zero_division`` says otherwise); Fairlearn documentation, "API reference, fairlearn.metrics" (``MetricFrame``);
Aequitas documentation, "Group", "Bias" (``get_crosstabs``, ``get_disparity_*``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradeline.facts.gate_state import Lost, Machine, Raised
from gradeline.facts.gate_values import NONE, Const, Func, Lib, Native, Seq, Table, Value, lineage_of
from gradeline.facts.known_columns import Column
from gradeline.facts.known_frames import Frame
from gradeline.facts.known_values import (
    Held,
    Number,
    argument,
    called,
    listed,
    made,
    missing,
    native,
    plain,
    quotient,
    reduced,
    unknown,
)
from gradeline.source import Span

Named = Mapping[str, Value]
Counts = tuple[int, int, int, int]  # true positives, false positives, false negatives, true negatives


def counts(true: Sequence[Any], said: Sequence[Any], span: Span, positive: Any = 1) -> Counts:
    if len(true) != len(said):
        raise Raised(lineage_of("ValueError"), span)
    if any(missing(one) for one in (*true, *said)):
        raise Raised(lineage_of("ValueError"), span)  # Input contains NaN
    found = [0, 0, 0, 0]
    for real, told in zip(true, said, strict=True):
        hit, called_one = _same(real, positive), _same(told, positive)
        found[(0 if hit else 1) if called_one else (2 if hit else 3)] += 1
    return found[0], found[1], found[2], found[3]


def _same(one: Any, positive: Any) -> bool:
    return bool(one == positive) or str(one) == str(positive)


def share(part: float, whole: float, default: float = 0.0) -> Number:
    return Number(part / whole) if whole else Number(default)


# What each metric is of the four counts; ``sklearn`` and ``fairlearn`` agree where there is somebody to count.
_RATES: dict[str, Callable[[Counts], tuple[float, float]]] = {
    "recall_score": lambda one: (one[0], one[0] + one[2]),
    "true_positive_rate": lambda one: (one[0], one[0] + one[2]),
    "false_negative_rate": lambda one: (one[2], one[0] + one[2]),
    "false_positive_rate": lambda one: (one[1], one[1] + one[3]),
    "true_negative_rate": lambda one: (one[3], one[1] + one[3]),
    "precision_score": lambda one: (one[0], one[0] + one[1]),
    "selection_rate": lambda one: (one[0] + one[1], sum(one)),
    "accuracy_score": lambda one: (one[0] + one[3], sum(one)),
    "zero_one_loss": lambda one: (one[1] + one[2], sum(one)),
    "f1_score": lambda one: (2 * one[0], 2 * one[0] + one[1] + one[2]),
    "jaccard_score": lambda one: (one[0], one[0] + one[1] + one[2]),
}
_PARITIES: dict[str, tuple[str, ...]] = {
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    **{name: (name,) for name in _RATES},
}


def metric(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    """The answer of a function of one of the libraries; None for one that is not known here."""
    library, _, last = name.partition(".")[0], "", name.rpartition(".")[2]
    if library == "aequitas":
        return _aequitas(machine, last)
    if last == "MetricFrame":
        return measured(machine, named, given, span)
    for ending in ("_difference", "_ratio"):
        if last.endswith(ending) and last.removesuffix(ending) in _PARITIES:
            return _parity(machine, last, ending, given, named, span)
    if last == "make_derived_metric":
        raise unknown("library", last, span)
    return _score(machine, last, given, named, span)


def _score(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    if name not in _RATES and name not in ("count", "confusion_matrix", "balanced_accuracy_score", "mean_prediction",
                                           "roc_auc_score", "make_scorer"):  # fmt: skip
        return None
    true = _cells(argument(given, named, 0, "y_true"), span)
    said = _cells(argument(given, named, 1, "y_pred", named.get("y_score", NONE)), span)
    machine.worked(span, 2 * len(true))
    if name == "count":
        return made(len(true))
    if not true:
        raise Raised(lineage_of("ValueError"), span)
    if name == "mean_prediction":
        return made(reduced("mean", said, span))
    if name == "roc_auc_score":
        return made(_ranked(true, said, span))
    positive = plain(named.get("pos_label", Const(1)), span)
    found = counts(true, said, span, positive)
    if name == "confusion_matrix":
        return _matrix(found, plain(named.get("labels", NONE), span), plain(named.get("normalize", NONE), span))
    if name == "balanced_accuracy_score":
        return made(Number((share(found[0], found[0] + found[2]) + share(found[3], found[1] + found[3])) / 2))
    part, whole = _RATES[name](found)
    instead = plain(named.get("zero_division", Const(0.0)), span)
    return made(share(part, whole, float(instead) if isinstance(instead, int | float) else 0.0))


def _ranked(true: Sequence[Any], said: Sequence[Any], span: Span) -> Number:
    yes = [one for one, real in zip(said, true, strict=True) if _same(real, 1)]
    no = [one for one, real in zip(said, true, strict=True) if not _same(real, 1)]
    if not yes or not no:
        raise Raised(lineage_of("ValueError"), span)
    high = {one: yes.count(one) for one in set(yes)}
    low = {one: no.count(one) for one in set(no)}
    won = sum(many * few * (1.0 if one > other else 0.5 if one == other else 0.0)
              for one, many in high.items() for other, few in low.items())  # fmt: skip
    return Number(won / (len(yes) * len(no)))


class Matrix(Held):
    """A small array of two dimensions."""

    __slots__ = ("rows",)
    kind = "matrix"

    def __init__(self, rows: list[list[Any]]) -> None:
        self.rows = rows

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        flat = [one for row in self.rows for one in row]
        if name in ("ravel", "flatten"):
            return native(name, lambda given, named, at: Column(flat, None, None, True))
        if name == "sum":
            return native(name, lambda given, named, at: made(Number(sum(flat))))
        if name == "shape":
            return made((len(self.rows), len(self.rows[0])))
        if name == "tolist":
            return native(name, lambda given, named, at: made(self.rows))
        raise unknown("matrix", name, span)

    def items(self, machine: Machine, span: Span) -> list[Value]:
        return [Column(row, None, None, True) for row in self.rows]

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        place = plain(key, span)
        if isinstance(place, tuple) and len(place) == 2 and all(isinstance(one, int) for one in place):
            return made(self.rows[place[0]][place[1]])
        if isinstance(place, int):
            return Column(self.rows[place], None, None, True)
        raise unknown("matrix", "[…]", span)


def _matrix(found: Counts, labels: Any, normal: Any) -> Value:
    hit, false, lost, right = (Number(one) for one in found)
    rows = [[right, false], [lost, hit]]
    if labels is None and (not hit + lost or not right + false) and (not hit + false or not right + lost):
        return Matrix([[Number(sum(found))]])  # only one label is there
    if isinstance(labels, list | tuple) and list(labels) in ([1, 0], ["1", "0"]):
        rows = [[hit, lost], [false, right]]
    if normal == "true":
        rows = [[share(one, sum(row)) for one in row] for row in rows]
    return Matrix(rows)


def _cells(value: Value, span: Span) -> list[Any]:
    if isinstance(value, Column):
        return value.values
    if isinstance(value, Frame) and len(value.columns) == 1:
        return next(iter(value.columns.values()))
    found = plain(value, span)
    if isinstance(found, list | tuple):
        return list(found)
    raise Lost(span, "what is measured here cannot be seen")


# -- Fairlearn -----------------------------------------------------------------------------------


def _divided(value: Value, span: Span) -> tuple[list[Any], Any]:
    """The group of each customer, and the name of what divides them."""
    if isinstance(value, Frame):
        names = list(value.columns)
        if len(names) == 1:
            return value.columns[names[0]], names[0]
        return list(zip(*value.columns.values(), strict=True)), tuple(names)
    if isinstance(value, Table):
        cells = [_cells(one, span) for one in value.items.values()]
        if len(cells) == 1:
            return cells[0], next(iter(value.items))
        return list(zip(*cells, strict=True)), tuple(value.items)
    if isinstance(value, Column):
        return value.values, value.name
    return _cells(value, span), "sensitive_feature_0"


def _holes(groups: Sequence[Any]) -> bool:
    """Fairlearn refuses features with missing values."""
    return any(missing(part) for one in groups for part in (one if isinstance(one, tuple) else (one,)))


def _by_group(groups: Sequence[Any]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for place, label in enumerate(groups):
        parts = label if isinstance(label, tuple) else (label,)
        if not any(missing(one) for one in parts):
            found.setdefault(label, []).append(place)
    return {label: found[label] for label in sorted(found, key=str)}


def measured(machine: Machine, named: dict[str, Value], given: list[Value], span: Span) -> Value:
    metrics = argument(given, named, 0, "metrics")
    if "control_features" in named and plain(named["control_features"], span) is not None:
        raise unknown("MetricFrame", "control_features", span)
    true, said = _cells(named.get("y_true", NONE), span), _cells(named.get("y_pred", NONE), span)
    groups, label = _divided(named.get("sensitive_features", NONE), span)
    if not len(true) == len(said) == len(groups) or not true or _holes(groups):
        raise Raised(lineage_of("ValueError"), span)
    functions: dict[Any, Value] = dict(metrics.items) if isinstance(metrics, Table) else {None: metrics}
    places = _by_group(groups)
    found: dict[Any, list[Any]] = {}
    overall: dict[Any, Any] = {}
    machine.worked(span, 4 * len(true) * len(functions))
    for name, function in functions.items():
        found[name] = [_one(machine, function, [true[one] for one in rows], [said[one] for one in rows], span)
                       for rows in places.values()]  # fmt: skip
        overall[name] = _one(machine, function, true, said, span)
    return Measured(found, overall, list(places), label)


def _one(machine: Machine, function: Value, true: list[Any], said: list[Any], span: Span) -> Any:
    return plain(called(machine, function, [Column(true), Column(said)], {}, span), span)


class Measured(Held):
    """``fairlearn.metrics.MetricFrame``.  ``found``: the numbers of each metric, group by group."""

    __slots__ = ("found", "groups", "label", "overall")
    kind = "MetricFrame"

    def __init__(self, found: dict[Any, list[Any]], overall: dict[Any, Any], groups: list[Any], label: Any) -> None:
        self.found = found
        self.overall = overall
        self.groups = groups
        self.label = label

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name == "by_group":
            if None in self.found:
                return Column(self.found[None], self.groups, self.label)
            return Frame(self.found, self.groups, self.label)
        if name == "overall":
            return self._told(self.overall)
        if name in ("group_min", "group_max"):
            kind = name.removeprefix("group_")
            return native(name, lambda given, named, at: self._told(
                {metric: reduced(kind, cells, at) for metric, cells in self.found.items()}))  # fmt: skip
        if name in ("difference", "ratio"):
            return native(name, lambda given, named, at: self._apart(
                name, plain(argument(given, named, 0, "method", Const("between_groups")), at), at))  # fmt: skip
        raise unknown("MetricFrame", name, span)

    def _apart(self, kind: str, method: Any, span: Span) -> Value:
        found: dict[Any, Any] = {}
        for name, cells in self.found.items():
            low, high, whole = reduced("min", cells, span), reduced("max", cells, span), self.overall[name]
            if kind == "difference":
                apart = [high - low] if method == "between_groups" else [abs(high - whole), abs(low - whole)]
                found[name] = reduced("max", apart, span)
            elif method == "between_groups":
                found[name] = quotient(low, high)
            else:
                found[name] = reduced("min", [quotient(low, whole), quotient(whole, high)], span)
        return self._told(found)

    def _told(self, found: Mapping[Any, Any]) -> Value:
        if None in found:
            return made(found[None])
        return Column(list(found.values()), list(found))


def _parity(
    machine: Machine, name: str, ending: str, given: list[Value], named: dict[str, Value], span: Span
) -> Value:
    true = _cells(argument(given, named, 0, "y_true"), span)
    said = _cells(argument(given, named, 1, "y_pred"), span)
    groups, _ = _divided(named.get("sensitive_features", NONE), span)
    if not len(true) == len(said) == len(groups) or not true or _holes(groups):
        raise Raised(lineage_of("ValueError"), span)
    machine.worked(span, 4 * len(true))
    places = _by_group(groups)
    found: list[Any] = []
    for rate in _PARITIES[name.removesuffix(ending)]:
        cells = []
        for rows in places.values():
            part, whole = _RATES[rate](counts([true[one] for one in rows], [said[one] for one in rows], span))
            cells.append(share(part, whole))
        low, high = reduced("min", cells, span), reduced("max", cells, span)
        found.append(high - low if ending == "_difference" else quotient(low, high))
    return made(reduced("max" if ending == "_difference" else "min", found, span))


# -- Aequitas ------------------------------------------------------------------------------------

_TOLD: dict[str, Callable[[Counts, int], Any]] = {
    "tpr": lambda one, _: quotient(one[0], one[0] + one[2]), "tnr": lambda one, _: quotient(one[3], one[1] + one[3]),
    "for": lambda one, _: quotient(one[2], one[2] + one[3]), "fdr": lambda one, _: quotient(one[1], one[0] + one[1]),
    "fpr": lambda one, _: quotient(one[1], one[1] + one[3]), "fnr": lambda one, _: quotient(one[2], one[0] + one[2]),
    "npv": lambda one, _: quotient(one[3], one[2] + one[3]),
    "precision": lambda one, _: quotient(one[0], one[0] + one[1]), "pp": lambda one, _: Number(one[0] + one[1]),
    "pn": lambda one, _: Number(one[2] + one[3]), "ppr": lambda one, every: quotient(one[0] + one[1], every),
    "pprev": lambda one, _: quotient(one[0] + one[1], sum(one)), "fp": lambda one, _: Number(one[1]),
    "fn": lambda one, _: Number(one[2]), "tn": lambda one, _: Number(one[3]), "tp": lambda one, _: Number(one[0]),
    "group_label_pos": lambda one, _: Number(one[0] + one[2]),
    "group_label_neg": lambda one, _: Number(one[1] + one[3]), "group_size": lambda one, _: Number(sum(one)),
    "prev": lambda one, _: quotient(one[0] + one[2], sum(one)),
}  # fmt: skip
_RATIOS = ("tpr", "tnr", "for", "fdr", "fpr", "fnr", "npv", "precision", "ppr", "pprev")


def _aequitas(machine: Machine, name: str) -> Value | None:
    if name not in ("Group", "Bias"):
        return None
    methods = {"Group": {"get_crosstabs": _crosstabs}, "Bias": {
        "get_disparity_predefined_groups": _disparities("predefined"),
        "get_disparity_major_group": _disparities("major"), "get_disparity_min_metric": _disparities("least"),
    }}  # fmt: skip
    return Native(name, lambda given, named, at: NONE, {
        key: native(key, _bound(machine, method)) for key, method in methods[name].items()})  # fmt: skip


def _bound(machine: Machine, method: Callable[..., Value]) -> Callable[..., Value]:
    return lambda given, named, at: method(machine, given, named, at)


def _crosstabs(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
    frame = argument(given, named, 0, "df")
    if not isinstance(frame, Frame):
        raise Lost(span, "what is measured here cannot be seen")
    names = named.get("attr_cols", NONE)
    known = {"score", "label_value", "entity_id", "id", "score_threshold", "model_id"}
    wanted = listed(names, span) if not _nothing(names) else [
        name for name, cells in frame.columns.items() if name not in known and any(isinstance(c, str) for c in cells)
    ]  # fmt: skip
    true, said = frame.column("label_value", span).values, frame.column("score", span).values
    every = sum(1 for one in said if _same(one, 1))
    rows: dict[str, list[Any]] = {key: [] for key in ("attribute_name", "attribute_value", *_TOLD, "total_entities")}
    machine.worked(span, 4 * len(true) * max(1, len(wanted)))
    for name in wanted:
        for label, places in _by_group(frame.column(name, span).values).items():
            found = counts([true[one] for one in places], [said[one] for one in places], span)
            rows["attribute_name"].append(name)
            rows["attribute_value"].append(label)
            for key, function in _TOLD.items():
                rows[key].append(function(found, every))
            rows["total_entities"].append(Number(len(true)))
    return Seq([Frame(rows), made(wanted)], "tuple")


def _nothing(value: Value) -> bool:
    return isinstance(value, Const) and value.data is None


def _disparities(kind: str) -> Callable[..., Value]:
    def method(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        table = argument(given, named, 0, "df")
        if not isinstance(table, Frame):
            raise Lost(span, "what is measured here cannot be seen")
        chosen = plain(named.get("ref_groups_dict", NONE), span)
        found = dict(table.columns)
        names, values = table.columns["attribute_name"], table.columns["attribute_value"]
        for rate in _RATIOS:
            cells: list[Any] = []
            for place, name in enumerate(names):
                mine = [other for other, one in enumerate(names) if one == name]
                if kind == "predefined":
                    wanted = chosen.get(name) if isinstance(chosen, dict) else None
                    base = next((other for other in mine if values[other] == wanted), None)
                elif kind == "major":
                    base = max(mine, key=lambda other: table.columns["group_size"][other])
                else:
                    base = min(mine, key=lambda other: table.columns[rate][other])
                if base is None:
                    raise Raised(lineage_of("ValueError"), span)
                cells.append(quotient(table.columns[rate][place], table.columns[rate][base]))
            found[f"{rate}_disparity"] = cells
        return Frame(found)

    return method


__all__ = ["Func", "Lib", "metric"]
