"""Things of libraries whose content is known in an experiment, such as a table of made-up customers.

Most experiments leave open what a table holds, and ask where a comparison turns.  A trial with made-up customers does
not: it gives the script a whole table, and each number that is computed from it is known.  Numbers are those of NumPy,
where 0 / 0 is NaN and no exception (NumPy documentation, "numpy.errstate").
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gradeline.facts.gate_state import Lost, Machine, derived
from gradeline.facts.gate_values import NONE, Const, Native, Seq, Table, Value
from gradeline.source import Span

Named = Mapping[str, Value]
Method = Callable[[list[Value], dict[str, Value], Span], Value]
MAX_CELLS = 400_000
MAX_TEXT = 4000


class Number(float):
    """A number of NumPy: dividing it by 0 gives no exception."""

    def __truediv__(self, other: Any) -> Number:
        return quotient(self, other)

    def __rtruediv__(self, other: Any) -> Number:
        return quotient(other, self)

    def __add__(self, other: Any) -> Number:
        return Number(float(self) + other)

    def __sub__(self, other: Any) -> Number:
        return Number(float(self) - other)

    def __rsub__(self, other: Any) -> Number:
        return Number(other - float(self))

    def __mul__(self, other: Any) -> Number:
        return Number(float(self) * other)

    def __neg__(self) -> Number:
        return Number(-float(self))

    def __abs__(self) -> Number:
        return Number(abs(float(self)))

    __radd__ = __add__
    __rmul__ = __mul__


def quotient(left: Any, right: Any) -> Number:
    left, right = float(left), float(right)
    if right:
        return Number(left / right)
    return Number(math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left))


def missing(one: object) -> bool:
    return one is None or (isinstance(one, float) and math.isnan(one))


class Held(Value):
    """A thing whose content is known.  What it cannot do here, no experiment follows."""

    __slots__ = ()
    kind = "thing"
    is_held = True

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        raise unknown(self.kind, name, span)

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        raise unknown(self.kind, "[…]", span)

    def set_item(self, machine: Machine, key: Value, value: Value, span: Span) -> None:
        raise unknown(self.kind, "[…] =", span)

    def items(self, machine: Machine, span: Span) -> list[Value]:
        raise unknown(self.kind, "a loop over it", span)

    def has(self, key: Value, span: Span) -> bool:
        raise unknown(self.kind, "in", span)

    def length(self, span: Span) -> int:
        raise unknown(self.kind, "len", span)

    def truth(self, span: Span) -> bool:
        raise unknown(self.kind, "its truth", span)

    def with_other(self, machine: Machine, sign: str, other: Value, turned: bool, span: Span) -> Value:
        raise unknown(self.kind, sign, span)

    def text(self) -> str:
        return f"<{self.kind}>"


def unknown(kind: str, name: str, span: Span) -> Lost:
    return Lost(span, f"what `{name}` does with a {kind} is not followed")


def native(name: str, method: Method) -> Native:
    return Native(name, method)


def made(one: Any) -> Value:
    """A thing of Python as a value."""
    if isinstance(one, Value):
        return one
    if isinstance(one, bool) or one is None or isinstance(one, str | int | float):
        return Const(one, "derived")
    if isinstance(one, Mapping):
        return Table({key: made(value) for key, value in one.items()})
    if isinstance(one, tuple | list | set | frozenset):
        return Seq([made(item) for item in one], "tuple" if isinstance(one, tuple) else "list")
    return NONE


def plain(value: Value, span: Span) -> Any:
    """A known value as a thing of Python; tables and columns stay what they are."""
    if isinstance(value, Const):
        return value.data
    if isinstance(value, Seq):
        found = [plain(one, span) for one in value.items]
        return tuple(found) if value.kind == "tuple" else found
    if isinstance(value, Table):
        return {key: plain(one, span) for key, one in value.items.items()}
    return value


def alike(left: Value, right: Value, span: Span) -> bool | None:
    """Whether two lists or dictionaries are equal; None when something in them is not known."""
    first, second = plain(left, span), plain(right, span)
    if _hides(first, 0) or _hides(second, 0):
        return None
    return bool(first == second)


def _hides(one: Any, depth: int) -> bool:
    if depth > 12 or isinstance(one, Value):
        return True
    parts = one.values() if isinstance(one, dict) else one if isinstance(one, list | tuple) else ()
    return any(_hides(part, depth + 1) for part in parts)


def listed(value: Value, span: Span) -> list[Any]:
    """One or several names."""
    found = plain(value, span)
    if isinstance(found, Held):
        return [plain(one, span) for one in found.items(None, span)]  # type: ignore[arg-type]
    return list(found) if isinstance(found, list | tuple) else [found]


def argument(given: Sequence[Value], named: Named, place: int, name: str, default: Value = NONE) -> Value:
    return given[place] if len(given) > place else named.get(name, default)


def truth_of(named: Named, name: str, default: bool) -> bool:
    value = named.get(name)
    return bool(value.data) if isinstance(value, Const) else default


def numbers(values: Iterable[Any], span: Span) -> list[float]:
    """The numbers of a column; those that are missing are left out, as pandas does."""
    found: list[float] = []
    for one in values:
        if missing(one):
            continue
        if not isinstance(one, bool | int | float):
            raise Lost(span, "a number is computed from texts")
        found.append(one)
    return found


def reduced(name: str, values: Sequence[Any], span: Span) -> Any:
    """``mean``, ``sum`` and the like of a column, as pandas computes them."""
    if name == "size":
        return len(values)
    if name == "nunique":
        return len({one for one in values if not missing(one)})
    if name == "any":
        return any(bool(one) for one in values if not missing(one))
    if name == "all":
        return all(bool(one) for one in values if not missing(one))
    if name in ("first", "last"):
        kept = [one for one in values if not missing(one)]
        return (kept[0] if name == "first" else kept[-1]) if kept else math.nan
    if name in ("min", "max") and any(isinstance(one, str) for one in values):
        texts = [one for one in values if isinstance(one, str)]
        return min(texts) if name == "min" else max(texts)
    if name == "count":
        return sum(1 for one in values if not missing(one))
    known = numbers(values, span)
    if name == "sum":
        return Number(sum(known))
    if not known:
        return Number(math.nan)
    if name == "mean":
        return Number(sum(known) / len(known))
    if name == "min":
        return Number(min(known))
    if name == "max":
        return Number(max(known))
    if name == "median":
        ranked, half = sorted(known), len(known) // 2
        return Number(ranked[half] if len(known) % 2 else (ranked[half - 1] + ranked[half]) / 2)
    if name in ("std", "var"):
        if len(known) < 2:
            return Number(math.nan)
        mean = sum(known) / len(known)
        spread = sum((one - mean) ** 2 for one in known) / (len(known) - 1)
        return Number(spread if name == "var" else math.sqrt(spread))
    raise Lost(span, f"`{name}` of a column is not followed")


REDUCES = frozenset({"mean", "sum", "min", "max", "median", "std", "var", "count", "nunique", "any", "all", "size",
                     "first", "last"})  # fmt: skip

_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": quotient, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip


def applied(sign: str, left: Any, right: Any, span: Span) -> Any:
    """One cell combined with another one."""
    if sign in ("==", "!="):
        equal = not missing(left) and not missing(right) and left == right
        return equal if sign == "==" else not equal
    if missing(left) or missing(right):
        return False if sign in ("<", "<=", ">", ">=", "&", "|", "^") else Number(math.nan)
    if sign in ("&", "|", "^"):
        return bool(_SIGNS[sign](bool(left), bool(right)))
    function = _SIGNS.get(sign)
    if function is None:
        raise Lost(span, f"`{sign}` of a column is not followed")
    if sign in ("*", "%", "**") and (isinstance(left, str) or isinstance(right, str)):
        raise Lost(span, "texts are multiplied or filled in")
    if sign == "**" and not (_modest(left) and _modest(right) and abs(right) <= 64):
        raise Lost(span, "the number is too long")
    try:
        found = function(left, right)
    except ZeroDivisionError:
        return Number(math.nan)
    except (TypeError, ValueError, OverflowError):
        raise Lost(span, "columns of different kinds are combined") from None
    if (isinstance(found, str) and len(found) > MAX_TEXT) or (isinstance(found, int) and not _modest(found)):
        raise Lost(span, "the number or text is too long")
    return Number(found) if isinstance(found, float) else found


def _modest(one: Any) -> bool:
    return isinstance(one, float) or (isinstance(one, int) and one.bit_length() <= 1000)


def unique(values: Iterable[Any]) -> list[Any]:
    """Each value once, in order; all missing ones are one."""
    found: dict[Any, Any] = {}
    for one in values:
        found.setdefault(None if missing(one) else one, one)
    return list(found.values())


def sort_key(one: Any) -> tuple[Any, ...]:
    if isinstance(one, tuple):
        return (1, "", tuple(sort_key(part) for part in one))
    if missing(one):
        return (3, "", ())
    if isinstance(one, bool | int | float):
        return (0, float(one), ())
    return (1, str(one), ())


def ordered(values: Iterable[Any]) -> list[Any]:
    kinds = [(sort_key(one), one) for one in values]
    numeric = [one for key, one in kinds if key[0] == 0]
    texts = [one for key, one in kinds if key[0] == 1]
    rest = [one for key, one in kinds if key[0] == 3]
    return [*sorted(numeric), *sorted(texts, key=lambda one: sort_key(one)), *rest]


def pairs(names: Iterable[Any], values: Iterable[Any]) -> Iterator[Value]:
    for name, value in zip(names, values, strict=True):
        yield Seq([made(name), made(value)], "tuple")


def called(machine: Machine, function: Value, given: list[Value], named: Mapping[str, Value], span: Span) -> Value:
    from gradeline.facts.gate_calls import call

    return call(machine, function, given, dict(named), span)


__all__ = ["Held", "Number", "derived", "made", "plain"]
