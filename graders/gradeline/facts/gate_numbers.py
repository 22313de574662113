"""Numbers of an experiment: what an expression amounts to, and where a comparison turns."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

from gradeline.facts.gate_values import Const, Data, Expr, Face, Faces, Seq, Value

COMPARISONS: dict[str, Callable[[Any, Any], object]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
DEFAULT = 0.5
MAX_PARTS = 2000  # of one value


class NotANumber(Exception):
    """Python would raise ``name`` here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Known(dict[int, tuple[Value, float]]):
    """What was worked out before with the same ``faces``, by identity, with what it belongs to.  ``parts`` counts the
    values that were looked at for it."""

    parts: int = 0


def number(value: Value, faces: Faces, known: Known | None = None) -> float:
    """What a value amounts to.  Raises NotANumber where Python would raise.

    Each part is worked out once, however often it is used: ``a = a * 0.9 + x / a`` twenty times is twenty steps, not a
    million.
    """
    if isinstance(value, Data):
        return _known(faces.get(value.key, DEFAULT))
    if isinstance(value, Const):
        return _known(value.data)
    known = Known() if known is None else known
    todo: list[Value] = [value]
    opened: set[int] = set()
    while todo:
        one = todo[-1]
        if id(one) in known:
            todo.pop()
        elif isinstance(one, Data):
            known[id(one)] = one, _known(faces.get(one.key, DEFAULT))
        elif isinstance(one, Const):
            known[id(one)] = one, _known(one.data)
        elif isinstance(one, Expr):
            args = _flat(one.args)
            known.parts += len(args) + 1
            missing = [arg for arg in args if id(arg) not in known]
            if not missing:
                known[id(one)] = one, _apply(one.op, [known[id(arg)][1] for arg in args])
            elif id(one) in opened or len(opened) >= MAX_PARTS:
                raise NotANumber("RecursionError")
            opened.add(id(one))
            todo.extend(reversed(missing))
        else:
            raise NotANumber("TypeError")
    return known[id(value)][1]


def _flat(values: Iterable[Value]) -> list[Value]:
    """The values with those of lists in their place."""
    found: list[Value] = []
    todo = list(reversed(list(values)))
    while todo:
        value = todo.pop()
        if not isinstance(value, Seq):
            found.append(value)
        elif len(found) + len(todo) > MAX_PARTS:
            raise NotANumber("RecursionError")
        else:
            todo.extend(reversed(value.items))
    return found


def _known(face: Face) -> float:
    if isinstance(face, int) and face.bit_length() > 1000:
        raise NotANumber("OverflowError")
    if isinstance(face, bool | int | float):
        return face
    if isinstance(face, str):
        try:
            return float(face)
        except ValueError:
            pass
    raise NotANumber("TypeError")


def _apply(op: str, args: list[float]) -> float:
    try:
        if op in _BINARY:
            return _BINARY[op](args[0], args[1])
        if op == "**":
            return float(math.pow(args[0], args[1]))
        if op == "neg":
            return -args[0]
        if op == "abs":
            return abs(args[0])
        if op == "min":
            return min(args)
        if op == "max":
            return max(args)
        if op == "sum":
            return sum(args)
        if op == "mean":
            return sum(args) / len(args)
        if op == "int":
            return int(args[0])
        if op == "round":
            return round(args[0], 12) if math.isfinite(args[0]) else args[0]
    except ZeroDivisionError:
        raise NotANumber("ZeroDivisionError") from None
    except (ValueError, IndexError):
        raise NotANumber("ValueError") from None
    except (OverflowError, TypeError):
        raise NotANumber("OverflowError") from None
    return args[0] if args else 0.0


def turning(left: Value, right: Value, leaf: Data, faces: Faces, meter: Known | None = None) -> float | None:
    """The number of ``leaf`` at which ``left`` and ``right`` are equal, when they run straight; else None.

    ``meter`` counts the parts that were looked at.
    """

    there = dict(faces)
    # Most comparisons are of a number with a bound: nothing to work out but the bound itself, once.
    plain = all(isinstance(side, Data | Const) for side in (left, right))
    fixed: dict[int, float] = {}

    def side(value: Value, at: float, known: Known) -> float:
        if not plain:
            return number(value, there, known)
        if isinstance(value, Data) and value.key == leaf.key:
            return at
        if id(value) not in fixed:
            fixed[id(value)] = number(value, faces)
        return fixed[id(value)]

    def gap(at: float) -> float | None:
        there[leaf.key] = at
        known = Known()
        try:
            found = side(left, at, known) - side(right, at, known)
        except NotANumber:
            return None
        finally:
            if meter is not None:
                meter.parts += known.parts
        return found if math.isfinite(found) else None

    here = faces.get(leaf.key, DEFAULT)
    start = float(here) if isinstance(here, int | float) and math.isfinite(here) else DEFAULT
    for low, high in ((0.0, 1.0), (start, start + 0.01), (start - 0.01, start), (1.0, 1000.0)):
        first, second = gap(low), gap(high)
        if first is None or second is None or first == second:
            continue
        root = low - first * (high - low) / (second - first)
        at_root = gap(root)
        if at_root is not None and abs(at_root) <= 1e-6 * max(1.0, abs(root)):
            return round(root, 9)
    return None


def compare(op: str, left: object, right: object) -> bool:
    """A comparison of two known things, as Python does it.  Raises NotANumber where Python would raise."""
    try:
        return bool(COMPARISONS[op](left, right))
    except TypeError:
        raise NotANumber("TypeError") from None
