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
from gradeline.facts.trial_asserts import Approx, testing
from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_machine import MAX_LEAVES, Lib, Machine, Red, Skipped, weighed
from gradeline.facts.trial_numpy import array, array_of, metric, numpy_call
from gradeline.facts.trial_pandas import concat, frame, read_csv, series
from gradeline.facts.trial_random import Assumed, Draws, strategy
from gradeline.facts.trial_things import (
    Anything,
    Case,
    Fields,
    Given,
    Made,
    MarkGiven,
    Named,
    OpenFile,
    PathText,
    StandIn,
)
from gradeline.facts.trial_values import MAX_ROWS, Column, Lost, listed, missing, worked


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
        return metric(last, given, named)
    if name.startswith(("sklearn.", "xgboost.", "lightgbm.", "catboost.")):
        return _of_sklearn(machine, name, last, given, named)
    if last in libraries.MOCKS or name.startswith("unittest.mock."):
        return StandIn()
    if name in _LOADS and given:
        from gradeline.facts.trial_tables import read_values

        return read_values(machine, given[0])
    if name.startswith(("warnings.", "logging.", "sys.path.", "os.environ.")) or name == "print":
        return Anything() if last == "getLogger" else None
    if name.startswith("math."):
        return _math(last, given)
    if name.startswith("operator.") and hasattr(operator, last):
        return _operator(machine, last, given)
    if top == "numpy":
        return numpy_call(last, given, named)
    raise Lost(f"what {name}() does is not known")


_LOADS = frozenset({"json.load", "json.loads", "yaml.safe_load", "tomllib.load", "tomllib.loads", "yaml.load",
                    "yaml.full_load"})  # fmt: skip


def _shared(machine: Machine) -> Draws:
    return machine.kept.setdefault("draws", Draws(5))  # type: ignore[no-any-return]


def _model(machine: Machine, constant: bool) -> Any:
    from gradeline.facts.trial_models import made

    return made(machine, constant)


def _of_sklearn(machine: Machine, name: str, last: str, given: Given, named: Named) -> Any:
    if last == "train_test_split":
        rows = len(given[0])
        size = named.get("train_size")
        cut = min(size, rows - 1) if isinstance(size, int) else rows - max(1, rows // 4)
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
        python: Any = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict, "tuple": tuple,
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


# -- pytest ------------------------------------------------------------------------------------


def _defaultdict(machine: Machine, given: Given, named: Named) -> Made:
    found = Made(dict(given[1]) if len(given) > 1 else {})
    found.made = given[0] if given else None
    return found


def _counter(machine: Machine, given: Given, named: Named) -> Made:
    found = Made({})
    found.made = int
    for one in machine.items(given[0]) if given else ():
        found[one] = found.get(one, 0) + 1
    return found


def _replaced(machine: Machine, given: Given, named: Named) -> Any:
    from gradeline.facts.trial_classes import Thing

    if not isinstance(given[0], Thing):
        raise Lost("what is copied is not known")
    found = Thing(given[0].kind)
    found.fields = {**given[0].fields, **named}
    return found


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

    truth, said = array_of(named["y_true"]), array_of(named["y_pred"])
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
    "os.path.dirname": lambda m, given, named: PathText(str(given[0]).rpartition("/")[0]),
    "os.path.abspath": lambda m, given, named: given[0], "os.path.realpath": lambda m, given, named: given[0],
    "os.fspath": lambda m, given, named: str(given[0]), "pathlib.Path.cwd": lambda m, given, named: PathText(""),
    "os.getcwd": lambda m, given, named: PathText(""), "os.path.exists": lambda m, given, named: True,
    "pandas.DataFrame": frame, "pandas.Series": series, "pandas.concat": concat, "pandas.read_csv": read_csv,
    "pandas.Index": lambda m, given, named: Column(list(listed(given[0]))),
    "pandas.RangeIndex": lambda m, given, named: Column(list(range(*given))),
    "pandas.DataFrame.from_records": frame, "pandas.DataFrame.from_dict": frame,
    "pandas.isna": lambda m, given, named: given[0].isna() if isinstance(given[0], Column) else missing(given[0]),
    "pandas.notna": lambda m, given, named: given[0].notna() if isinstance(given[0], Column) else not missing(given[0]),
    "numpy.array": array, "numpy.asarray": array,
    "pytest.approx": lambda m, given, named: Approx(*given, **named), "pytest.fail": _fails, "pytest.skip": _skips,
    "pytest.param": lambda m, given, named: Case(given, named.get("marks")), "pytest.xfail": _skips,
    "pytest.importorskip": lambda m, given, named: Lib(m, given[0]),
    "hypothesis.assume": _assume, "hypothesis.note": lambda m, given, named: None,
    "hypothesis.target": lambda m, given, named: None, "hypothesis.event": lambda m, given, named: None,
    "fairlearn.metrics.MetricFrame": _rows_of_fairness,
    "open": lambda m, given, named: OpenFile(str(given[0])) if isinstance(given[0], str | PathText) else OpenFile(""),
    "collections.defaultdict": _defaultdict, "collections.Counter": _counter,
    "dataclasses.replace": _replaced, "dataclasses.asdict": lambda m, given, named: dict(given[0].fields),
    "dataclasses.astuple": lambda m, given, named: tuple(given[0].fields.values()),
    "contextlib.nullcontext": lambda m, given, named: given[0] if given else None,
}  # fmt: skip


def _copied(value: Any) -> Any:
    if isinstance(value, Frame | Column):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
