"""Expressions of a script in one experiment."""

from __future__ import annotations

import ast
import builtins
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from gradeline.facts import gate_arrays, gate_calls, gate_items
from gradeline.facts.gate_enums import differ
from gradeline.facts.gate_machine import (
    MAX_STEPS,
    Comparison,
    Lost,
    Machine,
    Raised,
    assign,
    derived,
    globals_of,
    span_of,
)
from gradeline.facts.gate_numbers import COMPARISONS, NotANumber, compare
from gradeline.facts.gate_values import (
    EMPTY,
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Func,
    Klass,
    Lib,
    ModuleValue,
    Native,
    Opened,
    Scope,
    Seq,
    Table,
    Thing,
    Typed,
    Value,
    as_data,
    external,
    gathered,
    label,
    leaves,
    lineage_of,
    shortened,
    text_of,
)
from gradeline.source import Span

_GENERIC = frozenset({"list", "dict", "tuple", "set", "frozenset", "type"})  # with their parts they are types
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
}  # fmt: skip
_BITS = {ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor}
_SIGNS_OF_BITS: dict[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_FOLD = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod,
}  # fmt: skip
_ORDERS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ALWAYS_ONE = frozenset({ast.Is, ast.IsNot, ast.In, ast.NotIn})  # comparisons that never give a column
MAX_TEXT = 4000


def evaluate(machine: Machine, scope: Scope, node: ast.expr) -> Value:
    span = scope.module.span(node)
    machine.steps += 1  # as Machine.step, which is asked only where it may say no: nothing is done more often
    if machine.steps > MAX_STEPS:
        machine.bounded(span)
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise Lost(span, "this expression is not followed")
    return handler(machine, scope, node, span)


def _constant(machine: Machine, scope: Scope, node: ast.Constant, span: Span) -> Value:
    return Const(node.value, "code", span)


def _attribute(machine: Machine, scope: Scope, node: ast.Attribute, span: Span) -> Value:
    return gate_items.attribute(machine, evaluate(machine, scope, node.value), node.attr, span)


def _subscript(machine: Machine, scope: Scope, node: ast.Subscript, span: Span) -> Value:
    holder = evaluate(machine, scope, node.value)
    if isinstance(holder, Lib):
        if holder.name in _GENERIC or holder.name.startswith(("typing.", "collections.abc.", "typing_extensions.")):
            return Typed(node, scope)
        if holder.name.endswith(".RootModel"):
            return holder
    return gate_items.item(machine, holder, evaluate(machine, scope, node.slice), span)


def _call(machine: Machine, scope: Scope, node: ast.Call, span: Span) -> Value:
    return gate_calls.call_of(machine, scope, node)


def _binary(machine: Machine, scope: Scope, node: ast.BinOp, span: Span) -> Value:
    left = evaluate(machine, scope, node.left)
    return binary(machine, node.op, left, evaluate(machine, scope, node.right), span)


def _chosen_side(machine: Machine, scope: Scope, node: ast.IfExp, span: Span) -> Value:
    return evaluate(machine, scope, node.body if truth(machine, scope, node.test) else node.orelse)


def _collection(machine: Machine, scope: Scope, node: ast.Tuple | ast.List | ast.Set, span: Span) -> Value:
    return Seq(_items(machine, scope, node.elts), type(node).__name__.lower())


def _function(machine: Machine, scope: Scope, node: ast.Lambda, span: Span) -> Value:
    return Func(node, scope)


def _named(machine: Machine, scope: Scope, node: ast.NamedExpr, span: Span) -> Value:
    value = evaluate(machine, scope, node.value)
    scope.set(node.target.id, value)
    return value


def _inner(machine: Machine, scope: Scope, node: ast.Await | ast.FormattedValue | ast.Starred, span: Span) -> Value:
    return evaluate(machine, scope, node.value)


def _slice(machine: Machine, scope: Scope, node: ast.Slice, span: Span) -> Value:
    parts = [NONE if one is None else evaluate(machine, scope, one) for one in (node.lower, node.upper, node.step)]
    return Seq(parts, "slice")


def _yielded(machine: Machine, scope: Scope, node: ast.Yield | ast.YieldFrom, span: Span) -> Value:
    value = evaluate(machine, scope, node.value) if node.value is not None else NONE
    kept = scope.names.get("\0yielded")
    if isinstance(kept, Seq):
        kept.items.extend(gate_items.items_of(machine, value, span) if isinstance(node, ast.YieldFrom) else [value])
    return NONE


