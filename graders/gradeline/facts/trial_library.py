"""Functions of Python, NumPy, pandas, pytest and scikit-learn that followed tests call.

Sources: the documentation of these projects.  What is not here ends the trial.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

from gradeline.facts import tests_libraries as libraries
from gradeline.facts.trial_asserts import Approx, close, near, paired, plain, testing
from gradeline.facts.trial_frames import Frame, Grid
from gradeline.facts.trial_machine import MAX_LEAVES, Func, Lib, Machine, Red, Skipped, weighed
from gradeline.facts.trial_random import Assumed, Draws, strategy
from gradeline.facts.trial_values import MAX_ROWS, STAND_IN, Column, Lost, listed, missing, worked

Given = tuple[Any, ...]
Named = dict[str, Any]


class Fields:
    """A value with named parts."""

    __slots__ = ("fields",)

    def __init__(self, fields: Named) -> None:
        self.fields = fields

    def attribute(self, name: str) -> Any:
        if name == "_asdict":
            return lambda: dict(self.fields)
        if name not in self.fields:
            raise Lost(f"{name} of a value is not known")
        return self.fields[name]

    def __iter__(self) -> Any:
        return iter(self.fields.values())

    def __getitem__(self, key: Any) -> Any:
        return list(self.fields.values())[key]


class PathText:
    """A path."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def attribute(self, name: str) -> Any:
        if name == "parent":
            return PathText(self.text.rpartition("/")[0])
        if name == "parents":
            parts = self.text.split("/")
            return [PathText("/".join(parts[:-one])) for one in range(1, len(parts) + 1)]
        if name in ("resolve", "absolute", "expanduser", "as_posix"):
            return lambda *given: self
        if name in ("exists", "is_file"):
            return lambda: True
        if name == "joinpath":
            return lambda *given: PathText("/".join([self.text, *map(str, given)]))
        if name in ("name", "stem", "suffix"):
            last = self.text.rpartition("/")[2]
            return {"name": last, "stem": last.rpartition(".")[0], "suffix": "." + last.rpartition(".")[2]}[name]
        if name in ("mkdir", "write_text", "unlink"):
            return lambda *given, **named: None
        raise Lost(f"{name} of a path is not known")

    def __truediv__(self, other: Any) -> PathText:
        return PathText(f"{self.text}/{other.text if isinstance(other, PathText) else other}")

    def __str__(self) -> str:
        return self.text


class Made(dict[Any, Any]):
    """A mapping that makes its entries (``collections.defaultdict``)."""

    made: Callable[[], Any] | None = None


class Case:
    """``pytest.param``: the values of one case."""

    __slots__ = ("marks", "values")

    def __init__(self, values: Given, marks: Any) -> None:
        self.values = values
        self.marks = marks


class MarkGiven:
    """``pytest.mark.xfail(strict=True)``"""

    __slots__ = ("marked", "options")

    def __init__(self, marked: str, options: Named) -> None:
        self.marked = marked
        self.options = options


class Anything:
    """A tool of pytest that changes nothing that matters here: ``caplog``, ``subtests``, ``monkeypatch``."""

    def attribute(self, name: str) -> Any:
        return lambda *given, **named: Anything()

    def __iter__(self) -> Any:
        raise Lost("what a tool of pytest holds is not known")

    def __bool__(self) -> bool:
        raise Lost("what a tool of pytest holds is not known")


class StandIn:
    """A mock: whatever is asked of it, the test itself said what it answers."""

    def attribute(self, name: str) -> Any:
        return StandIn()

    def __call__(self, *given: Any, **named: Any) -> Any:
        raise Lost(STAND_IN)


