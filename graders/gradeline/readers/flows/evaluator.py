"""Goes through the statements of a file as Python would, with values that are partly unknown.

Nothing is imported or run.  A platform's reader says in ``Hooks`` what calls, decorators, ``with`` blocks and
undecided branches mean to it; everything else is Python's own meaning (The Python Language Reference, "Simple
statements" and "Compound statements"), as far as an orchestration needs it.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from gradeline.model.code import Codebase, Module
from gradeline.readers.flows.hooks import Hooks
from gradeline.readers.flows.joined import MAX_ITEMS, MAX_TEXT, formatted, join
from gradeline.readers.flows.known_calls import builtin, method
from gradeline.readers.flows.values import (
    Env,
    Joined,
    Made,
    Method,
    Named,
    Own,
    OwnClass,
    Runtime,
    Unknown,
    holds,
    is_plain,
)  # fmt: skip

MAX_STEPS = 20_000
MAX_DEPTH = 24

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b,
}  # fmt: skip
_SMALL = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Div: operator.truediv}


class Stop(Exception):
    """The work allowed for one file is used up; never leaves a reader."""


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class Evaluator:
    """One file on its way.  ``module`` changes while a function of another file is followed."""

    def __init__(self, code: Codebase, module: Module, hooks: Hooks) -> None:
        self.code = code
        self.module = module
        self.hooks = hooks
        self.steps = 0
        self.depth = 0
        self.globals: dict[str, Env] = {module.path: {}}
        self.resolving: set[tuple[str, str]] = set()

    def spend(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Stop

    # -- statements ------------------------------------------------------------------------------

    def run(self, body: list[ast.stmt], env: Env) -> None:
        for node in body:
            self.spend()
            self.statement(node, env)

    def statement(self, node: ast.stmt, env: Env) -> None:
        if isinstance(node, ast.Expr):
            self.value(node.value, env)
        elif isinstance(node, ast.Assign):
            value = self.value(node.value, env)
            for target in node.targets:
                self.bind(target, value, env)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.bind(node.target, self.value(node.value, env), env)
        elif isinstance(node, ast.AugAssign):
            left = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
            self.bind(node.target, self.value(left, env), env)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            made: Any = Own(self.module, node, env)
            for decorator in reversed(node.decorator_list):
                made = self.hooks.decorate(self.value(decorator, env), made, decorator, self)
            env[node.name] = made
        elif isinstance(node, ast.ClassDef):
            env[node.name] = OwnClass(self.module, node)
        elif isinstance(node, ast.With | ast.AsyncWith):
            self._with(node, env)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._for(node, env)
        elif isinstance(node, ast.While):
            self.run(node.body, env)
        elif isinstance(node, ast.If):
            self._if(node, env)
        elif isinstance(node, ast.Try):
            self.hooks.caught(node, env, self)
        elif isinstance(node, ast.Return):
            value = self.value(node.value, env) if node.value is not None else None
            self.hooks.ended(node, env, self)
            raise _Returned(value)
        elif isinstance(node, ast.Raise):
            self.hooks.ended(node, env, self)
            raise _Returned(Unknown("the flow ends here"))
        elif isinstance(node, ast.Assert):
            self.value(node.test, env)

    def _with(self, node: ast.With | ast.AsyncWith, env: Env) -> None:
        entered: list[Any] = []
        for item in node.items:
            value = self.hooks.enter(self.value(item.context_expr, env), item, self)
            entered.append(value)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value, env)
        try:
            self.run(node.body, env)
        finally:
            for value in reversed(entered):
                self.hooks.leave(value, self)

    def _for(self, node: ast.For | ast.AsyncFor, env: Env) -> None:
        items = self.value(node.iter, env)
        if isinstance(items, dict):
            items = list(items)
        if not isinstance(items, list | tuple) or len(items) > MAX_ITEMS:
            self.hooks.loop(items, node, env, self)  # type: ignore[arg-type]
            return
        for item in items:
            self.bind(node.target, item, env)
            self.run(node.body, env)
        self.run(node.orelse, env)

    def _if(self, node: ast.If, env: Env) -> None:
        if is_main(node.test):
            self.run(node.body, env)
            return
        value = self.value(node.test, env)
        known = self.truth(value, node.test)
        if known is None:
            self.hooks.branch(node, value, env, self)
        else:
            self.run(node.body if known else node.orelse, env)

    def truth(self, value: Any, node: ast.expr) -> bool | None:
        if isinstance(value, list | tuple | dict) or is_plain(value):
            return bool(value)
        return self.hooks.test(value, node, self)

    def bind(self, target: ast.expr, value: Any, env: Env) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, list | tuple) and len(value) == len(target.elts)
            for number, item in enumerate(target.elts):
                if same:
                    part = value[number]
                else:
                    part = self.hooks.item(value, number, ast.Subscript(target, ast.Constant(number)), self)
                    part = Unknown() if part is NotImplemented else part
                self.bind(item, part, env)
        elif isinstance(target, ast.Subscript):
            owner, key = self.value(target.value, env), self.value(target.slice, env)
            if isinstance(owner, dict) and isinstance(key, str | int):
                owner[key] = value

    # -- functions -------------------------------------------------------------------------------

    def apply(self, function: Own, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """What a function of the repository gives for these arguments, with its body read."""
        if self.depth >= MAX_DEPTH:
            return Unknown("functions call each other too deeply")
        env: Env = {**function.env, **self.arguments(function, args, kwargs)}
        outer, self.module = self.module, function.module
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, env)
            self.run(function.node.body, env)
        except _Returned as returned:
            return returned.value
        finally:
            self.module = outer
            self.depth -= 1
        return None

    def block(self, body: list[ast.stmt], env: Env) -> tuple[bool, Any]:
        """Run a block that may return: whether it did, and with what."""
        try:
            self.run(body, env)
        except _Returned as returned:
            return True, returned.value
        return False, None

    def arguments(self, function: Own, args: list[Any], kwargs: Mapping[str, Any]) -> Env:
        spec = function.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
        found: Env = {}
        for name, default in zip(reversed(names), reversed(spec.defaults), strict=False):
            found[name] = self.value(default, function.env)
        for only, default_node in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            found[only.arg] = Unknown() if default_node is None else self.value(default_node, function.env)
        for name in names:
            found.setdefault(name, Unknown(f"`{name}` is given when it runs"))
        found.update(zip(names, args, strict=False))
        if spec.vararg is not None:
            found[spec.vararg.arg] = list(args[len(names) :])
        if spec.kwarg is not None:
            found[spec.kwarg.arg] = Unknown()
        found.update(kwargs)
        return found

    # -- expressions -----------------------------------------------------------------------------

    def value(self, node: ast.expr, env: Env) -> Any:
        self.spend()
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        return Unknown() if method is None else method(node, env)

    def _constant(self, node: ast.Constant, env: Env) -> Any:
        return node.value if isinstance(node.value, str | int | float | bool | None) else Unknown()

    def _name(self, node: ast.Name, env: Env) -> Any:
        return self.lookup(node.id, env)

    def lookup(self, name: str, env: Env) -> Any:
        if name in env:
            return env[name]
        known = self.globals.get(self.module.path, {})
        if name in known:
            return known[name]
        key = (self.module.path, name)
        if key in self.resolving or len(self.resolving) > MAX_DEPTH:
            return Unknown()
        self.resolving.add(key)
        try:
            return self._global(name)
        finally:
            self.resolving.discard(key)

    def _global(self, name: str) -> Any:
        module = self.module
        if name in module.definitions or name in module.imports:
            found = self.code.defined(module, name)
            if found is not None:
                if isinstance(found.node, ast.ClassDef):
                    return OwnClass(found.module, found.node)
                return self._decorated(Own(found.module, found.node, {}))
            full = module.imports.get(name, name)
            constant = self._imported(full)
            return Named(full) if constant is None else constant[0]
        if (assigned := module.constant(name)) is not None:
            return self.value(assigned, {})
        return Unknown() if name in module.assigned else Named(name)

    def _decorated(self, function: Own) -> Any:
        made: Any = function
        if isinstance(function.node, ast.Lambda):
            return made
        outer, self.module = self.module, function.module
        try:
            for decorator in reversed(function.node.decorator_list):
                made = self.hooks.decorate(self.value(decorator, {}), made, decorator, self)
        finally:
            self.module = outer
        return made

    def _imported(self, full: str) -> tuple[Any] | None:
        """A constant of another file of the repository."""
        home, _, last = full.rpartition(".")
        module = self.code.module(home, self.module) if home else None
        if module is None or (assigned := module.constant(last)) is None:
            return None
        outer, self.module = self.module, module
        try:
            return (self.value(assigned, {}),)
        finally:
            self.module = outer

    def _attribute(self, node: ast.Attribute, env: Env) -> Any:
        full = self.module.full(node)
        if full and full.partition(".")[0] not in env:
            head = full.partition(".")[0]
            if node_head(node) in self.module.imports or head in self.module.imports:
                found = self.code.defined(self.module, node)
                if found is not None:
                    if isinstance(found.node, ast.ClassDef):
                        return OwnClass(found.module, found.node)
                    return self._decorated(Own(found.module, found.node, {}))
        owner = self.value(node.value, env)
        found_value = self.hooks.attribute(owner, node.attr, node, self)
        if found_value is not NotImplemented:
            return found_value
        if isinstance(owner, Named):
            return Named(f"{owner.name}.{node.attr}")
        return Method(owner, node.attr)

    def _subscript(self, node: ast.Subscript, env: Env) -> Any:
        owner, key = self.value(node.value, env), self.value(node.slice, env)
        if isinstance(owner, list | tuple) and isinstance(key, int) and -len(owner) <= key < len(owner):
            return owner[key]
        if isinstance(owner, dict) and isinstance(key, str | int) and key in owner:
            return owner[key]
        found = self.hooks.item(owner, key, node, self)
        return Unknown() if found is NotImplemented else found

    def _joinedstr(self, node: ast.JoinedStr, env: Env) -> Any:
        return join([self.value(part, env) for part in node.values], self.hooks.keeps)

    def _formattedvalue(self, node: ast.FormattedValue, env: Env) -> Any:
        value = self.value(node.value, env)
        return str(value) if is_plain(value) and node.format_spec is None else (
            value if isinstance(value, Joined | Runtime) or self.hooks.keeps(value) else Unknown())  # fmt: skip

    def _binop(self, node: ast.BinOp, env: Env) -> Any:
        left, right = self.value(node.left, env), self.value(node.right, env)
        found = self.hooks.binary(left, right, node, self)
        if found is not NotImplemented:
            return found
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            given = right if isinstance(right, list | tuple) else [right]
            pieces = re.split("%[sd]", left)
            if "%" not in "".join(pieces) and len(pieces) == len(given) + 1:
                return formatted("{}".join(piece.replace("{", "{{").replace("}", "}}") for piece in pieces), given, {})
        text = isinstance(left, str | Joined | Runtime) and isinstance(right, str | Joined | Runtime)
        if isinstance(node.op, ast.Add) and text:
            return join([left, right])
        if isinstance(node.op, ast.Add) and isinstance(left, list) and isinstance(right, list):
            return (left + right)[:MAX_TEXT]
        numbers = all(isinstance(one, int | float) and abs(one) < 1e15 for one in (left, right))
        if numbers and type(node.op) in (*_SMALL, ast.Mult):
            try:
                return left * right if isinstance(node.op, ast.Mult) else _SMALL[type(node.op)](left, right)
            except ZeroDivisionError:
                return Unknown()
        if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
            return {**left, **right}
        return Unknown()

    def _unaryop(self, node: ast.UnaryOp, env: Env) -> Any:
        value = self.value(node.operand, env)
        if isinstance(node.op, ast.Not):
            known = self.truth(value, node.operand)
            return Made("not", (value,), {}, _call(node), self.module.span(node)) if known is None else not known
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return Unknown()

    def _boolop(self, node: ast.BoolOp, env: Env) -> Any:
        values = [self.value(part, env) for part in node.values]
        known = [self.truth(value, part) for value, part in zip(values, node.values, strict=True)]
        if all(item is not None for item in known):
            stops = isinstance(node.op, ast.Or)
            return next((value for value, item in zip(values, known, strict=True) if item is stops), values[-1])
        name = "and" if isinstance(node.op, ast.And) else "or"
        return Made(name, tuple(values), {}, _call(node), self.module.span(node))

    def _compare(self, node: ast.Compare, env: Env) -> Any:
        left = self.value(node.left, env)
        rights = [self.value(part, env) for part in node.comparators]
        if len(rights) == 1:
            right, kind = rights[0], node.ops[0]
            if is_plain(left) and is_plain(right):
                try:
                    return bool(_COMPARE[type(kind)](left, right))
                except TypeError:
                    return Unknown()
            return Made(type(kind).__name__, (left, right), {}, _call(node), self.module.span(node))
        return Unknown()

    def _ifexp(self, node: ast.IfExp, env: Env) -> Any:
        known = self.truth(self.value(node.test, env), node.test)
        if known is None:
            first, second = self.value(node.body, env), self.value(node.orelse, env)
            if is_plain(first) and first == second:
                return first
            kept = any(holds(one, Runtime) or self.hooks.keeps(one) for one in (first, second))
            return Made("choice", (first, second), {}, _call(node), self.module.span(node)) if kept else Unknown()
        return self.value(node.body if known else node.orelse, env)

    def _list(self, node: ast.List | ast.Tuple | ast.Set, env: Env) -> Any:
        found: list[Any] = []
        for item in node.elts[:MAX_TEXT]:
            if isinstance(item, ast.Starred):
                more = self.value(item.value, env)
                found.extend(more if isinstance(more, list | tuple) else [Unknown()])
            else:
                found.append(self.value(item, env))
        return found

    _tuple = _list
    _set = _list

    def _dict(self, node: ast.Dict, env: Env) -> Any:
        found: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, env)
            if key is None:
                found.update(value if isinstance(value, dict) else {})
                continue
            name = self.value(key, env)
            if isinstance(name, str | int | float | bool):
                found[name] = value
        return found

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, env: Env) -> Any:
        one = node.generators[0]
        items = self.value(one.iter, env)
        if len(node.generators) != 1 or not isinstance(items, list | tuple) or len(items) > MAX_ITEMS:
            once = dict(env)  # read once, for the steps that each round makes
            for part in node.generators:
                self.bind(part.target, Unknown("how many there are is computed"), once)
            made = self.value(node.elt, once)
            return [made] if self.hooks.makes(made) else Unknown("how many there are is computed")
        found: list[Any] = []
        for item in items:
            inner = dict(env)
            self.bind(one.target, item, inner)
            if all(self.truth(self.value(test, inner), test) is not False for test in one.ifs):
                found.append(self.value(node.elt, inner))
        return found

    _generatorexp = _listcomp
    _setcomp = _listcomp

    def _lambda(self, node: ast.Lambda, env: Env) -> Any:
        return Own(self.module, node, env)

    def _await(self, node: ast.Await, env: Env) -> Any:
        return self.value(node.value, env)

    def _namedexpr(self, node: ast.NamedExpr, env: Env) -> Any:
        value = self.value(node.value, env)
        self.bind(node.target, value, env)
        return value

    def _call(self, node: ast.Call, env: Env) -> Any:
        target = self.value(node.func, env)
        args: list[Any] = []
        for item in node.args:
            if isinstance(item, ast.Starred):
                more = self.value(item.value, env)
                args.extend(more if isinstance(more, list | tuple) else [Unknown()])
            else:
                args.append(self.value(item, env))
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, env)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict):
                kwargs.update({str(key): item for key, item in value.items()})
        found = self.hooks.call(target, args, kwargs, node, self)
        if found is not NotImplemented:
            return found
        if isinstance(target, Own):
            return self.apply(target, args, kwargs)
        if isinstance(target, Named):
            return builtin(target, args, kwargs, node, self)
        if isinstance(target, Method):
            return method(target, args, kwargs, node, self)
        return Unknown()



def is_main(test: ast.expr) -> bool:
    """Whether this is ``__name__ == "__main__"``."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def node_head(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _call(node: ast.expr) -> ast.Call:
    return ast.copy_location(ast.Call(node, [], []), node)
