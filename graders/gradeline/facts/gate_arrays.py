"""Small arrays of known numbers, in a trial with made-up numbers.

NumPy documentation, "Broadcasting", "numpy.ndarray" and "Routines": arithmetic and comparisons work on each entry, and
an operand with one dimension less is taken for each row.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import Const, Native, Seq, Value, lineage_of
from gradeline.source import Span

MAX_ENTRIES = 2_000
_MAKES = frozenset({"array", "asarray", "asanyarray", "atleast_1d", "stack", "vstack"})
_COLUMNS = frozenset({"column_stack"})
_EACH: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt, "abs": abs, "absolute": abs, "square": lambda one: one * one, "exp": math.exp, "log": math.log,
    "negative": lambda one: -one,
}  # fmt: skip
_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum, "min": min, "max": max, "amin": min, "amax": max, "prod": math.prod,
    "mean": lambda many: sum(many) / len(many), "any": any, "all": all, "ptp": lambda many: max(many) - min(many),
    "argmax": lambda many: many.index(max(many)), "argmin": lambda many: many.index(min(many)),
}  # fmt: skip
_SAME = frozenset({"copy", "astype", "view", "flatten", "ravel", "squeeze"})


class Array(Seq):
    """An array; its entries are known values, or arrays again."""

    __slots__ = ()

    def __init__(self, items: list[Value]) -> None:
        super().__init__(items, "array")


def called(name: str, given: list[Value], named: Mapping[str, Value], span: Span) -> Value | None:
    """What a function of NumPy gives for arrays; None for all that is not known here."""
    module, _, last = name.rpartition(".")
    if module != "numpy" or not given:
        return None
    first = given[0]
    if last in _MAKES and isinstance(first, Seq):
        return _array(first, span)
    if last in _COLUMNS and isinstance(first, Seq):
        return _turned(_array(first, span), span)
    if last in ("transpose", "diff", *_EACH, *_FOLDS) and isinstance(first, Seq):
        if last in ("sum", "min", "max", "mean", "amin", "amax", "prod", "any", "all", "argmax", "argmin", "ptp"):
            return _folded(_array(first, span), last, [*given[1:]], named, span)
        if last == "transpose":
            return _turned(_array(first, span), span)
        if last == "diff":
            known = _numbers(_array(first, span), span)
            return Array([derived(right - left, first) for left, right in pairwise(known)])
        return _each(_array(first, span), _EACH[last], span)
    if last in ("zeros", "ones", "full"):
        return _filled(last, given, span)
    return None


def _array(value: Seq, span: Span) -> Array:
    if len(value.items) > MAX_ENTRIES:
        raise Lost(span, "the array is too long")
    return Array([_array(one, span) if isinstance(one, Seq) else one for one in value.items])


def _filled(name: str, given: list[Value], span: Span) -> Value | None:
    size = given[0]
    if not isinstance(size, Const) or type(size.data) is not int or not 0 <= size.data <= MAX_ENTRIES:
        return None
    if name == "full" and len(given) < 2:
        return None
    one = given[1] if name == "full" else Const(0.0 if name == "zeros" else 1.0)
    return Array([one] * size.data)


def is_pair(left: Value, right: Value) -> bool:
    return isinstance(left, Array) or isinstance(right, Array)


def on_each(
    left: Value, right: Value, work: Callable[[Value, Value], Value], span: Span, depth: int = 0
) -> Value:
    """``work`` on each pair of entries."""
    if depth > 8:
        raise Lost(span, "the array is nested too deeply")
    if not isinstance(left, Seq) and not isinstance(right, Seq):
        return work(left, right)
    one, other = _rows(left), _rows(right)
    if one is not None and other is not None and _depth(left) == _depth(right):
        if len(one) != len(other) and 1 not in (len(one), len(other)):
            raise Raised(lineage_of("ValueError"), span)
        size = max(len(one), len(other))
        one, other = (many * size if len(many) == 1 else many for many in (one, other))
        return Array([on_each(a, b, work, span, depth + 1) for a, b in zip(one, other, strict=True)])
    if _depth(left) > _depth(right):
        return Array([on_each(a, right, work, span, depth + 1) for a in one or []])
    return Array([on_each(left, b, work, span, depth + 1) for b in other or []])


def _rows(value: Value) -> list[Value] | None:
    return value.items if isinstance(value, Seq) else None


def _depth(value: Value) -> int:
    deep = 0
    while isinstance(value, Seq) and deep < 9:
        deep += 1
        value = value.items[0] if value.items else Const(None)
    return deep


def calculated(machine: Machine, op: ast.operator, left: Value, right: Value, span: Span) -> Value:
    from gradeline.facts.gate_operators import binary

    if isinstance(op, ast.MatMult):
        raise Lost(span, "what is computed here cannot be seen")
    machine.worked(span, 2 * (_size(left) + _size(right)))

    def work(one: Value, other: Value) -> Value:
        # A division by nothing is an answer of NumPy, and no error.
        zero = isinstance(op, ast.Div) and isinstance(other, Const) and other.data == 0
        if zero and isinstance(one, Const) and isinstance(one.data, int | float):
            return derived(math.nan if not one.data else math.copysign(math.inf, one.data), one, other)
        return binary(machine, op, one, other, span)

    return on_each(left, right, work, span)


def compared(machine: Machine, sign: str, left: Value, right: Value, span: Span) -> Value:
    from gradeline.facts.gate_comparisons import compared as single

    machine.worked(span, 2 * (_size(left) + _size(right)))
    return on_each(left, right, lambda one, other: derived(single(machine, sign, one, other, span)), span)


def attribute(machine: Machine, holder: Array, name: str, span: Span) -> Value | None:
    """An attribute or method of an array; None for one that lists have, too."""
    if name == "size":
        return Const(_size(holder))
    if name == "ndim":
        return Const(_depth(holder))
    if name == "shape":
        inner = holder.items[0] if holder.items else None
        sizes = [len(holder.items), *([len(inner.items)] if isinstance(inner, Seq) else [])]
        return Seq([Const(one) for one in sizes], "tuple")
    if name == "T":
        return _turned(holder, span)
    if name in _FOLDS:
        return Native(name, lambda given, named, at: _folded(holder, name, given, named, at))
    if name in _SAME:
        return Native(name, lambda given, named, at: _flat(holder, at) if name in ("flatten", "ravel") else holder)
    if name == "tolist":
        return Native(name, lambda given, named, at: _plain(holder))
    if name == "round":
        return Native(name, lambda given, named, at: holder)
    if name == "item":
        return Native(name, lambda given, named, at: _item(holder, given, at))
    if name in ("index", "count"):
        return None
    raise Lost(span, f"what .{name} of an array gives cannot be seen")


def _plain(value: Value) -> Value:
    return Seq([_plain(one) for one in value.items]) if isinstance(value, Array) else value


def _item(holder: Array, given: list[Value], span: Span) -> Value:
    known = _flat(holder, span).items
    at = given[0].data if given and isinstance(given[0], Const) else 0
    if not isinstance(at, int) or not -len(known) <= at < len(known):
        raise Raised(lineage_of("IndexError"), span)
    return known[at]


def _size(value: Value) -> int:
    return sum(_size(one) for one in value.items) if isinstance(value, Seq) else 1


def _flat(value: Array, span: Span) -> Array:
    found: list[Value] = []
    for one in value.items:
        found += _flat(one, span).items if isinstance(one, Array) else [one]
    return Array(found)


def _numbers(value: Array, span: Span) -> list[float]:
    found: list[float] = []
    for one in _flat(value, span).items:
        if not isinstance(one, Const) or not isinstance(one.data, bool | int | float):
            raise Lost(span, "what stands in this array cannot be seen")
        found.append(one.data)
    return found


def _turned(value: Array, span: Span) -> Array:
    rows = [one.items for one in value.items if isinstance(one, Seq)]
    if len(rows) != len(value.items):
        return value
    if len({len(row) for row in rows}) > 1:
        raise Raised(lineage_of("ValueError"), span)
    return Array([Array(list(column)) for column in zip(*rows, strict=True)])


def _each(value: Array, work: Callable[[float], float], span: Span) -> Array:
    found: list[Value] = []
    for one in value.items:
        if isinstance(one, Array):
            found.append(_each(one, work, span))
            continue
        number = _numbers(Array([one]), span)[0]
        try:
            found.append(derived(work(number), one))
        except (ValueError, OverflowError):
            found.append(derived(math.nan, one))
    return Array(found)


def _folded(value: Array, name: str, given: list[Value], named: Mapping[str, Value], span: Span) -> Value:
    axis = named.get("axis", given[0] if given else Const(None))
    number = axis.data if isinstance(axis, Const) else math.nan
    if number is not None and _depth(value) > 1:
        if number not in (0, 1, -1) or _depth(value) > 2:
            raise Lost(span, "along which axis this is computed cannot be seen")
        rows = _turned(value, span) if number == 0 else value
        return Array([_folded(one, name, [], {}, span) for one in rows.items if isinstance(one, Array)])
    known = _numbers(value, span)
    try:
        return derived(_FOLDS[name](known), *value.items[:4])
    except (ValueError, ZeroDivisionError):
        raise Raised(lineage_of("ValueError"), span) from None