def library_call(machine: Machine, name: str, given: Given, named: Named) -> Any:
    known = _KNOWN.get(name)
    if known is not None:
        return known(machine, given, named)
    top, _, last = name.rpartition(".")
    if top in ("numpy.testing", "pandas.testing", "pandas._testing"):
        return testing(machine, last, given, named)
    if top in ("hypothesis.strategies", "hypothesis.extra.pandas"):
        return strategy(last, given, named)
    if top in ("numpy.random", "random", "numpy.random.RandomState") or name == "random.random":
        if last in ("seed", "set_state"):
            return None
        if last in ("default_rng", "RandomState", "Random", "Generator"):
            return Draws(*given[:1])
        return getattr(_shared(machine), last)(*given, **named)
    if top == "str" and given and isinstance(given[0], str):
        from gradeline.facts.trial_names import attribute

        return attribute(given[0], last)(*given[1:], **named)
    if name.startswith("pytest.mark."):
        return MarkGiven(name, named)
    if name in libraries.LOADS_MODEL:
        return _model(machine, False)
    if name.startswith("sklearn.metrics."):
        return _metric(last, given, named)
    if name.startswith(("sklearn.", "xgboost.", "lightgbm.", "catboost.")):
        return _of_sklearn(machine, name, last, given, named)
    if last in libraries.MOCKS or name.startswith("unittest.mock."):
        return StandIn()
    if name.startswith(("warnings.", "logging.", "sys.path.", "os.environ.")) or name == "print":
        return Anything() if last == "getLogger" else None
    if name.startswith("math."):
        return _math(last, given)
    if name.startswith("operator.") and hasattr(operator, last):
        return _operator(machine, last, given)
    if top == "numpy":
        return _numpy(last, given, named)
    raise Lost(f"what {name}() does is not known")


def _shared(machine: Machine) -> Draws:
    return machine.kept.setdefault("draws", Draws(5))  # type: ignore[no-any-return]


def _model(machine: Machine, constant: bool) -> Any:
    from gradeline.facts.trial_models import made

    return made(machine, constant)


def _of_sklearn(machine: Machine, name: str, last: str, given: Given, named: Named) -> Any:
    if last == "train_test_split":
        rows = len(given[0])
        cut = rows - max(1, rows // 4)
        parts: list[Any] = []
        for one in given:
            many = one if isinstance(one, Frame | Column) else Column(listed(one))
            parts += [many[:cut], many[cut:]]
        return parts
    if last == "shuffle":
        return given[0].sample(frac=1.0) if len(given) == 1 else [one.sample(frac=1.0) for one in given]
    if last == "clone":
        return given[0]
    if last[:1].isupper() or last == "make_pipeline":
        return _model(machine, "Dummy" in last)
    raise Lost(f"what {name}() does is not known")


def _math(last: str, given: Given) -> Any:
    if last not in ("sqrt", "exp", "log", "floor", "ceil", "isclose", "fabs", "isnan", "isfinite", "log10", "copysign"):
        raise Lost(f"what math.{last}() does is not known")
    return getattr(math, last)(*[float(one) for one in given])


def _operator(machine: Machine, last: str, given: Given) -> Any:
    import ast

    kinds: dict[str, type[ast.AST]] = {
        "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt,
        "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq,
    }  # fmt: skip
    if last in kinds and len(given) == 2:
        return machine.binary(kinds[last], *given)
    if last in ("itemgetter", "attrgetter"):
        from gradeline.facts.trial_expressions import item
        from gradeline.facts.trial_names import attribute

        if len(given) != 1:
            raise Lost("several parts are taken at once")
        return (lambda one: item(machine, one, given[0])) if last == "itemgetter" else (
            lambda one: attribute(one, given[0]))  # fmt: skip
    raise Lost(f"what operator.{last}() does is not known")


# -- Python ------------------------------------------------------------------------------------


def _flat(many: list[Any]) -> list[Any]:
    if any(isinstance(one, list | dict) for one in many):
        raise Lost("lists are put into an order")
    return many


def _extreme(function: Callable[..., Any]) -> Callable[[Machine, Given, Named], Any]:
    def answer(machine: Machine, given: Given, named: Named) -> Any:
        many = _flat(machine.items(given[0]) if len(given) == 1 else list(given))
        if not many:
            if "default" in named:
                return named["default"]
            raise Lost("the largest of nothing is asked for")
        return function(many, key=named.get("key"))

    return answer


def _sum(machine: Machine, given: Given, named: Named) -> Any:
    many = machine.items(given[0])
    if any(isinstance(one, list | tuple | str) for one in many):
        raise Lost("lists are added")
    total: Any = given[1] if len(given) > 1 else named.get("start", 0)
    for one in many:
        total = total + one
    return total


def _range(machine: Machine, given: Given, named: Named) -> Any:
    found = range(*given)
    if len(found) > MAX_LEAVES:
        raise Lost("a list is too long")
    return list(found)


def _sorted(machine: Machine, given: Given, named: Named) -> Any:
    many = machine.items(given[0])
    if "key" not in named:
        _flat(many)
    return sorted(many, key=named.get("key"), reverse=bool(named.get("reverse", False)))


def _isinstance(machine: Machine, given: Given, named: Named) -> bool:
    from gradeline.facts.trial_classes import Kind, Thing

    kinds = given[1] if isinstance(given[1], tuple) else (given[1],)
    value = given[0]
    for kind in kinds:
        if isinstance(kind, Kind) and isinstance(value, Thing) and value.kind is kind:
            return True
        last = kind.name.rpartition(".")[2] if isinstance(kind, Lib) else ""
        python = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict, "tuple": tuple,
                  "set": set, "Number": (int, float), "Real": (int, float), "floating": float, "number": (int, float),
                  "DataFrame": Frame, "ndarray": (Column, Grid)}.get(last)  # fmt: skip
        if python is not None and isinstance(value, python):
            return True
        if last == "Series" and isinstance(value, Column) and value.index is not None:
            return True
    return False


