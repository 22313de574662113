"""Calls: functions of the submission are followed into, those of libraries are known or answer from outside."""

from __future__ import annotations

import ast

from gradeline.facts import gate_expressions, gate_items
from gradeline.facts.gate_machine import block
from gradeline.facts.gate_state import MAX_CALLS, Lost, Machine, Raised, Returned, span_of
from gradeline.facts.gate_values import (
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Func,
    Klass,
    Lib,
    Native,
    Scope,
    Seq,
    Table,
    Thing,
    Value,
    gathered,
    label,
    leaves,
    lineage_of,
    shortened,
    words_of,
)
from gradeline.source import Span

Named = dict[str, Value]


def call_of(machine: Machine, scope: Scope, node: ast.Call) -> Value:
    evaluate = gate_expressions.evaluate
    span = span_of(scope, node)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return Data(("super",), span)
    if isinstance(node.func, ast.Name) and node.func.id in ("locals", "globals", "eval", "exec", "compile"):
        raise Lost(span, f"{node.func.id}() makes code or names at run time")
    function = evaluate(machine, scope, node.func)
    given: list[Value] = []
    for arg in node.args:
        value = evaluate(machine, scope, arg)
        if isinstance(arg, ast.Starred):
            given += gate_items.items_of(machine, value, span)
        else:
            given.append(value)
    named: Named = {}
    for keyword in node.keywords:
        value = evaluate(machine, scope, keyword.value)
        if keyword.arg is not None:
            named[keyword.arg] = value
        elif isinstance(value, Table):
            named.update({str(key): one for key, one in value.items.items()})
        elif isinstance(value, Data):
            named["**"] = value
    return call(machine, function, given, named, span)


def call(machine: Machine, function: Value, given: list[Value], named: Named, span: Span) -> Value:
    machine.step(span)
    if isinstance(function, Func):
        if not given and not set(named) - {"standalone_mode", "prog_name"}:
            from gradeline.facts.gate_arguments import decorated_call, is_command

            if is_command(function):
                return decorated_call(machine, function, span)
        return own_call(machine, function, given, named, span)
    if isinstance(function, Klass):
        from gradeline.facts.gate_classes import made

        return made(machine, function, given, named, span)
    if isinstance(function, Native):
        from gradeline.facts.gate_classes import Bound, class_call

        if isinstance(function, Bound):
            return class_call(machine, function, given, named, span)
        return function.call(given, named, span) if function.call is not None else NONE
    if isinstance(function, Lib):
        from gradeline.facts.gate_library import library_call

        return library_call(machine, function.name, given, named, span)
    if isinstance(function, Data):
        return outside(machine, function, given, named, span)
    if isinstance(function, Thing) and (method := function.klass.member("__call__")) is not None:
        return call(machine, gate_items._bound(method, function), given, named, span)
    if isinstance(function, Const) and function.data is None:
        raise Raised(lineage_of("TypeError"), span)
    raise Lost(span, "what is called here cannot be seen")


def own_call(machine: Machine, function: Func, given: list[Value], named: Named, span: Span) -> Value:
    if machine.depth >= MAX_CALLS:
        raise Lost(span, "functions call each other too deeply")
    scope = Scope(function.scope.module, function.scope)
    if function.owner is not None and not isinstance(function.node, ast.Lambda):
        given = [function.owner, *given]
    _bind(machine, scope, function, given, named, span)
    machine.depth += 1
    try:
        if isinstance(function.node, ast.Lambda):
            return gate_expressions.evaluate(machine, scope, function.node.body)
        if function.scope.module.yields(function.node):
            scope.names["\0yielded"] = Seq([])
        block(machine, scope, function.node.body)
    except Returned as done:
        if "\0yielded" not in scope.names:
            label(done.value, getattr(function.node, "name", ""))
            return done.value
    finally:
        machine.depth -= 1
    return scope.names.get("\0yielded", NONE)


def _bind(machine: Machine, scope: Scope, function: Func, given: list[Value], named: Named, span: Span) -> None:
    """Give the parameters their values; a call that does not fit raises as Python does."""
    known = function.node.args
    odd = bool(getattr(function.node, "decorator_list", ()))  # a decorator may change what it takes
    positional = [*known.posonlyargs, *known.args]
    named = dict(named)
    rest = named.pop("**", None)
    for parameter, value in zip(positional, given, strict=False):
        scope.names[parameter.arg] = value
    if len(given) > len(positional) and known.vararg is None:
        raise _misfit(odd, span)
    if known.vararg is not None:
        scope.names[known.vararg.arg] = Seq(list(given[len(positional) :]), "tuple")
    names = {one.arg for one in (*positional, *known.kwonlyargs)}
    for name in list(named):
        if name in names:
            scope.names[name] = named.pop(name)
    if known.kwarg is not None:
        scope.names[known.kwarg.arg] = Table(dict(named))
    elif named:
        raise _misfit(odd, span)
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(known.defaults)) + list(known.defaults)
    for parameter, default in (
        *zip(positional, defaults, strict=True),
        *zip(known.kwonlyargs, known.kw_defaults, strict=True),
    ):
        if parameter.arg in scope.names:
            continue
        if rest is not None and isinstance(rest, Data):
            scope.names[parameter.arg] = rest.child(parameter.arg, span)
        elif default is not None:
            scope.names[parameter.arg] = gate_expressions.evaluate(machine, function.scope, default)
        else:
            raise _misfit(odd, span)