def _items(machine: Machine, scope: Scope, nodes: list[ast.expr]) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        value = evaluate(machine, scope, node)
        if isinstance(node, ast.Starred):
            found += gate_items.items_of(machine, value, span_of(scope, node))
        else:
            found.append(value)
    return found


def _name(machine: Machine, scope: Scope, node: ast.Name, span: Span) -> Value:
    found = scope.find(node.id)
    if found is not None:
        return found
    if hasattr(builtins, node.id) or node.id in ("exit", "quit"):
        return Lib(node.id)
    module = scope.module
    if node.id in module.imports:  # imported in a branch that was not taken, such as that of a type checker
        defined = machine.code.defined(module, node.id)
        if defined is not None:
            inner = globals_of(machine, defined.module)
            if defined.node.name in inner.names:
                return inner.names[defined.node.name]
        return Lib(module.imports[node.id])
    star = scope.find("*")
    if isinstance(star, Lib):
        return Lib(f"{star.name}.{node.id}")
    raise Lost(span, f"where {node.id} comes from cannot be seen")


def truth(machine: Machine, scope: Scope, node: ast.expr) -> bool:
    return holds(machine, evaluate(machine, scope, node), span_of(scope, node))


def holds(machine: Machine, value: Value, span: Span) -> bool:
    """Whether a value counts as true."""
    if isinstance(value, Const):
        return bool(value.data)
    if isinstance(value, gate_arrays.Array) and len(value.items) != 1:
        raise Raised(lineage_of("ValueError"), span)  # the truth of several is ambiguous
    if isinstance(value, gate_arrays.Array):
        return holds(machine, value.items[0], span)
    if isinstance(value, Seq):
        return bool(value.items)
    if isinstance(value, Table):
        return bool(value.items)
    if isinstance(value, Data):
        if machine.empty and value.call in ("pandas.read_csv", "pandas.read_parquet"):
            raise Raised(lineage_of("ValueError"), span)
        return machine.truth_of(value)
    if machine.world is not None and (known := gate_items.held(value)) is not None:
        return known.truth(span)
    if isinstance(value, Expr):
        try:
            return bool(machine.amount(value, span))
        except NotANumber as error:
            raise Raised(lineage_of(error.name), span) from None
    return True


def _compare(machine: Machine, scope: Scope, node: ast.Compare, span: Span) -> Value:
    left = evaluate(machine, scope, node.left)
    result = True
    parts: list[Value] = [left]
    for sign, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, scope, right_node)
        parts.append(right)
        table = _held_pair(machine, _SIGNS[type(sign)], left, right, span)
        if machine.exact and _SIGNS[type(sign)] in _ORDERS and gate_arrays.is_pair(left, right):
            table = gate_arrays.compared(machine, _SIGNS[type(sign)], left, right, span)
        table = table if table is not None else _table(machine, sign, left, right, span)
        if table is not None:
            return table  # a comparison of a whole column
        result = compared(machine, _SIGNS[type(sign)], left, right, span)
        if not result:
            break
        left = right
    return derived(result)


def _held_pair(machine: Machine, sign: str, left: Value, right: Value, span: Span) -> Value | None:
    """``left sign right`` in a trial, when one of them is a thing whose content is known."""
    if machine.world is None or sign in ("is", "is not"):
        return None
    if sign in ("in", "not in"):
        inside = gate_items.held(right)
        return None if inside is None else derived(inside.has(left, span) == (sign == "in"))
    known = gate_items.held(left)
    if known is not None:
        return known.with_other(machine, sign, right, False, span)
    known = gate_items.held(right)
    return None if known is None else known.with_other(machine, sign, left, True, span)


def _table(machine: Machine, sign: ast.cmpop, left: Value, right: Value, span: Span) -> Value | None:
    """``frame["x"] == 1`` is a column of truths, not one."""
    if type(sign) in _ALWAYS_ONE or not (isinstance(left, Data) or isinstance(right, Data)):
        return None
    for side in (left, right):
        if isinstance(side, Data) and column_like(side):
            other = right if side is left else left
            key = (*side.key, f"{_SIGNS[type(sign)]} {_shown(other)}")[-12:]
            return Data(key, span, side.words | gathered(other), "compared", (left, right))
    return None


def column_like(data: Data) -> bool:
    """Whether something from outside is a table, or a column or row choice of one."""
    return data.call in ("table", "compared")