def _number(kind: type) -> Callable[[Machine, Given, Named], Any]:
    def answer(machine: Machine, given: Given, named: Named) -> Any:
        value = given[0] if given else 0
        if isinstance(value, str) and len(value) > 40:
            raise Lost("a text is too long")
        if not isinstance(value, str | int | float | Column):
            raise Lost("what becomes a number is not known")
        if kind is int:
            return int(float(value)) if isinstance(value, Column) else int(value)
        return float(value)

    return answer


def _text(machine: Machine, given: Given, named: Named) -> str:
    value = given[0] if given else ""
    return str(value)[:4000] if isinstance(value, str | int | float | PathText | None) else "…"


def _made(kind: type) -> Callable[[Machine, Given, Named], Any]:
    def answer(machine: Machine, given: Given, named: Named) -> Any:
        if kind is dict:
            source = given[0] if given else {}
            pairs = source.items() if isinstance(source, dict) else source.to_dict().items() if isinstance(
                source, Column) else [tuple(machine.items(one)) for one in machine.items(source)]  # fmt: skip
            return {**dict(pairs), **named}
        return weighed(kind(machine.items(given[0]) if given else []))

    return answer


def _zip(machine: Machine, given: Given, named: Named) -> list[Any]:
    return list(zip(*[machine.items(one) for one in given], strict=False))


def _getattr(machine: Machine, given: Given, named: Named) -> Any:
    from gradeline.facts.trial_names import attribute

    if not isinstance(given[1], str):
        raise Lost("a name is not known")
    return attribute(given[0], given[1])


def _hasattr(machine: Machine, given: Given, named: Named) -> bool:
    from gradeline.facts.trial_names import attribute

    if not type(given[0]).__module__.startswith("gradeline.facts.trial") or not isinstance(given[1], str):
        raise Lost("what a thing has is not known")
    try:
        attribute(given[0], given[1])
    except Lost:
        return False
    return True


def _itertools(name: str) -> Callable[[Machine, Given, Named], Any]:
    def answer(machine: Machine, given: Given, named: Named) -> Any:
        if name in ("repeat", "cycle", "count"):
            raise Lost("a list without an end is used")
        lists = [machine.items(one) if not isinstance(one, int) else one for one in given]
        many: Any = getattr(itertools, name)(*lists, **named)
        found = list(itertools.islice(many, MAX_LEAVES))
        worked(min(len(found), MAX_ROWS))
        if len(found) >= MAX_LEAVES:
            raise Lost("a list is too long")
        return found

    return answer


