"""Functions of NumPy and measures of scikit-learn that followed tests call (NumPy, "Routines and objects by topic";
scikit-learn, "sklearn.metrics")."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from gradeline.facts.trial_asserts import Approx, close, near, paired, plain
from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_machine import Machine
from gradeline.facts.trial_things import Given, Named
from gradeline.facts.trial_values import Column, Lost, listed, missing, worked


def array(machine: Machine, given: Given, named: Named) -> Any:
    value = given[0]
    if isinstance(value, Column):
        return value.to_numpy()
    if isinstance(value, Frame):
        return value.to_numpy()
    if isinstance(value, Grid | Approx):
        return value
    if isinstance(value, int | float | bool):
        return Column([value])
    many = machine.items(value)
    if many and all(isinstance(one, list | tuple | Column) for one in many):
        width = len(many[0])
        if any(len(one) != width for one in many):
            raise Lost("an array has rows of different lengths")
        return Grid([Column([listed(one)[place] for one in many]) for place in range(width)])
    return Column(list(many))


_WHOLE = ("mean", "sum", "min", "max", "median", "std", "var", "ptp", "all", "any", "argmax", "argmin", "argsort",
          "round", "cumsum", "diff", "quantile", "unique")  # fmt: skip
_NAMES = {"amax": "max", "amin": "min", "nanmean": "mean", "nanmax": "max", "nanmin": "min", "around": "round"}


def numpy_call(last: str, given: Given, named: Named) -> Any:
    last = _NAMES.get(last, last)
    value: Any = given[0] if given else named.get("a")
    if last == "diff" and isinstance(value, Grid):
        if named.get("axis", -1) in (1, -1):
            return Grid([two - one for one, two in pairwise(value.columns)])
        return Grid([Column([two - one for one, two in pairwise(column.values)]) for column in value.columns])
    if last in _WHOLE:
        if isinstance(value, int | float):
            value = Column([value])
        if isinstance(value, list | tuple):
            value = array_of(value)
        if isinstance(value, Column) and last in ("std", "var"):
            value = value.to_numpy()
        if last == "unique" and isinstance(value, Column):
            return Column(sorted(value.unique().values))
        return getattr(value, last)(*given[1:], **named)
    if last == "percentile":
        return array_of(value).quantile(float(given[1]) / 100)
    if last in ("abs", "absolute", "fabs"):
        return abs(array_of(value)) if isinstance(value, list | tuple) else abs(value)
    if last == "allclose":
        return close(*given, **{key: one for key, one in named.items() if key in ("rtol", "atol")})
    if last == "isclose":
        rtol, atol = named.get("rtol", 1e-5), named.get("atol", 1e-8)
        found = [near(one, two, rtol, atol) for one, two in paired(given[0], given[1])]
        return Column(found) if isinstance(plain(given[0]), list) or isinstance(plain(given[1]), list) else found[0]
    if last in ("array_equal", "array_equiv"):
        return close(given[0], given[1], 0.0, 0.0)
    if last == "where" and len(given) == 3:
        truths = array_of(given[0])
        sides = [plain(one) if isinstance(plain(one), list) else [one] * len(truths) for one in given[1:]]
        return Column([one if truth else two for truth, one, two in zip(truths, *sides, strict=True)])
    if last in ("maximum", "minimum"):
        pick = max if last == "maximum" else min
        return Column([pick(one, two) for one, two in paired(given[0], given[1])])
    if last == "clip":
        return array_of(value).clip(*given[1:]) if not isinstance(value, int | float) else min(max(
            value, given[1]), given[2])  # fmt: skip
    if last in ("isnan", "isfinite", "sign"):
        tests: dict[str, Callable[[Any], Any]] = {
            "isnan": missing, "isfinite": lambda one: not missing(one) and abs(one) != math.inf,
            "sign": lambda one: (one > 0) - (one < 0),
        }  # fmt: skip
        return tests[last](value) if isinstance(value, int | float) else array_of(value)._each(tests[last])
    if last in ("exp", "log", "log1p", "sqrt"):
        function: Callable[[Any], Any] = getattr(math, last)
        return function(value) if isinstance(value, int | float) else array_of(value)._each(function)
    if last == "arange":
        span = range(*[int(one) for one in given])
        worked(len(span))
        return Column(list(span))
    if last == "linspace":
        count = int(given[2] if len(given) > 2 else named.get("num", 50))
        worked(count)
        return Column([given[0] + (given[1] - given[0]) * one / max(1, count - 1) for one in range(count)])
    if last in ("zeros", "ones", "full", "zeros_like", "ones_like", "full_like"):
        shape: Any = value if isinstance(value, tuple) else (value if isinstance(value, int) else len(value),)
        count, wide = int(shape[0]), int(shape[1]) if len(shape) > 1 else 0
        worked(count)
        fill = {"z": 0.0, "o": 1.0}.get(last[0], given[1] if len(given) > 1 else named.get("fill_value", 0.0))
        return Grid([Column([fill] * count) for _ in range(min(wide, 100))]) if wide else Column([fill] * count)
    if last in ("repeat", "tile"):
        many, count = plain(value) if isinstance(plain(value), list) else [value], int(given[1])
        worked(len(many) * max(count, 1))
        return Column(many * count if last == "tile" else [one for one in many for _ in range(count)])
    if last in ("concatenate", "hstack", "stack", "vstack", "column_stack"):
        parts = [array_of(one) for one in listed(value)]
        if last in ("concatenate", "hstack"):
            return Column([one for part in parts for one in part.values])
        return Grid(parts) if last == "column_stack" or named.get("axis") in (1, -1) else Grid(
            [Column([part.values[place] for part in parts]) for place in range(len(parts[0]))])  # fmt: skip
    if last in ("less", "less_equal", "greater", "greater_equal", "equal", "subtract", "add", "multiply", "divide"):
        names = {"less": "__lt__", "less_equal": "__le__", "greater": "__gt__", "greater_equal": "__ge__",
                 "equal": "__eq__", "subtract": "__sub__", "add": "__add__", "multiply": "__mul__",
                 "divide": "__truediv__"}  # fmt: skip
        return getattr(array_of(value), names[last])(given[1])
    if last in ("sort", "ravel", "squeeze", "copy"):
        found = array_of(value)
        return found.sort_values() if last == "sort" else found
    if last in ("float64", "float32", "int64", "int32", "bool_"):
        return float(value) if last.startswith("f") else int(value)
    if last == "corrcoef":
        one, two = array_of(given[0]), array_of(given[1])
        dots = sum((a - one.mean()) * (b - two.mean()) for a, b in zip(one, two, strict=True))
        size = (one.to_numpy().std() * two.to_numpy().std() * len(one)) or math.nan
        return Grid([Column([1.0, dots / size]), Column([dots / size, 1.0])])
    raise Lost(f"what numpy.{last}() does is not known")


def array_of(value: Any) -> Any:
    if isinstance(value, Column | Grid | Frame):
        return value
    found = plain(value)
    return Column(found if isinstance(found, list) else [found])


def metric(last: str, given: Given, named: Named) -> Any:
    words = [*given, *[named[one] for one in ("y_true", "y_score", "y_pred", "y_prob", "y_proba") if one in named]]
    truth, said = plain(words[0]), plain(words[1])
    pairs = list(zip(truth, said, strict=True))
    ups, downs = [two for one, two in pairs if one == 1], [two for one, two in pairs if one != 1]
    if last == "roc_auc_score":
        if not ups or not downs:
            raise Lost("a quality is asked of one class only")
        worked(len(ups) * len(downs) // 8)
        return sum((one > two) + 0.5 * (one == two) for one in ups for two in downs) / (len(ups) * len(downs))
    if last == "recall_score":
        return sum(1 for one in ups if one == 1) / len(ups) if ups else 0.0
    if last == "precision_score":
        hits = [one for one, two in pairs if two == 1]
        return sum(1 for one in hits if one == 1) / len(hits) if hits else 0.0
    if last == "accuracy_score":
        return sum(one == two for one, two in pairs) / max(1, len(pairs))
    if last == "brier_score_loss":
        return sum((one - two) ** 2 for one, two in pairs) / max(1, len(pairs))
    raise Lost(f"what {last}() measures is not known")
