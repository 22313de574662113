"""Statements of a script, one after the other, in one experiment.  Nothing is imported, run or opened.

The experiment says what comes from outside (``faces``).  What cannot be followed ends the experiment with ``Lost``,
so that nobody mistakes it for an answer.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from gradeline.facts.gate_operators import binary
from gradeline.facts.gate_state import (
    MAX_CALLS,
    MAX_ROUNDS,
    NEVER_EMPTY,
    Broke,
    Continued,
    Lost,
    Machine,
    Raised,
    Returned,
    span_of,
)
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Func,
    Klass,
    Lib,
    ModuleValue,
    Native,
    Scope,
    Seq,
    Table,
    Value,
    lineage_of,
)
from gradeline.model.code import Module
from gradeline.source import Span


def globals_of(machine: Machine, module: Module, name: str = "") -> Scope:
    """The names of a module; its statements run when it is first asked for."""
    if module.path in machine.scopes:
        return machine.scopes[module.path]
    scope = Scope(module)
    scope.names["__name__"] = Const(name or module.path)
    scope.names["__file__"] = Const(module.path)
    machine.scopes[module.path] = scope
    if machine.depth >= MAX_CALLS:
        raise Lost(Span(module.path, 1), "too many files import each other")
    machine.depth += 1
    try:
        block(machine, scope, module.tree.body)
    finally:
        machine.depth -= 1
    return scope


def block(machine: Machine, scope: Scope, body: list[ast.stmt]) -> None:
    for node in body:
        statement(machine, scope, node)


def statement(machine: Machine, scope: Scope, node: ast.stmt) -> None:
    span = scope.module.span(node)
    machine.step(span)
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise Lost(span, "this statement is not followed")
    handler(machine, scope, node)


def _expression(machine: Machine, scope: Scope, node: ast.Expr) -> None:
    gate_expressions.evaluate(machine, scope, node.value)


def _assignment(machine: Machine, scope: Scope, node: ast.Assign) -> None:
    value = gate_expressions.evaluate(machine, scope, node.value)
    for target in node.targets:
        assign(machine, scope, target, value)


def _annotated(machine: Machine, scope: Scope, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(machine, scope, node.target, gate_expressions.evaluate(machine, scope, node.value))


def _if(machine: Machine, scope: Scope, node: ast.If) -> None:
    block(machine, scope, node.body if gate_expressions.truth(machine, scope, node.test) else node.orelse)


def _return(machine: Machine, scope: Scope, node: ast.Return) -> None:
    raise Returned(gate_expressions.evaluate(machine, scope, node.value) if node.value is not None else NONE)


def _assert(machine: Machine, scope: Scope, node: ast.Assert) -> None:
    if not machine.optimized and not gate_expressions.truth(machine, scope, node.test):
        raise Raised(lineage_of("AssertionError"), span_of(scope, node), said=True)


def _define(machine: Machine, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    scope.names[node.name] = Func(node, scope)


def _break(machine: Machine, scope: Scope, node: ast.Break) -> None:
    raise Broke


def _continue(machine: Machine, scope: Scope, node: ast.Continue) -> None:
    raise Continued


def _share(machine: Machine, scope: Scope, node: ast.Global | ast.Nonlocal) -> None:
    scope.shared |= set(node.names)


def _match(machine: Machine, scope: Scope, node: ast.Match) -> None:
    from gradeline.facts.gate_match import matched

    chosen = matched(machine, scope, node)
    if chosen is not None:
        block(machine, scope, chosen)


def _forget(machine: Machine, scope: Scope, node: ast.Delete) -> None:
    for target in node.targets:
        _delete(machine, scope, target)


def _nothing(machine: Machine, scope: Scope, node: ast.Pass) -> None:
    pass


def assign(machine: Machine, scope: Scope, target: ast.expr, value: Value) -> None:
    if isinstance(target, ast.Name):
        scope.set(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        spread = [index for index, item in enumerate(target.elts) if isinstance(item, ast.Starred)]
        star = spread[0] if spread else None
        parts = gate_items.unpacked(machine, value, len(target.elts), star, span_of(scope, target))
        for item, part in zip(target.elts, parts, strict=False):
            assign(machine, scope, item.value if isinstance(item, ast.Starred) else item, part)
    elif isinstance(target, ast.Attribute):
        holder = gate_expressions.evaluate(machine, scope, target.value)
        gate_items.set_attribute(machine, holder, target.attr, value, span_of(scope, target))
    elif isinstance(target, ast.Subscript):
        holder = gate_expressions.evaluate(machine, scope, target.value)
        key = gate_expressions.evaluate(machine, scope, target.slice)
        gate_items.set_item(machine, holder, key, value, span_of(scope, target))


def _augment(machine: Machine, scope: Scope, node: ast.AugAssign) -> None:
    old = gate_expressions.evaluate(machine, scope, node.target)  # where a target stands, its value is read
    more = gate_expressions.evaluate(machine, scope, node.value)
    if isinstance(old, Seq) and isinstance(node.op, ast.Add | ast.BitOr):
        old.items.extend(gate_items.items_of(machine, more, span_of(scope, node)))  # the same list, as Python does
        return
    if isinstance(old, Table) and isinstance(more, Table):
        old.items.update(more.items)
        return
    assign(machine, scope, node.target, binary(machine, node.op, old, more, span_of(scope, node)))


def _for(machine: Machine, scope: Scope, node: ast.For | ast.AsyncFor) -> None:
    over = gate_expressions.evaluate(machine, scope, node.iter)
    items = gate_items.items_of(machine, over, span_of(scope, node.iter))
    if len(items) > (MAX_ROUNDS if machine.world is None else 10 * MAX_ROUNDS):
        raise Lost(span_of(scope, node), "it has too many rounds to be followed")
    for item in list(items):
        assign(machine, scope, node.target, item)
        try:
            block(machine, scope, node.body)
        except Broke:
            return
        except Continued:
            continue
    block(machine, scope, node.orelse)


def _while(machine: Machine, scope: Scope, node: ast.While) -> None:
    for _ in range(MAX_ROUNDS):
        if not gate_expressions.truth(machine, scope, node.test):
            block(machine, scope, node.orelse)
            return
        try:
            block(machine, scope, node.body)
        except Broke:
            return
        except Continued:
            continue
    raise Lost(span_of(scope, node), "it is not clear when this loop ends")


def _raise(machine: Machine, scope: Scope, node: ast.Raise) -> None:
    span = span_of(scope, node)
    if node.exc is None:
        current = scope.find("\0error")
        lineage = tuple(str(item.data) for item in current.items if isinstance(item, Const)) if isinstance(
            current, Seq
        ) else ("RuntimeError", "Exception", "BaseException")  # fmt: skip
        raise Raised(lineage, span, said=True)
    raise gate_calls.raised_by(gate_expressions.evaluate(machine, scope, node.exc), span)


def _try(machine: Machine, scope: Scope, node: ast.Try | ast.TryStar) -> None:
    try:
        try:
            block(machine, scope, node.body)
        except Raised as error:
            handler = next((one for one in node.handlers if _handles(machine, scope, one, error)), None)
            if handler is None:
                raise
            before = scope.names.get("\0error")
            scope.names["\0error"] = Seq([Const(name) for name in error.lineage], "tuple")
            if handler.name:
                scope.names[handler.name] = _caught(machine, error)
            try:
                block(machine, scope, handler.body)
            finally:
                if before is None:
                    scope.names.pop("\0error", None)
                else:
                    scope.names["\0error"] = before
        else:
            block(machine, scope, node.orelse)
    finally:
        block(machine, scope, node.finalbody)


def _caught(machine: Machine, error: Raised) -> Value:
    if "SystemExit" in error.lineage or (machine.world is not None and isinstance(error.value, Const)):
        return Native("error", state={"code": error.value, "args": Seq([error.value], "tuple")})
    told = isinstance(error.value, Const) and error.value.data is not None
    if "HTTPError" in error.lineage and error.library and told:
        answer = Native("response", state={"status_code": error.value, "status": error.value})
        return Native("error", state={"code": error.value, "status": error.value, "response": answer})
    return Data((f"error at line {error.span.line}",), error.span, call="error")


def _handles(machine: Machine, scope: Scope, handler: ast.ExceptHandler, error: Raised) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names: list[str] = []
    for kind in kinds:
        value = gate_expressions.evaluate(machine, scope, kind)
        parts = value.items if isinstance(value, Seq) else [value]
        for part in parts:
            if isinstance(part, Klass):
                names.append(part.node.name)
            elif isinstance(part, Lib):
                names.append(part.name.rpartition(".")[2])
            else:
                names.append("Exception")  # computed; most likely it is the one
    if any(name in error.lineage for name in names):
        return True
    return error.library and any(name not in NEVER_EMPTY for name in names)


def _with(machine: Machine, scope: Scope, node: ast.With | ast.AsyncWith) -> None:
    forgiven: list[str] = []
    awaited: list[Native] = []  # in a trial: what `pytest.raises` catches
    said = len(machine.said)
    warned = False
    for item in node.items:
        value = gate_expressions.evaluate(machine, scope, item.context_expr)
        if machine.world is not None and isinstance(value, Data) and value.call == "pytest.raises":
            forgiven += [one.node.name for one in value.given if isinstance(one, Klass)]
            for one in value.given:
                if isinstance(one, Seq):
                    forgiven += [part.name.rpartition(".")[2] for part in one.items if isinstance(part, Lib)]
            awaited.append(Native("caught"))
        warned = warned or (isinstance(value, Data) and value.call == "pytest.warns")
        if isinstance(value, Data) and value.call in ("contextlib.suppress", "pytest.raises"):
            forgiven += [one.name.rpartition(".")[2] for one in value.given if isinstance(one, Lib)]
        entered = gate_items.call_named(machine, value, "__enter__", span_of(scope, item.context_expr))
        if item.optional_vars is not None:
            caught = awaited[-1] if awaited and isinstance(value, Data) and value.call == "pytest.raises" else value
            assign(machine, scope, item.optional_vars, entered if entered is not None else caught)
    try:
        block(machine, scope, node.body)
    except Raised as error:
        if not any(name in error.lineage for name in forgiven):
            raise
        for one in awaited:
            one.state |= {"value": _caught(machine, error), "exception": _caught(machine, error)}
        return
    if machine.world is not None and (awaited or (warned and len(machine.said) == said)):
        raise Raised(("Failed", "Exception", "BaseException"), span_of(scope, node), said=True)


def _class(machine: Machine, scope: Scope, node: ast.ClassDef) -> None:
    bases = tuple(gate_expressions.evaluate(machine, scope, base) for base in node.bases)
    inner = Scope(scope.module, scope)
    block(machine, inner, node.body)
    scope.names[node.name] = Klass(node, inner, bases)


def _import(machine: Machine, scope: Scope, node: ast.Import | ast.ImportFrom) -> None:
    """Names of the repository's own modules are theirs; all others are a library's."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            own = machine.own(alias.name, scope.module)
            bound = alias.asname or alias.name.partition(".")[0]
            if own is None or (not alias.asname and "." in alias.name):
                scope.names[bound] = Lib(alias.name if alias.asname else bound)
            else:
                scope.names[bound] = ModuleValue(globals_of(machine, own))
        return
    base = "." * node.level + (node.module or "")
    if any(alias.name == "*" for alias in node.names):
        scope.names["*"] = Lib(base)  # any name may come from there
    own = machine.own(base, scope.module)
    for alias in node.names:
        bound = alias.asname or alias.name
        full = f"{base}{'' if base.endswith('.') else '.'}{alias.name}"
        if own is not None and own is not scope.module:
            inner = globals_of(machine, own)
            if alias.name == "*":
                scope.names.update({name: value for name, value in inner.names.items() if not name.startswith("_")})
                continue
            if alias.name in inner.names:
                scope.names[bound] = inner.names[alias.name]
                continue
        module = machine.own(full, scope.module)
        scope.names[bound] = ModuleValue(globals_of(machine, module)) if module is not None else Lib(full)