def _chained(machine: Machine, given: Given, named: Named) -> list[Any]:
    return [one for part in machine.items(given[0]) for one in machine.items(part)]


def _partial(machine: Machine, given: Given, named: Named) -> Any:
    return lambda *more, **other: given[0](*given[1:], *more, **{**named, **other})


# -- pandas and NumPy --------------------------------------------------------------------------


def _frame(machine: Machine, given: Given, named: Named) -> Frame:
    data = given[0] if given else named.get("data", {})
    index = named.get("index")
    labels = list(listed(index)) if index is not None else None
    columns = named.get("columns", given[2] if len(given) > 2 else None)
    if isinstance(data, Frame):
        return data.copy() if columns is None else data.copy()._only(listed(columns))
    if isinstance(data, dict):
        found = Frame({}, labels)
        if labels is None:
            first = next((one for one in data.values() if isinstance(one, Column) and one.index is not None), None)
            count = max((len(one) if isinstance(one, list | tuple | Column | range) else 1 for one in data.values()),
                        default=0)  # fmt: skip
            found.labels = list(first.index) if first is not None and first.index is not None else list(range(count))
        for key, value in data.items():
            found._put(key, value.to_numpy() if isinstance(value, Column) and value.index is None else value)
        return found if columns is None else found._only(listed(columns))
    rows = machine.items(data)
    names = listed(columns) if columns is not None else None
    if rows and all(isinstance(one, dict) for one in rows):
        keys = names or list(dict.fromkeys(key for one in rows for key in one))
        return Frame({key: [one.get(key, math.nan) for one in rows] for key in keys}, labels)
    if rows and all(isinstance(one, Column) and one.index is not None for one in rows):
        keys = names or list(rows[0].index)
        return Frame({key: [one[key] for one in rows] for key in keys}, labels or [one.name for one in rows])
    if rows and all(isinstance(one, Fields) for one in rows):
        keys = names or [key for key in rows[0].fields if key != "Index"]
        return Frame({key: [one.fields.get(key) for one in rows] for key in keys}, labels)
    if names is not None:
        spread = [machine.items(one) if isinstance(one, tuple | list | Column) else [one] for one in rows]
        if any(len(one) != len(names) for one in spread):
            raise Lost("a row has another length than its names")
        return Frame({key: [one[place] for one in spread] for place, key in enumerate(names)}, labels)
    raise Lost("what becomes a table is not known")


def _series(machine: Machine, given: Given, named: Named) -> Column:
    data = given[0] if given else named.get("data", [])
    index = named.get("index", given[1] if len(given) > 1 else None)
    labels = list(listed(index)) if index is not None else None
    if isinstance(data, dict):
        return Column(list(data.values()), list(data), None, named.get("name"))
    if isinstance(data, int | float | str):
        data = [data] * (len(labels) if labels is not None else 1)
    rows = data.rows if isinstance(data, Column) else None
    own = data.index if isinstance(data, Column) and data.index is not None and labels is None else None
    values = list(listed(data))
    kept = labels if labels is not None else own if own is not None else list(range(len(values)))
    if len(kept) != len(values):
        raise Lost("a column has another length than its labels")
    return Column(values, kept, rows, named.get("name"))


def _concat(machine: Machine, given: Given, named: Named) -> Any:
    source = given[0] if given else named["objs"]
    parts = list(source.values()) if isinstance(source, dict) else machine.items(source)
    if parts and all(isinstance(one, Column) for one in parts):
        if named.get("axis") in (1, "columns"):
            return Frame({one.name if one.name is not None else place: one.values for place, one in enumerate(parts)},
                         parts[0].index)  # fmt: skip
        index = [label for one in parts for label in (one.index or range(len(one)))]
        return Column([one for part in parts for one in part.values],
                      list(range(len(index))) if named.get("ignore_index") else index)  # fmt: skip
    if not parts or not all(isinstance(one, Frame) for one in parts) or named.get("axis") in (1, "columns"):
        raise Lost("tables are put together")
    names = list(dict.fromkeys(name for one in parts for name in one.cells))
    cells = {name: [value for one in parts for value in one.cells.get(name, [math.nan] * len(one))] for name in names}
    labels = [label for one in parts for label in one.labels]
    rows = [row for one in parts for row in one.rows] if all(one.rows is not None for one in parts) else None
    return Frame(cells, list(range(len(labels))) if named.get("ignore_index") else labels, rows)


