"""Expressions of a script in one experiment."""

from __future__ import annotations

import ast
import builtins
import math
import re
from collections.abc import Callable
from typing import Any

from gradeline.facts import gate_arrays, gate_calls, gate_items
from gradeline.facts.gate_comparisons import SIGNS, column_of_truths, compared, held_pair, holds, shown
from gradeline.facts.gate_machine import assign, globals_of
from gradeline.facts.gate_operators import MAX_TEXT, binary
from gradeline.facts.gate_state import MAX_STEPS, Lost, Machine, Raised, derived, span_of
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Expr,
    Func,
    Lib,
    Scope,
    Seq,
    Table,
    Typed,
    Value,
    gathered,
    label,
    lineage_of,
    text_of,
)
from gradeline.source import Span

_GENERIC = frozenset({"list", "dict", "tuple", "set", "frozenset", "type"})  # with their parts they are types
_ORDERS = frozenset({"==", "!=", "<", "<=", ">", ">="})


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


def _compare(machine: Machine, scope: Scope, node: ast.Compare, span: Span) -> Value:
    left = evaluate(machine, scope, node.left)
    result = True
    parts: list[Value] = [left]
    for sign, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, scope, right_node)
        parts.append(right)
        table = held_pair(machine, SIGNS[type(sign)], left, right, span)
        if machine.exact and SIGNS[type(sign)] in _ORDERS and gate_arrays.is_pair(left, right):
            table = gate_arrays.compared(machine, SIGNS[type(sign)], left, right, span)
        table = table if table is not None else column_of_truths(machine, sign, left, right, span)
        if table is not None:
            return table  # a comparison of a whole column
        result = compared(machine, SIGNS[type(sign)], left, right, span)
        if not result:
            break
        left = right
    return derived(result)


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
        found[named.data if isinstance(named, Const) else shown(named)] = value
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
                table[key.data if isinstance(key, Const) else shown(key)] = value
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