def compared(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    """The truth of one comparison; one with something from outside is remembered."""
    if op not in ("is", "is not"):
        left, right = as_data(left, span), as_data(right, span)
    if op in ("==", "!=") and isinstance(right, Native) and right.name == "approx":
        return _near(left, right) == (op == "==")
    if op in ("==", "!=", "is", "is not") and differ(left, right):
        return op in ("!=", "is not")
    if op in ("in", "not in"):
        return _inside(machine, left, right, span) == (op == "in")
    if op in ("is", "is not") or (op in ("==", "!=") and any(isinstance(one, Const) and one.data is None for one in
                                                            (left, right))):  # fmt: skip
        return _same(machine, left, right, span) == (op in ("is", "=="))
    if type(left) is Const and type(right) is Const:
        return _known(machine, op, left, right, span)
    if machine.world is not None and op in ("==", "!=") and isinstance(left, Seq | Table):
        from gradeline.facts.known_values import alike

        same = alike(left, right, span)
        if same is not None:
            return same == (op == "==")
    if isinstance(left, Seq) and isinstance(right, Seq):
        machine.worked(span, 2 * (len(left.items) + len(right.items)))
    if isinstance(left, Seq) and isinstance(right, Seq) and not external(left) and not external(right):
        return _sequences(machine, op, left, right, span)
    if not (external(left) or external(right)):
        return _known(machine, op, left, right, span)
    texts = [one for one in (left, right) if isinstance(one, Const) and isinstance(one.data, str | bytes)]
    odd = [one for one in (left, right) if isinstance(one, Table | Seq | Thing | Lib | Klass)]
    if texts or odd:
        return _chosen(machine, op, left, right, span)
    try:
        result = compare(op, machine.amount(left, span), machine.amount(right, span))
    except NotANumber as error:
        raise Raised(lineage_of(error.name), span) from None
    _remember(machine, span, op, left, right, result, True)
    return result


def _near(value: Value, wanted: Native) -> bool:
    """Whether a number is as near as ``pytest.approx`` wants it (its documentation: ``rel`` 1e-6, ``abs`` 1e-12)."""
    numbers = [one.data if isinstance(one, Const) and isinstance(one.data, int | float) else None
               for one in (value, wanted.state["expected"])]  # fmt: skip
    number, expected = numbers
    if number is None or expected is None:
        return False
    given = {name: float(one.data) for name in ("rel", "abs") if isinstance(one := wanted.state.get(name), Const)
             and isinstance(one.data, int | float)}  # fmt: skip
    relative = given.get("rel", 0.0 if "abs" in given else 1e-6) * abs(expected)
    return abs(number - expected) <= max(relative, given.get("abs", 1e-12))


def _known(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    if not isinstance(left, Const) or not isinstance(right, Const):
        if op in ("==", "!="):
            return (left is right) == (op == "==")
        if any(isinstance(one, Const) and one.data is None for one in (left, right)):
            raise Raised(lineage_of("TypeError"), span)
        raise Lost(span, "what is compared here cannot be seen")
    machine.constant.append((span, left, right))
    try:
        found = compare(op, left.data, right.data)
        if machine.world is not None:
            found = machine.fixed.get(span, found)
            machine.truths.append((span, found))
        return found
    except NotANumber as error:
        raise Raised(lineage_of(error.name), span) from None


def _sequences(machine: Machine, op: str, left: Seq, right: Seq, span: Span) -> bool:
    known = [[one.data if isinstance(one, Const) else id(one) for one in side.items] for side in (left, right)]
    if left.kind == "set":
        sets = [set(map(str, side)) for side in known]
        return bool(COMPARISONS[op](sets[0], sets[1]))
    if op not in ("==", "!="):
        try:
            return compare(op, known[0], known[1])
        except NotANumber as error:
            raise Raised(lineage_of(error.name), span) from None
    return (known[0] == known[1]) == (op == "==")


def _chosen(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    """A comparison of a text or a collection from outside: a decision of the experiment."""
    data = next(iter(leaves(left, right)), None)
    other = right if isinstance(left, Data | Expr) else left
    if data is None:
        raise Lost(span, "what is compared here cannot be seen")
    face = machine.faces.get(data.key)
    if isinstance(face, str) and isinstance(other, Const) and isinstance(other.data, str):
        equal = face == other.data
    else:
        key = (*data.key, f"{op} {_shown(other)}")
        equal = bool(machine.faces.get(key, op != "=="))  # whoever asks for a difference complains about one
        machine.asked[key] = (_asked(key, data, span), equal)
    result = equal if op != "!=" else not equal
    _remember(machine, span, op, left, right, result, False)
    return result


def _asked(key: tuple[str, ...], data: Data, span: Span) -> Data:
    """The truth of a question about something from outside."""
    found = Data(key, span, data.words, "equal")
    found.source = data
    return found


def _remember(machine: Machine, span: Span, op: str, left: Value, right: Value, result: bool, numeric: bool) -> None:
    count = machine.counts.get(span, 0)
    machine.counts[span] = count + 1
    machine.compared.append(Comparison(span, count, op, left, right, result, numeric))


def _same(machine: Machine, left: Value, right: Value, span: Span) -> bool:
    data, other = (left, right) if isinstance(left, Data | Expr) else (right, left)
    if isinstance(data, Data):
        face = machine.faces.get(data.key, DEFAULT_FACE)
        machine.touched[data.key] = data
        if isinstance(other, Const) and other.data is None:
            return face is None or face == MISSING
        if isinstance(other, Const) and isinstance(other.data, bool):
            return machine.truth_of(data) == other.data
        return data is other
    if isinstance(left, Const) and isinstance(right, Const):
        if left.data is None or right.data is None:
            return left.data is right.data
        return type(left.data) is type(right.data) and left.data == right.data
    if isinstance(left, Lib) and isinstance(right, Lib):
        return left.name == right.name
    return left is right


DEFAULT_FACE = "\0something"


def _inside(machine: Machine, left: Value, right: Value, span: Span) -> bool:
    if isinstance(right, Seq):
        machine.worked(span, len(right.items))
        if isinstance(left, Const):
            known = [one.data for one in right.items if isinstance(one, Const)]
            if left.data in known:
                return True
            if not external(right):
                return False
        if isinstance(left, Data):
            face = machine.faces.get(left.key)
            if isinstance(face, str):
                return any(isinstance(one, Const) and one.data == face for one in right.items)
            key = (*left.key, "in")
            chosen = bool(machine.faces.get(key, True))
            machine.asked[key] = (_asked(key, left, span), chosen)
            return chosen
        return any(one is left for one in right.items)
    if isinstance(right, Table):
        if isinstance(left, Const):
            if left.data not in right.items and right.rest is not None:
                return _inside(machine, left, right.rest, span)
            return left.data in right.items
        if isinstance(left, Data):
            key = (*left.key, "in")
            chosen = bool(machine.faces.get(key, True))
            machine.asked[key] = (_asked(key, left, span), chosen)
            return chosen
        return False
    if isinstance(right, Const) and isinstance(right.data, str):
        return isinstance(left, Const) and isinstance(left.data, str) and left.data in right.data
    if isinstance(right, Data):
        child = right.child(_shown(left), span)
        machine.touched[child.key] = child
        face = machine.faces.get(child.key, DEFAULT_FACE)
        if right.key in machine.faces and machine.faces[right.key] is None:
            raise Raised(lineage_of("TypeError"), span)
        return not (face == MISSING or (machine.empty and face == EMPTY))
    if isinstance(right, Const) and right.data is None:
        raise Raised(lineage_of("TypeError"), span)
    return isinstance(right, Lib | Klass | Thing | Native)


def _shown(value: Value) -> str:
    if isinstance(value, Const):
        return str(value.data)[:80]
    if isinstance(value, Data):
        return shortened(".".join(value.key), 80)
    return type(value).__name__.lower()


def _either(machine: Machine, scope: Scope, node: ast.BoolOp, span: Span) -> Value:
    value: Value = NONE
    every = isinstance(node.op, ast.And)
    for part in node.values:
        value = evaluate(machine, scope, part)
        if holds(machine, value, span_of(scope, part)) != every:
            return value
    return value


def _unary(machine: Machine, scope: Scope, node: ast.UnaryOp, span: Span) -> Value:
    value = evaluate(machine, scope, node.operand)
    if isinstance(node.op, ast.Not):
        return derived(not holds(machine, value, span))
    if machine.world is not None and (known := gate_items.held(value)) is not None:
        other = Const(True) if isinstance(node.op, ast.Invert) else Const(-1)
        return known.with_other(machine, "^" if isinstance(node.op, ast.Invert) else "*", other, False, span)
    if isinstance(value, Const):
        if isinstance(value.data, int | float) and isinstance(node.op, ast.USub):
            return Const(-value.data, value.origin, value.span, value.key, value.parts)
        if isinstance(value.data, int | float) and isinstance(node.op, ast.UAdd):
            return value
        if isinstance(value.data, int) and isinstance(node.op, ast.Invert):
            return derived(~value.data, value)
        raise Raised(lineage_of("TypeError"), span)
    if isinstance(value, Data) and isinstance(node.op, ast.Invert):
        return Data((*value.key, "not"), span, value.words, value.call, (value,))
    if isinstance(value, Data | Expr):
        return Expr("neg", (value,)) if isinstance(node.op, ast.USub) else value
    raise Raised(lineage_of("TypeError"), span)


def binary(machine: Machine, op: ast.operator, left: Value, right: Value, span: Span) -> Value:
    """The value of ``left op right``."""
    sign = _OPERATORS.get(type(op), "")
    if machine.world is not None:
        found = _held_pair(machine, sign or _SIGNS_OF_BITS.get(type(op), ""), left, right, span)
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
            key = (*one.key, f"{type(op).__name__} {_shown(right if one is left else left)}")[-12:]
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


def _dict(machine: Machine, scope: Scope, node: ast.Dict, span: Span) -> Value:
    found: dict[object, Value] = {}
    rest: Data | None = None
    for key, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(machine, scope, value_node)
        if key is None:
            if isinstance(value, Table):
                found.update(value.items)
                rest = value.rest or rest
            elif isinstance(value, Data):
                rest = value
            continue
        named = evaluate(machine, scope, key)
        found[named.data if isinstance(named, Const) else _shown(named)] = value
        label(value, named.data if isinstance(named, Const) else "")
    table = Table(found, span=span)
    table.rest = rest
    return table


def _joined(machine: Machine, scope: Scope, node: ast.JoinedStr, span: Span) -> Value:
    parts: list[str] = []
    values: list[Value] = []
    known = True
    for piece in node.values:
        value = evaluate(machine, scope, piece)
        values.append(value)
        shown = _formatted(piece, value) or text_of(value)
        known = known and (isinstance(value, Const) or shown != "{…}")
        parts.append(shown)
    text = "".join(parts)[:MAX_TEXT]
    if known:
        return derived(text, *values) if len(values) != 1 else Const(text, "code", span)
    return Data(("text", text[:120]), span, gathered(*values), "text", tuple(values))


_FORMAT = re.compile(r"[<>^]?[ +-]?[,_]?(?:\d{0,2})[,_]?(?:\.\d{1,2})?[bdeEfFgGnsx%]?\Z")


def _formatted(piece: ast.expr, value: Value) -> str:
    """``{value:.2f}`` of a known number; empty where nothing is asked for."""
    if not isinstance(piece, ast.FormattedValue) or not isinstance(value, Const):
        return ""
    if piece.conversion == ord("r"):
        return repr(value.data)
    spec = piece.format_spec
    texts = [part.value for part in spec.values if isinstance(part, ast.Constant)] if isinstance(
        spec, ast.JoinedStr) else []  # fmt: skip
    if len(texts) != 1 or not isinstance(texts[0], str) or not _FORMAT.match(texts[0]):
        return ""
    if not isinstance(value.data, int | float) or not math.isfinite(value.data) or abs(value.data) > 1e15:
        return ""
    try:
        return format(value.data, texts[0])
    except (ValueError, TypeError):
        return ""


def _comprehension(
    machine: Machine, scope: Scope, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, span: Span
) -> Value:
    inner = Scope(scope.module, scope)
    found: list[Value] = []
    table: dict[object, Value] = {}
    others: list[Data] = []  # values under keys from outside: any entry may be among them

    def rounds(number_: int) -> None:
        if number_ == len(node.generators):
            if isinstance(node, ast.DictComp):
                key, value = evaluate(machine, inner, node.key), evaluate(machine, inner, node.value)
                table[key.data if isinstance(key, Const) else _shown(key)] = value
                if isinstance(key, Data) and isinstance(value, Data):
                    others.append(value)
            else:
                found.append(evaluate(machine, inner, node.elt))
            return
        part = node.generators[number_]
        for one in gate_items.items_of(machine, evaluate(machine, inner, part.iter), span_of(scope, part.iter)):
            assign(machine, inner, part.target, one)
            if all(truth(machine, inner, test) for test in part.ifs):
                rounds(number_ + 1)

    rounds(0)
    if isinstance(node, ast.DictComp):
        made = Table(table)
        made.rest = others[0] if others else None
        return made
    return Seq(found, "set" if isinstance(node, ast.SetComp) else "list")


_HANDLERS: dict[type[ast.expr], Callable[[Machine, Scope, Any, Span], Value]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Call: _call,
    ast.Compare: _compare, ast.BoolOp: _either, ast.UnaryOp: _unary, ast.BinOp: _binary, ast.IfExp: _chosen_side,
    ast.Tuple: _collection, ast.List: _collection, ast.Set: _collection, ast.Dict: _dict, ast.JoinedStr: _joined,
    ast.Lambda: _function, ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.NamedExpr: _named, ast.Await: _inner, ast.FormattedValue: _inner,
    ast.Starred: _inner, ast.Slice: _slice, ast.Yield: _yielded, ast.YieldFrom: _yielded,
}  # fmt: skip