def _read(machine: Machine, given: Given, named: Named) -> Frame:
    from gradeline.facts.trial_tables import read_table

    return read_table(machine, str(given[0]) if isinstance(given[0], str | PathText) else "", named)


def _array(machine: Machine, given: Given, named: Named) -> Any:
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


def _numpy(last: str, given: Given, named: Named) -> Any:
    last = _NAMES.get(last, last)
    value = given[0] if given else named.get("a")
    if last in _WHOLE:
        if isinstance(value, int | float):
            value = Column([value])
        if isinstance(value, list | tuple):
            value = _array_of(value)
        if isinstance(value, Column) and last in ("std", "var"):
            value = value.to_numpy()
        if last == "unique" and isinstance(value, Column):
            return Column(sorted(value.unique().values))
        return getattr(value, last)(*given[1:], **named)
    if last == "percentile":
        return _array_of(value).quantile(float(given[1]) / 100)
    if last in ("abs", "absolute", "fabs"):
        return abs(_array_of(value)) if isinstance(value, list | tuple) else abs(value)
    if last in ("allclose",):
        return close(*given, **{key: one for key, one in named.items() if key in ("rtol", "atol")})
    if last == "isclose":
        rtol, atol = named.get("rtol", 1e-5), named.get("atol", 1e-8)
        found = [near(one, two, rtol, atol) for one, two in paired(given[0], given[1])]
        return Column(found) if isinstance(plain(given[0]), list) or isinstance(plain(given[1]), list) else found[0]
    if last in ("array_equal", "array_equiv"):
        return close(given[0], given[1], 0.0, 0.0)
    if last == "where" and len(given) == 3:
        truths = _array_of(given[0])
        sides = [plain(one) if isinstance(plain(one), list) else [one] * len(truths) for one in given[1:]]
        return Column([one if truth else two for truth, one, two in zip(truths, *sides, strict=True)])
    if last in ("maximum", "minimum"):
        pick = max if last == "maximum" else min
        return Column([pick(one, two) for one, two in paired(given[0], given[1])])
    if last == "clip":
        return _array_of(value).clip(*given[1:]) if not isinstance(value, int | float) else min(max(
            value, given[1]), given[2])  # fmt: skip
    if last in ("isnan", "isfinite", "sign"):
        tests: dict[str, Callable[[Any], Any]] = {
            "isnan": missing, "isfinite": lambda one: not missing(one) and abs(one) != math.inf,
            "sign": lambda one: (one > 0) - (one < 0),
        }  # fmt: skip
        return tests[last](value) if isinstance(value, int | float) else _array_of(value)._each(tests[last])
    if last in ("exp", "log", "log1p", "sqrt"):
        function: Callable[[Any], Any] = getattr(math, last)
        return function(value) if isinstance(value, int | float) else _array_of(value)._each(function)
    if last == "arange":
        span = range(*[int(one) for one in given])
        worked(len(span))
        return Column(list(span))
    if last == "linspace":
        count = int(given[2] if len(given) > 2 else named.get("num", 50))
        worked(count)
        return Column([given[0] + (given[1] - given[0]) * one / max(1, count - 1) for one in range(count)])
    if last in ("zeros", "ones", "full", "zeros_like", "ones_like", "full_like"):
        shape = value if isinstance(value, int | tuple) and not last.endswith("_like") else len(value)
        count, wide = (shape[0], shape[1]) if isinstance(shape, tuple) and len(shape) == 2 else (shape, 0)
        count = count[0] if isinstance(count, tuple) else count
        worked(count)
        fill = {"z": 0.0, "o": 1.0}.get(last[0], given[1] if len(given) > 1 else named.get("fill_value", 0.0))
        return Grid([Column([fill] * count) for _ in range(min(wide, 100))]) if wide else Column([fill] * count)
    if last in ("repeat", "tile"):
        many, count = plain(value) if isinstance(plain(value), list) else [value], int(given[1])
        worked(len(many) * max(count, 1))
        return Column(many * count if last == "tile" else [one for one in many for _ in range(count)])
    if last in ("concatenate", "hstack", "stack", "vstack", "column_stack"):
        parts = [_array_of(one) for one in listed(value)]
        if last in ("concatenate", "hstack"):
            return Column([one for part in parts for one in part.values])
        return Grid(parts) if last == "column_stack" or named.get("axis") in (1, -1) else Grid(
            [Column([part.values[place] for part in parts]) for place in range(len(parts[0]))])  # fmt: skip
    if last in ("less", "less_equal", "greater", "greater_equal", "equal", "subtract", "add", "multiply", "divide"):
        names = {"less": "__lt__", "less_equal": "__le__", "greater": "__gt__", "greater_equal": "__ge__",
                 "equal": "__eq__", "subtract": "__sub__", "add": "__add__", "multiply": "__mul__",
                 "divide": "__truediv__"}  # fmt: skip
        return getattr(_array_of(value), names[last])(given[1])
    if last in ("sort", "ravel", "squeeze", "copy"):
        found = _array_of(value)
        return found.sort_values() if last == "sort" else found
    if last in ("float64", "float32", "int64", "int32", "bool_"):
        return float(value) if last.startswith("f") else int(value)
    if last == "corrcoef":
        one, two = _array_of(given[0]), _array_of(given[1])
        dots = sum((a - one.mean()) * (b - two.mean()) for a, b in zip(one, two, strict=True))
        size = (one.to_numpy().std() * two.to_numpy().std() * len(one)) or math.nan
        return Grid([Column([1.0, dots / size]), Column([dots / size, 1.0])])
    raise Lost(f"what numpy.{last}() does is not known")


