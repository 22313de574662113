"""The functions of jq that decide over results and numbers, and what filters share.

Facts: jq manual, "Builtin operators and functions".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from gradeline.facts import patterns
from gradeline.facts.shell_state import HIDDEN

_MOST = 64  # outputs of one part
_LARGEST = 50_000  # characters of a text, items of a list

Filter = Callable[[Any], list[Any]]


class Unclear(Exception):
    """A filter, or a value in it, that is not understood."""


class Stopped(Exception):
    """A filter that ends jq by itself, by ``error`` or ``halt_error``, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def written(value: Any) -> str:
    """A value as jq prints it in compact form."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e17:
        value = int(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else written(value)


def true(value: Any) -> bool:
    return value is not None and value is not False


def items_of(value: Any) -> list[Any]:
    """``.[]``: the values of a list or an object."""
    if not isinstance(value, list | dict):
        raise Unclear("nothing to go through")
    return capped(list(value.values()) if isinstance(value, dict) else list(value))


def capped(found: list[Any]) -> list[Any]:
    if len(found) > _MOST:
        raise Unclear("too many values")
    return found


def short(value: Any) -> Any:
    """The value; ``Unclear`` for a text or list that no pipeline needs, as each step of a filter may double it."""
    if isinstance(value, str | list) and len(value) > _LARGEST:
        raise Unclear("too long")
    return value


def times(left: Any, right: Any) -> Any:
    """A product of numbers; jq repeats a text with ``*``, which no pipeline needs."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise Unclear("no numbers")
    return left * right


def clear(value: Any) -> Any:
    """The value; ``Unclear`` when a part of it is not known."""
    if (isinstance(value, str) and HIDDEN in value) or (isinstance(value, list | dict) and HIDDEN in written(value)):
        raise Unclear("a value that is not known")
    return value


def _every(generator: Filter, condition: Filter) -> Filter:
    return lambda value: [all(true(said) for one in generator(value) for said in condition(one))]


def _some(generator: Filter, condition: Filter) -> Filter:
    return lambda value: [any(true(said) for one in generator(value) for said in condition(one))]


def _itself(value: Any) -> list[Any]:
    return [value]


def _select(condition: Filter) -> Filter:
    return lambda value: [value for said in condition(value) if true(said)]


def _map(inner: Filter) -> Filter:
    return lambda value: [capped([made for one in items_of(value) for made in inner(one)])]


def _map_values(inner: Filter) -> Filter:
    def mapped(value: Any) -> list[Any]:
        if not isinstance(value, dict):
            return _map(lambda one: inner(one)[:1])(value)
        made = {key: inner(one)[:1] for key, one in value.items()}
        return [{key: outputs[0] for key, outputs in made.items() if outputs}]

    return mapped


def _entries(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise Unclear("no object")
    return [[{"key": key, "value": one} for key, one in value.items()]]


def _from_entries(value: Any) -> list[Any]:
    return [{one["key"]: one.get("value") for one in items_of(value)}]


def _with_entries(inner: Filter) -> Filter:
    return lambda value: [made for one in _entries(value) for all_ in _map(inner)(one) for made in _from_entries(all_)]


def _of_each(function: Callable[[Any, Any], Any]) -> Callable[[Filter], Filter]:
    """A function of the input and of each output of its filter."""
    return lambda inner: lambda value: [function(clear(value), clear(one)) for one in inner(value)]


def _within(value: Any, whole: Any) -> bool:
    """``$whole | contains($value)``: jq manual, contains."""
    if isinstance(value, str) and isinstance(whole, str):
        return value in whole
    if isinstance(value, list) and isinstance(whole, list):
        return all(any(_within(one, other) for other in whole) for one in value)
    if isinstance(value, dict) and isinstance(whole, dict):
        return all(key in whole and _within(one, whole[key]) for key, one in value.items())
    if type(value) is not type(whole):
        raise Unclear("values of two kinds")
    return bool(value == whole)


def _has(value: Any, key: Any) -> bool:
    return key in value if isinstance(value, dict) else 0 <= key < len(value)


def _test(value: Any, pattern: Any) -> bool:
    found = patterns.search(pattern, value)
    if found is None:
        raise Unclear("a pattern that is not understood")
    return found


def _position(value: Any, part: Any) -> Any:
    if isinstance(value, list) and not isinstance(part, list):
        return value.index(part) if part in value else None
    if isinstance(value, str) and isinstance(part, str):
        return value.find(part) if part in value else None
    raise Unclear("values of two kinds")


def _in(options: Filter) -> Filter:
    return lambda value: [any(clear(one) == clear(value) for one in options(value))]


def _in_of(source: Filter, options: Filter) -> Filter:
    return lambda value: [any(clear(a) == clear(b) for a in source(value) for b in options(value))]


def _unique(value: Any) -> list[Any]:
    found = {written(clear(one)): one for one in items_of(value)}
    if not all(isinstance(one, str) for one in found.values()):
        raise Unclear("an order of other values than texts")
    return [[found[key] for key in sorted(found)]]


def _sum(value: Any) -> list[Any]:
    items = items_of(value)
    total = items[0] if items else None
    for one in items[1:]:
        total = short(total + one)
    return [total]


def _keys(value: Any) -> list[Any]:
    return [sorted(value) if isinstance(value, dict) else list(range(len(value)))]


def _stops(status: int) -> Filter:
    def stopped(value: Any) -> list[Any]:
        raise Stopped(status)

    return stopped


def _stops_with(code: Filter) -> Filter:
    def stopped(value: Any) -> list[Any]:
        raise Stopped(int(code(value)[0]))

    return stopped


WITH_FILTERS: dict[str, dict[int, Callable[..., Filter]]] = {
    "all": {0: lambda: _every(items_of, _itself), 1: lambda one: _every(items_of, one), 2: _every},
    "any": {0: lambda: _some(items_of, _itself), 1: lambda one: _some(items_of, one), 2: _some},
    "select": {1: _select},
    "map": {1: _map},
    "map_values": {1: _map_values},
    "to_entries": {0: lambda: _entries},
    "from_entries": {0: lambda: _from_entries},
    "with_entries": {1: _with_entries},
    "keys": {0: lambda: _keys},
    "values": {0: lambda: _select(lambda value: [value is not None])},
    "add": {0: lambda: _sum},
    "unique": {0: lambda: _unique},
    "join": {1: _of_each(lambda value, separator: short(separator.join(plain(one) for one in value)))},
    "has": {1: lambda inner: lambda value: [_has(value, clear(one)) for one in inner(value)]},
    "contains": {1: _of_each(lambda value, part: _within(part, value))},
    "inside": {1: _of_each(_within)},
    "index": {1: _of_each(_position)},
    "test": {1: _of_each(_test)},
    "startswith": {1: _of_each(lambda value, part: value.startswith(part))},
    "endswith": {1: _of_each(lambda value, part: value.endswith(part))},
    "IN": {1: _in, 2: _in_of},
    "error": {0: lambda: _stops(5), 1: lambda _: _stops(5)},
    "halt_error": {0: lambda: _stops(5), 1: _stops_with},
}


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda value: math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5),
    "tostring": lambda value: value if isinstance(value, str) else written(value),
    "tonumber": lambda value: value if not isinstance(value, str) else float(value),
    "length": lambda value: abs(value) if isinstance(value, int | float) else len(value),
    "@tsv": lambda value: "\t".join(plain(item) for item in value),
    "@text": lambda value: plain(value),
}