def _misfit(odd: bool, span: Span) -> Exception:
    if odd:
        return Lost(span, "what a decorator makes of this function cannot be seen")
    return Raised(lineage_of("TypeError"), span)


def outside(machine: Machine, function: Data, given: list[Value], named: Named, span: Span) -> Value:
    """A method of something from outside."""
    name = function.key[-1] if function.key else ""
    holder = Data(function.key[:-1], function.span, function.words, function.call)
    holder.source = function.source
    if name == "get" and given:
        default = given[1] if len(given) > 1 else named.get("default", NONE)
        child = holder.child(str(given[0].data) if isinstance(given[0], Const) else _text(given[0]), span)
        machine.touched[child.key] = child
        face = machine.faces.get(child.key, "")
        if face == MISSING:
            return default
        if child.key in machine.faces and face is None:
            return NONE
        return child
    if name in ("items", "iterrows", "iteritems"):
        pairs = Data((*holder.key, "items()"), span, holder.words, holder.call)
        pairs.source = holder
        return pairs
    if name in ("keys", "values", "copy", "tolist", "to_dict", "item", "to_numpy", "model_dump", "numpy"):
        inner = Data(holder.key, span, holder.words, "" if name == "item" else holder.call, holder.given, holder.named)
        inner.source = holder.source
        return inner if name != "keys" else holder.child("keys()", span)
    if name == "append" and not function.call:
        return NONE
    if name in ("pop", "__getitem__") and given:
        return gate_items.entry(machine, holder, _text(given[0]), span, "KeyError")
    if name in ("open", "write_text", "write_bytes"):
        written = _as_path(machine, holder, name, given, named, span)
        if written is not None:
            return written
    from gradeline.facts.gate_library import answered

    return answered(machine, function, name, given, named, span)


def _as_path(
    machine: Machine, holder: Data, name: str, given: list[Value], named: Named, span: Span
) -> Value | None:
    """Methods of a path that comes from outside: ``Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a")``."""
    from gradeline.facts.gate_files import opened, write

    if name != "open":
        write(machine, holder, given[0] if given else named.get("data", NONE), span)
        return NONE
    mode = given[0] if given else named.get("mode", Const("r"))
    if isinstance(mode, Const) and str(mode.data).strip("bt+") in ("r", "w", "a", "x"):
        return opened(machine, holder, mode, span)
    return None


def _text(value: Value) -> str:
    if isinstance(value, Const):
        return str(value.data)[:120]
    return "[" + ".".join(value.key)[:100] + "]" if isinstance(value, Data) else "[…]"


def raised_by(value: Value, span: Span) -> Raised:
    """The exception that ``raise value`` raises."""
    if isinstance(value, Raisable):
        return Raised(value.lineage, span, value.value, said=True)
    if isinstance(value, Lib):
        return Raised(lineage_of(value.name), span, said=True)
    if isinstance(value, Klass):
        return Raised(tuple(value.lineage()), span, said=True)
    if isinstance(value, Thing):
        return Raised((*value.klass.lineage(), "Exception", "BaseException"), span, said=True)
    if isinstance(value, Data) and value.call:
        return Raised(lineage_of(value.call), span, said=True)
    return Raised(("Exception", "BaseException"), span, said=True)


class Raisable(Value):
    """An exception object of Python or of a library."""

    __slots__ = ("lineage", "value")

    def __init__(self, lineage: tuple[str, ...], value: Value) -> None:
        self.lineage = lineage
        self.value = value


def named_call(name: str, given: list[Value], named: Named, span: Span) -> Data:
    """What a call of a library answers: known by its name and by what it is given."""
    parts = [_shape(one) for one in given[:6]]
    parts += [f"{key}={_shape(one)}" for key, one in list(named.items())[:8]]
    words = words_of(name) | gathered(*given, *named.values())
    shape = shortened(" ".join(parts), 160)
    return Data((f"{name}() line {span.line}", shape), span, words, name, tuple(given), dict(named))


def _shape(value: Value) -> str:
    if isinstance(value, Const):
        return str(value.data)[:40]
    if isinstance(value, Data | Expr | Seq):
        return "+".join(shortened("/".join(one.key), 60) for one in leaves(value)[:4])
    if isinstance(value, Table):
        return "{" + ",".join(f"{key}:{_shape(one)}" for key, one in list(value.items.items())[:4]) + "}"
    return ""