def _array_of(value: Any) -> Any:
    if isinstance(value, Column | Grid | Frame):
        return value
    found = plain(value)
    return Column(found if isinstance(found, list) else [found])


def _metric(last: str, given: Given, named: Named) -> Any:
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


# -- pytest ------------------------------------------------------------------------------------


def _fails(machine: Machine, given: Given, named: Named) -> Any:
    raise Red(machine.at, "Failed")


def _skips(machine: Machine, given: Given, named: Named) -> Any:
    raise Skipped


def _assume(machine: Machine, given: Given, named: Named) -> bool:
    if not machine.truth(given[0]):
        raise Assumed
    return True


def _rows_of_fairness(machine: Machine, given: Given, named: Named) -> Any:
    """``fairlearn.metrics.MetricFrame``"""
    from gradeline.facts.trial_groups import Groups

    truth, said = _array_of(named["y_true"]), _array_of(named["y_pred"])
    groups = Groups.formed(truth if truth.index is not None else Column(truth.values), named["sensitive_features"])
    measure = named.get("metrics", given[0] if given else None)
    if not callable(measure):
        raise Lost("several measures are taken at once")
    found = Column([measure([truth.values[one] for one in places], [said.values[one] for one in places])
                    for places in groups.places.values()], list(groups.places))  # fmt: skip
    return Fields({
        "by_group": found, "overall": measure(truth.values, said.values), "group_min": found.min,
        "group_max": found.max, "difference": lambda **options: found.max() - found.min(),
        "ratio": lambda **options: found.min() / found.max(),
    })  # fmt: skip


