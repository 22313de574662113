"""Expressions of a followed test."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from gradeline.facts.tests_files import is_under_test
from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_machine import MAX_TEXT, Func, Lib, Machine, Scope, _key, weighed
from gradeline.facts.trial_names import attribute
from gradeline.facts.trial_values import METER, Column, Lost, grouped, worked


def evaluate(machine: Machine, node: ast.expr, scope: Scope) -> Any:
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise Lost("an expression is not known")
    return handler(machine, node, scope)


def _constant(machine: Machine, node: ast.Constant, scope: Scope) -> Any:
    if isinstance(node.value, bytes | complex):
        raise Lost("a value is not known")
    return node.value


def _name(machine: Machine, node: ast.Name, scope: Scope) -> Any:
    return machine.name(scope, node.id)


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> Any:
    return attribute(machine.value(node.value, scope), node.attr)


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> Any:
    holder = machine.value(node.value, scope)
    return item(machine, holder, machine.value(node.slice, scope))


def item(machine: Machine, holder: Any, key: Any) -> Any:
    """``holder[key]``"""
    if isinstance(holder, dict):
        key = _key(key)
        if key in holder:
            return holder[key]
        made = getattr(holder, "made", None)
        if made is None:
            raise Lost(f"there is no entry {key!r}")
        holder[key] = made()
        return holder[key]
    if isinstance(holder, list | tuple | str | range):
        if isinstance(key, slice):
            return holder[key]
        if not isinstance(key, int) or not -len(holder) <= key < len(holder):
            raise Lost("a place behind the end of a list is asked for")
        return holder[key]
    if isinstance(holder, Lib | type):
        return holder  # a generic type
    found = getattr(type(holder), "__getitem__", None)
    if found is None or not type(holder).__module__.startswith("gradeline.facts.trial"):
        raise Lost("what is taken out of this is not known")
    return found(holder, key)


def _call(machine: Machine, node: ast.Call, scope: Scope) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        from gradeline.facts.trial_classes import above

        return above(machine, scope)
    function = machine.value(node.func, scope)
    given: list[Any] = []
    for arg in node.args:
        value = machine.value(arg, scope)
        given += machine.items(value) if isinstance(arg, ast.Starred) else [value]
    named: dict[str, Any] = {}
    for word in node.keywords:
        value = machine.value(word.value, scope)
        if word.arg is not None:
            named[word.arg] = value
        elif isinstance(value, dict):
            named |= {str(key): one for key, one in value.items()}
        else:
            raise Lost("the arguments of a call are not known")
    was = machine.at
    METER.names = lambda name: machine.name(scope, name)
    found = called(machine, function, given, named, scope, node)
    machine.at = was
    return found


def called(machine: Machine, function: Any, given: list[Any], named: dict[str, Any], scope: Scope,
           node: ast.AST | None = None) -> Any:  # fmt: skip
    from gradeline.facts.trial_machine import Red

    if (
        isinstance(function, Func)
        and is_under_test(function.scope.module.path)
        and not is_under_test(scope.module.path)
    ):
        from gradeline.facts.trial_models import into_code

        return into_code(machine, function, given, named)
    if not callable(function):
        raise Lost("what is called here is not known")
    try:
        return function(*given, **named)
    except (Lost, Red):
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
        raise Lost("a call is not known in this form") from None


def _binary(machine: Machine, node: ast.BinOp, scope: Scope) -> Any:
    return machine.binary(type(node.op), machine.value(node.left, scope), machine.value(node.right, scope))


def _unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> Any:
    value = machine.value(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return not machine.truth(value)
    if isinstance(value, int | float):
        return -value if isinstance(node.op, ast.USub) else value if isinstance(node.op, ast.UAdd) else ~int(value)
    if isinstance(value, Column):
        return -value if isinstance(node.op, ast.USub) else value if isinstance(node.op, ast.UAdd) else ~value
    if isinstance(value, Frame) and isinstance(node.op, ast.Invert):
        return value == False  # noqa: E712 - of each value
    raise Lost("an operation is not known")


def _bool(machine: Machine, node: ast.BoolOp, scope: Scope) -> Any:
    value: Any = None
    for part in node.values:
        value = machine.value(part, scope)
        if machine.truth(value) != isinstance(node.op, ast.And):
            break
    return value


def _compare(machine: Machine, node: ast.Compare, scope: Scope) -> Any:
    left = machine.value(node.left, scope)
    found: Any = True
    for number, (sign, part) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = machine.value(part, scope)
        found = _compared(machine, sign, left, right)
        if number + 1 < len(node.ops) and not machine.truth(found):
            break
        left = right
    return found


def _compared(machine: Machine, sign: ast.cmpop, left: Any, right: Any) -> Any:
    if isinstance(sign, ast.Is | ast.IsNot):
        same = left is right or (isinstance(left, bool) and left is right)
        return same == isinstance(sign, ast.Is)
    if isinstance(sign, ast.In | ast.NotIn):
        if isinstance(right, list | tuple | set | frozenset | range):
            inside = any(_equal(left, one) for one in right)
        elif isinstance(right, dict):
            inside = _key(left) in right
        elif isinstance(right, str):
            inside = isinstance(left, str) and left in right
        elif isinstance(right, Column | Frame):
            inside = left in right
        else:
            raise Lost("what this is looked for in is not known")
        return inside == isinstance(sign, ast.In)
    if isinstance(left, Column):
        grouped(left.name if isinstance(right, str) else None)
    if isinstance(sign, ast.Eq | ast.NotEq) and isinstance(left, list | tuple | dict | set) and isinstance(
            right, list | tuple | dict | set):  # fmt: skip
        return _equal(left, right) == isinstance(sign, ast.Eq)
    if isinstance(left, list | tuple | dict) or isinstance(right, list | tuple | dict):
        weighed(left)
    return machine.binary(type(sign), left, right)


def _equal(left: Any, right: Any) -> bool:
    weighed(left)
    found = left == right
    return found.all() if isinstance(found, Column) else bool(found)


def _chosen(machine: Machine, node: ast.IfExp, scope: Scope) -> Any:
    return machine.value(node.body if machine.truth(machine.value(node.test, scope)) else node.orelse, scope)


def _elements(machine: Machine, nodes: list[ast.expr], scope: Scope) -> list[Any]:
    found: list[Any] = []
    for one in nodes:
        if isinstance(one, ast.Starred):
            found += machine.items(machine.value(one.value, scope))
        else:
            found.append(machine.value(one, scope))
    worked(len(found))
    return weighed(found)  # type: ignore[no-any-return]


def _list(machine: Machine, node: ast.List, scope: Scope) -> Any:
    return _elements(machine, node.elts, scope)


def _tuple(machine: Machine, node: ast.Tuple, scope: Scope) -> Any:
    return tuple(_elements(machine, node.elts, scope))


def _set(machine: Machine, node: ast.Set, scope: Scope) -> Any:
    return {_key(one) for one in _elements(machine, node.elts, scope)}


def _dict(machine: Machine, node: ast.Dict, scope: Scope) -> Any:
    found: dict[Any, Any] = {}
    for key, value_node in zip(node.keys, node.values, strict=True):
        value = machine.value(value_node, scope)
        if key is not None:
            found[_key(machine.value(key, scope))] = value
        elif isinstance(value, dict):
            found |= value
        elif isinstance(value, Column):
            found |= value.to_dict()
        else:
            raise Lost("the entries of a mapping are not known")
    return weighed(found)


def _joined(machine: Machine, node: ast.JoinedStr, scope: Scope) -> Any:
    parts = []
    for piece in node.values:
        inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
        value = machine.value(inner, scope)
        if isinstance(piece, ast.FormattedValue) and piece.format_spec is not None:
            parts.append(_formatted(value, piece.format_spec))
        else:
            parts.append(str(value)[:MAX_TEXT] if isinstance(value, str | int | float | None) else "…")
    return "".join(parts)[:MAX_TEXT]


def _formatted(value: Any, form: ast.expr) -> str:
    """A number with leading noughts or with some digits; other forms keep the number as it is."""
    text = "".join(str(one.value) for one in ast.walk(form) if isinstance(one, ast.Constant))
    digits = text.removeprefix("0").rstrip("df")
    if text.startswith("0") and isinstance(value, int) and digits.isdecimal() and int(digits[:3]) < 40:
        return str(value).zfill(int(digits[:3]))
    return str(value) if isinstance(value, str | int | float) else "…"


def _lambda(machine: Machine, node: ast.Lambda, scope: Scope) -> Any:
    return Func(machine, node, scope)


def _walrus(machine: Machine, node: ast.NamedExpr, scope: Scope) -> Any:
    value = machine.value(node.value, scope)
    scope.names[node.target.id] = value
    return value


def _slice(machine: Machine, node: ast.Slice, scope: Scope) -> Any:
    parts = [None if one is None else machine.value(one, scope) for one in (node.lower, node.upper, node.step)]
    if parts[2] == 0:
        raise Lost("a part of a list is not known")
    return slice(*parts)


def _inner(machine: Machine, node: ast.Await | ast.Starred, scope: Scope) -> Any:
    return machine.value(node.value, scope)


def _yielded(machine: Machine, node: ast.Yield | ast.YieldFrom, scope: Scope) -> Any:
    value = machine.value(node.value, scope) if node.value is not None else None
    holder: Scope | None = scope
    while holder is not None and holder.yielded is None:
        holder = holder.outer
    if holder is not None and holder.yielded is not None:
        holder.yielded += machine.items(value) if isinstance(node, ast.YieldFrom) else [value]
    return None


def _comprehension(
    machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
) -> Any:
    inner = Scope(scope.module, scope)
    found: list[Any] = []

    def rounds(number: int) -> None:
        if number == len(node.generators):
            if isinstance(node, ast.DictComp):
                found.append((_key(machine.value(node.key, inner)), machine.value(node.value, inner)))
            else:
                found.append(machine.value(node.elt, inner))
            return
        part = node.generators[number]
        for one in machine.items(machine.value(part.iter, inner)):
            machine.step(node, scope)
            machine.put(part.target, one, inner)
            if all(machine.truth(machine.value(test, inner)) for test in part.ifs):
                rounds(number + 1)

    rounds(0)
    weighed(found)
    if isinstance(node, ast.DictComp):
        return dict(found)
    return {_key(one) for one in found} if isinstance(node, ast.SetComp) else found


_HANDLERS: Mapping[type[ast.expr], Callable[[Machine, Any, Scope], Any]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Call: _call,
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _bool, ast.Compare: _compare, ast.IfExp: _chosen,
    ast.List: _list, ast.Tuple: _tuple, ast.Set: _set, ast.Dict: _dict, ast.JoinedStr: _joined, ast.Lambda: _lambda,
    ast.NamedExpr: _walrus, ast.Slice: _slice, ast.Await: _inner, ast.Starred: _inner, ast.Yield: _yielded,
    ast.YieldFrom: _yielded, ast.ListComp: _comprehension, ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.DictComp: _comprehension,
}  # fmt: skip
