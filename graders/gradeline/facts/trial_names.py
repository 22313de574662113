"""Attributes and methods of the values of a followed test; only those that are known may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_places import At
from gradeline.facts.trial_values import Column, Lost, worked

MAX_TEXT = 4_000
_TEXT = frozenset({
    "upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize", "swapcase", "casefold", "split", "startswith",
    "endswith", "isdigit", "isupper", "islower", "isalpha", "count", "find", "index", "removeprefix", "removesuffix",
    "partition", "rpartition", "splitlines",
})  # fmt: skip
_LISTS: Mapping[type, frozenset[str]] = {
    list: frozenset({"append", "extend", "insert", "pop", "remove", "index", "count", "sort", "reverse", "copy",
                     "clear"}),
    tuple: frozenset({"index", "count"}),
    dict: frozenset({"get", "items", "keys", "values", "update", "pop", "setdefault", "copy"}),
    set: frozenset({"add", "union", "intersection", "difference", "update", "discard", "remove", "issubset",
                    "issuperset", "copy", "isdisjoint"}),
    frozenset: frozenset({"union", "intersection", "difference", "issubset", "issuperset"}),
    float: frozenset({"is_integer"}),
}  # fmt: skip
_PRIVATE: Mapping[type, frozenset[str]] = {
    Column: frozenset({"rows", "labels"}),
    Frame: frozenset({"cells", "labels", "rows", "taken", "records", "column", "row"}),
    Grid: frozenset({"columns", "flat"}),
    At: frozenset({"of", "by_label"}),
}


def attribute(value: Any, name: str) -> Any:
    from gradeline.facts.trial_machine import Lib

    if name.startswith("_") and name not in ("__name__", "__init__", "__len__"):
        raise Lost("an inner name is asked for")
    if isinstance(value, Lib):
        return _constant(value, f"{value.name}.{name}")
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, bool | int | float):
        return _number(value, name)
    for kind, names in _LISTS.items():
        if isinstance(value, kind) and (name in names or name in getattr(value, "more", ())):
            return _bounded(value, name)
    if isinstance(value, Column):
        found = _of_column(value, name)
        if found is not _NOTHING:
            return found
    if isinstance(value, Frame) and name in value.cells and not hasattr(Frame, name):
        return value.column(name)
    own = getattr(value, "attribute", None)
    if own is not None:
        return own(name)
    module = type(value).__module__
    if not module.startswith("gradeline.facts.trial") or name in _PRIVATE.get(type(value), ()):
        raise Lost(f"{name} is not known here")
    found = getattr(value, name, _NOTHING)
    if found is _NOTHING:
        raise Lost(f"{name} is not known here")
    return found


_NOTHING = object()


def put_attribute(holder: Any, name: str, value: Any) -> None:
    if isinstance(holder, Frame):
        if name in ("columns", "index"):
            setattr(holder, name, value)
        elif name in holder.cells:
            holder[name] = value
        else:
            raise Lost("what is set here is not known")
        return
    if isinstance(holder, Column):
        if name == "index":
            holder.index = value.values if isinstance(value, Column) else list(value)
        elif name == "name":
            holder.name = value
        else:
            raise Lost("what is set here is not known")
        return
    fields = getattr(holder, "kept" if type(holder).__name__ == "Kind" else "fields", None)
    if not isinstance(fields, dict):
        raise Lost("what is set here is not known")
    fields[name] = value


def _constant(value: Any, full: str) -> Any:
    import math

    from gradeline.facts.trial_machine import Lib

    known: dict[str, Any] = {
        "math.nan": math.nan, "math.inf": math.inf, "numpy.nan": math.nan, "numpy.inf": math.inf, "math.pi": math.pi,
        "pandas.NA": math.nan, "numpy.newaxis": None, "pytest.__name__": "pytest",
    }  # fmt: skip
    return known[full] if full in known else Lib(value.machine, full)


def _text(value: str, name: str) -> Any:
    if name == "replace":

        def replaced(old: str, new: str, count: int = -1) -> str:
            if len(value) * (len(new) + 1) > 20_000:
                raise Lost("a text is too long")
            return value.replace(old, new, count)

        return replaced
    if name == "join":

        def joined(parts: Any) -> str:
            return value.join(str(one) for one in parts)[:MAX_TEXT]

        return joined
    if name in ("center", "ljust", "rjust", "zfill"):

        def padded(width: int, *fill: str) -> str:
            if width > 200:
                raise Lost("a text is too long")
            return str(getattr(value, name)(width, *fill))

        return padded
    if name in _TEXT:
        return getattr(value, name)
    if name == "value":
        return value  # of an enumeration of texts
    raise Lost(f"{name} of a text is not known")


def _number(value: Any, name: str) -> Any:
    """Methods of a number that NumPy made."""
    methods: dict[str, Callable[..., Any]] = {
        "item": lambda: value, "all": lambda: bool(value), "any": lambda: bool(value), "tolist": lambda: value,
        "mean": lambda: value, "sum": lambda: value, "max": lambda: value, "min": lambda: value,
        "round": lambda digits=0: round(value, digits), "is_integer": lambda: float(value).is_integer(),
        "astype": lambda kind: value, "ravel": lambda: Column([value]),
    }  # fmt: skip
    if name in methods:
        return methods[name]
    if name in ("real", "shape", "size", "ndim"):
        return {"real": value, "shape": (), "size": 1, "ndim": 0}[name]
    raise Lost(f"{name} of a number is not known")


def _bounded(value: Any, name: str) -> Any:
    from gradeline.facts.trial_machine import MAX_LEAVES, weighed

    if name in ("items", "keys", "values") and isinstance(value, dict):
        return lambda: list(getattr(value, name)())
    method = getattr(value, name)
    if name in ("append", "extend", "insert", "update", "setdefault", "add", "union"):

        def grown(*given: Any, **named: Any) -> Any:
            for one in given:
                weighed(one)
                worked(1)
            if len(value) + sum(len(one) for one in given if hasattr(one, "__len__")) > MAX_LEAVES:
                raise Lost("a list is too long")
            many = name in ("extend", "update", "union")
            found = method(*([list(one) if many and isinstance(one, Column) else one for one in given]), **named)
            worked(min(len(value), 50))
            return found

        return grown
    return method


def _of_column(value: Column, name: str) -> Any:
    if name == "values" or name == "array":
        return value.to_numpy()
    if name == "index":
        return value.labels()
    if name == "str":
        from gradeline.facts.trial_texts import Texts

        return Texts(value)
    if name in ("loc", "at"):
        return At(value, True)
    if name in ("iloc", "iat"):
        return At(value, False)
    known: dict[str, Any] = {
        "shape": (len(value),), "size": len(value), "empty": not value.values, "ndim": 1, "T": value,
        "is_unique": len(set(map(str, value.values))) == len(value.values),
    } if name in ("shape", "size", "empty", "ndim", "T", "is_unique") else {}  # fmt: skip
    if name in known:
        return known[name]
    if name == "is_monotonic_increasing":
        return all(one <= two for one, two in zip(value.values, value.values[1:], strict=False))
    if name == "is_monotonic_decreasing":
        return all(one >= two for one, two in zip(value.values, value.values[1:], strict=False))
    if name == "dtype":
        return "object"
    if value.index is not None and name in value.index and not hasattr(Column, name):
        return value[name]
    return _NOTHING