def _delete(machine: Machine, scope: Scope, target: ast.expr) -> None:
    if isinstance(target, ast.Name):
        scope.names.pop(target.id, None)
    elif isinstance(target, ast.Subscript):
        holder = gate_expressions.evaluate(machine, scope, target.value)
        key = gate_expressions.evaluate(machine, scope, target.slice)
        if isinstance(holder, Table) and isinstance(key, Const):
            holder.items.pop(key.data, None)


_HANDLERS: dict[type[ast.stmt], Callable[[Machine, Scope, Any], None]] = {
    ast.Expr: _expression, ast.Assign: _assignment, ast.AnnAssign: _annotated, ast.AugAssign: _augment, ast.If: _if,
    ast.For: _for, ast.AsyncFor: _for, ast.While: _while, ast.Return: _return, ast.Raise: _raise, ast.Assert: _assert,
    ast.Try: _try, ast.TryStar: _try, ast.With: _with, ast.AsyncWith: _with, ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define, ast.ClassDef: _class, ast.Import: _import, ast.ImportFrom: _import,
    ast.Break: _break, ast.Continue: _continue, ast.Global: _share, ast.Nonlocal: _share, ast.Match: _match,
    ast.Delete: _forget, ast.Pass: _nothing,
}  # fmt: skip

# Statements need expressions, and expressions with calls need statements: whoever is loaded last closes the circle.
from gradeline.facts import gate_calls, gate_expressions, gate_items  # noqa: E402
