"""What the operators of Python make of two values in one experiment."""

from __future__ import annotations

import ast
import operator

from gradeline.facts import gate_arrays
from gradeline.facts.gate_comparisons import column_like, held_pair, shown
from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    Const,
    Data,
    Expr,
    Func,
    Klass,
    Lib,
    ModuleValue,
    Native,
    Opened,
    Seq,
    Table,
    Thing,
    Value,
    as_data,
    external,
    gathered,
    lineage_of,
)
from gradeline.source import Span

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
}  # fmt: skip
_BITS = {ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor}
_SIGNS_OF_BITS: dict[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_FOLD = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod,
}  # fmt: skip
MAX_TEXT = 4000


def binary(machine: Machine, op: ast.operator, left: Value, right: Value, span: Span) -> Value:
    """The value of ``left op right``."""
    sign = _OPERATORS.get(type(op), "")
    if machine.world is not None:
        found = held_pair(machine, sign or _SIGNS_OF_BITS.get(type(op), ""), left, right, span)
        if found is not None:
            return found
    if machine.exact and gate_arrays.is_pair(left, right):
        return gate_arrays.calculated(machine, op, left, right, span)
    if not (isinstance(op, ast.BitOr) and (isinstance(left, Lib | Klass) or isinstance(right, Lib | Klass))):
        left, right = as_data(left, span), as_data(right, span)
    repeated = _repeated(sign, left, right, span)
    if repeated is not None:
        return repeated
    path = _path(sign, left, right, span)
    if path is not None:
        return path
    if isinstance(left, Seq) and isinstance(right, Seq):
        return _joined_sequences(op, left, right)
    if isinstance(left, Table) and isinstance(right, Table) and isinstance(op, ast.BitOr):
        return Table({**left.items, **right.items})
    if isinstance(left, Const) and isinstance(right, Const):
        return _bits(op, left, right) or _fold(sign, left, right, span)
    if any(isinstance(one, Const) and isinstance(one.data, str) for one in (left, right)):
        return Data(("text", f"line {span.line}"), span, gathered(left, right), "text", (left, right))
    for one in (left, right):
        if isinstance(one, Data) and (column_like(one) or not sign):
            key = (*one.key, f"{type(op).__name__} {shown(right if one is left else left)}")[-12:]
            call = "compared" if one.call == "compared" and not sign else one.call
            return Data(key, span, one.words | gathered(left, right), call, (left, right))
        if isinstance(one, Const) and not isinstance(one.data, bool | int | float):
            raise Raised(lineage_of("TypeError"), span)
    if isinstance(left, Const | Data | Expr) and isinstance(right, Const | Data | Expr):
        return Expr(sign, (left, right))
    if isinstance(left, Thing | Native | Opened | Func | ModuleValue | Lib | Klass) or external(left):
        return Data(("computed", f"line {span.line}"), span, gathered(left, right), "", (left, right))
    if any(isinstance(one, Const) and one.data is None for one in (left, right)):
        raise Raised(lineage_of("TypeError"), span)
    raise Lost(span, "what is computed here cannot be seen")


def _repeated(sign: str, left: Value, right: Value, span: Span) -> Value | None:
    """``[None] * 3``, and lists with something from outside behind them."""
    if not isinstance(left, Seq) or isinstance(right, Seq):
        return None
    if sign == "*":
        known = right.data if isinstance(right, Const) and isinstance(right.data, int) else 2
        return Seq((left.items * max(0, min(known, 400)))[:5000], left.kind)
    if isinstance(right, Data):
        return Data((*right.key, f"joined {sign}")[-12:], span, right.words | gathered(left), right.call, (left, right))
    return None


def _path(sign: str, left: Value, right: Value, span: Span) -> Value | None:
    """``Path("config") / "gates.yaml"``; paths are known texts here."""
    if sign != "/" or not (isinstance(right, Const) and isinstance(right.data, str)):
        return None
    if isinstance(left, Const) and isinstance(left.data, str):
        joined = right.data if right.data.startswith("/") or left.data in ("", ".") else f"{left.data}/{right.data}"
        return Const(joined, left.origin if left.origin != "code" else right.origin, span)
    if isinstance(left, Data):
        return left.child(right.data, span)
    return None


def _joined_sequences(op: ast.operator, left: Seq, right: Seq) -> Value:
    if isinstance(op, ast.Sub | ast.BitAnd | ast.BitOr | ast.BitXor):
        names = [{one.data for one in side.items if isinstance(one, Const)} for side in (left, right)]
        if isinstance(op, ast.BitOr):
            more = [one for one in right.items if not (isinstance(one, Const) and one.data in names[0])]
            return Seq([*left.items, *more], "set")
        inside = isinstance(op, ast.BitAnd)
        return Seq([one for one in left.items if isinstance(one, Const) and (one.data in names[1]) == inside], "set")
    return Seq([*left.items, *right.items][:5000], left.kind)


def _bits(op: ast.operator, left: Const, right: Const) -> Value | None:
    """``a | b`` of yes and no, and of whole numbers; None for other operators and values."""
    work = _BITS.get(type(op))
    if work is None or not isinstance(left.data, int) or not isinstance(right.data, int):
        return None
    return derived(work(left.data, right.data), left, right)


def _fold(sign: str, left: Const, right: Const, span: Span) -> Value:
    if isinstance(left.data, str) and sign == "%":
        return derived(left.data, left, right)
    numbers = isinstance(left.data, int | float) and isinstance(right.data, int | float)
    texts = isinstance(left.data, str) and isinstance(right.data, str) and sign == "+"
    try:
        if numbers and _too_long(left.data) | _too_long(right.data):
            raise Lost(span, "the number is too long")
        if numbers and sign in _FOLD:
            return derived(_FOLD[sign](left.data, right.data), left, right)
        if numbers and sign == "**" and abs(float(str(right.data))) < 64:
            return derived(float(str(left.data)) ** float(str(right.data)), left, right)
        if texts:
            return derived((str(left.data) + str(right.data))[:MAX_TEXT], left, right)
        if isinstance(left.data, str) and isinstance(right.data, int) and sign == "*":
            return derived((left.data * max(0, min(right.data, 200)))[:MAX_TEXT], left, right)
        if numbers:
            raise Lost(span, "what is computed here cannot be seen")
    except ZeroDivisionError:
        raise Raised(lineage_of("ZeroDivisionError"), span) from None
    except (OverflowError, ValueError, TypeError):
        raise Raised(lineage_of("OverflowError"), span) from None
    raise Raised(lineage_of("TypeError"), span)


def _too_long(data: object) -> bool:
    return isinstance(data, int) and data.bit_length() > 2048