_KNOWN: dict[str, Callable[[Machine, Given, Named], Any]] = {
    "len": lambda m, given, named: len(given[0]),
    "abs": lambda m, given, named: abs(given[0]),
    "min": _extreme(min), "max": _extreme(max), "sum": _sum, "range": _range, "sorted": _sorted,
    "all": lambda m, given, named: all(m.truth(one) for one in m.items(given[0])),
    "any": lambda m, given, named: any(m.truth(one) for one in m.items(given[0])),
    "list": _made(list), "tuple": _made(tuple), "set": _made(set), "frozenset": _made(frozenset), "dict": _made(dict),
    "zip": _zip, "enumerate": lambda m, given, named: list(enumerate(m.items(given[0]), *given[1:], **named)),
    "map": lambda m, given, named: [given[0](*one) for one in zip(*map(m.items, given[1:]), strict=False)],
    "filter": lambda m, given, named: [one for one in m.items(given[1])
                                       if (given[0](one) if given[0] is not None else one)],
    "reversed": lambda m, given, named: list(reversed(m.items(given[0]))),
    "round": lambda m, given, named: given[0].round(*given[1:]) if isinstance(given[0], Column) else round(*given),
    "int": _number(int), "float": _number(float), "str": _text, "repr": _text,
    "bool": lambda m, given, named: m.truth(given[0]), "isinstance": _isinstance, "print": lambda m, given, named: None,
    "next": lambda m, given, named: next(iter(m.items(given[0])), *given[1:]),
    "iter": lambda m, given, named: m.items(given[0]), "getattr": _getattr, "hasattr": _hasattr,
    "callable": lambda m, given, named: callable(given[0]), "slice": lambda m, given, named: slice(*given),
    "itertools.product": _itertools("product"), "itertools.combinations": _itertools("combinations"),
    "itertools.permutations": _itertools("permutations"), "itertools.chain": _itertools("chain"),
    "itertools.pairwise": _itertools("pairwise"), "itertools.islice": _itertools("islice"),
    "itertools.accumulate": _itertools("accumulate"), "itertools.chain.from_iterable": _chained,
    "functools.partial": _partial, "copy.deepcopy": lambda m, given, named: _copied(given[0]),
    "copy.copy": lambda m, given, named: _copied(given[0]), "functools.lru_cache": lambda m, given, named: given[0],
    "collections.OrderedDict": _made(dict), "types.MappingProxyType": lambda m, given, named: given[0],
    "types.SimpleNamespace": lambda m, given, named: Fields(named),
    "typing.cast": lambda m, given, named: given[1],
    "pathlib.Path": lambda m, given, named: PathText("/".join(str(one) for one in given)),
    "os.path.join": lambda m, given, named: PathText("/".join(str(one) for one in given)),
    "pandas.DataFrame": _frame, "pandas.Series": _series, "pandas.concat": _concat, "pandas.read_csv": _read,
    "pandas.Index": lambda m, given, named: Column(list(listed(given[0]))),
    "pandas.RangeIndex": lambda m, given, named: Column(list(range(*given))),
    "pandas.DataFrame.from_records": _frame, "pandas.DataFrame.from_dict": _frame,
    "pandas.isna": lambda m, given, named: given[0].isna() if isinstance(given[0], Column) else missing(given[0]),
    "pandas.notna": lambda m, given, named: given[0].notna() if isinstance(given[0], Column) else not missing(given[0]),
    "numpy.array": _array, "numpy.asarray": _array,
    "pytest.approx": lambda m, given, named: Approx(*given, **named), "pytest.fail": _fails, "pytest.skip": _skips,
    "pytest.param": lambda m, given, named: Case(given, named.get("marks")), "pytest.xfail": _skips,
    "pytest.importorskip": lambda m, given, named: Lib(m, given[0]),
    "hypothesis.assume": _assume, "hypothesis.note": lambda m, given, named: None,
    "hypothesis.target": lambda m, given, named: None, "hypothesis.event": lambda m, given, named: None,
    "fairlearn.metrics.MetricFrame": _rows_of_fairness,
    "contextlib.nullcontext": lambda m, given, named: given[0] if given else None,
}  # fmt: skip


def _copied(value: Any) -> Any:
    if isinstance(value, Frame | Column):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
