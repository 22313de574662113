"""The statements and expressions of a followed test.  Nothing of the learner's code is run by Python itself.

Values are plain Python values, and the stand-ins of ``trial_values`` and ``trial_frames``.  All work is bounded; what
cannot be followed ends the trial with ``Lost``.  A failed assertion is ``Red``.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from gradeline.facts.tests_files import is_under_test
from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_names import put_attribute
from gradeline.facts.trial_values import METER, Column, Lost, worked
from gradeline.model.code import Codebase, Function, Module, dotted
from gradeline.source import Span

_GROWS = frozenset({"append", "extend", "update", "add", "insert", "setdefault"})
MAX_STEPS = 30_000
MAX_CALLS = 24
MAX_LEAVES = 20_000
MAX_TEXT = 4_000
_SIGNS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


class Red(Exception):
    """The test fails: an assertion does not hold, or it raises on purpose.  ``name`` is that of the exception."""

    def __init__(self, span: Span, name: str = "AssertionError", node: ast.AST | None = None) -> None:
        super().__init__(name)
        self.span = span
        self.name = name
        self.node = node


class Skipped(Exception):
    """The test skips itself."""


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__("return")
        self.value = value


class _Broke(Exception):
    pass


class _Continued(Exception):
    pass


class Scope:
    __slots__ = ("module", "names", "outer", "shared", "yielded")

    def __init__(self, module: Module, outer: Scope | None = None) -> None:
        self.module = module
        self.names: dict[str, Any] = {}
        self.outer = outer
        self.shared: set[str] = set()
        self.yielded: list[Any] | None = None


class Lib:
    """A name of a library, or of Python itself: ``pandas.testing``."""

    __slots__ = ("machine", "name")

    def __init__(self, machine: Machine, name: str) -> None:
        self.machine = machine
        self.name = name

    def __call__(self, *given: Any, **named: Any) -> Any:
        from gradeline.facts.trial_library import library_call

        return library_call(self.machine, self.name, given, named)


class Func:
    """A function of the submission.  ``owner`` is the object it is a method of."""

    __slots__ = ("machine", "node", "owner", "scope")

    def __init__(self, machine: Machine, node: Function | ast.Lambda, scope: Scope, owner: Any = None) -> None:
        self.machine = machine
        self.node = node
        self.scope = scope
        self.owner = owner

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.machine.call(self, given, named)


class Machine:
    """One trial.  ``files`` gives the text of a file of the repository by its path."""

    def __init__(self, code: Codebase, files: Callable[[str], str | None], paths: Callable[[str], list[str]]) -> None:
        self.code = code
        self.files = files
        self.paths = paths
        self.scopes: dict[str, Scope] = {}
        self.steps = self.depth = 0
        self.at = Span("", 1)
        self.making: set[tuple[str, str]] = set()
        self.documents: Mapping[str, Any] = {}  # YAML, JSON and TOML files of the repository
        self.model: Any = None  # what models answer in this trial
        self.ignored: frozenset[Span] = frozenset()  # assertions that may fail in this trial
        self.wide = 0  # how many fixtures and functions around keep what they make
        self.kept: dict[Any, Any] = {}  # tables that were read

    # -- names ---------------------------------------------------------------------------------

    def globals_of(self, module: Module) -> Scope:
        found = self.scopes.get(module.path)
        if found is None:
            found = self.scopes[module.path] = Scope(module)
            found.names["__file__"] = module.path
            found.names["__name__"] = module.path
        return found

    def name(self, scope: Scope, name: str) -> Any:
        inner: Scope | None = scope
        while inner is not None:
            if name in inner.names and name not in inner.shared:
                return inner.names[name]
            inner = inner.outer
        return self.of_module(scope.module, name)

    def of_module(self, module: Module, name: str) -> Any:
        """What a name of a file stands for; its value is computed when it is first asked for."""
        scope = self.globals_of(module)
        if name in scope.names:
            return scope.names[name]
        key = (module.path, name)
        if key in self.making or len(self.making) > MAX_CALLS:
            raise Lost(f"what {name} is cannot be seen")
        self.making.add(key)
        try:
            scope.names[name] = found = self._made(module, scope, name)
        finally:
            self.making.discard(key)
        return found

    def _made(self, module: Module, scope: Scope, name: str) -> Any:
        import builtins

        if name in module.definitions:
            node = module.definitions[name]
            if isinstance(node, ast.ClassDef):
                from gradeline.facts.trial_classes import Kind

                return Kind(self, node, scope)
            return self._wrapped(Func(self, node, scope), node, scope)
        values = module.assigned.get(name)
        if values:
            if len(values) != 1 or values[0] is None or _grows(module, name):
                return self._in_order(module, scope, name)
            return self.value(values[0], scope)
        if name in module.imports:
            return self.imported(module, module.imports[name])
        if hasattr(builtins, name):
            return Lib(self, name)
        raise Lost(f"where {name} comes from cannot be seen")

    def _wrapped(self, function: Func, node: Function, scope: Scope) -> Any:
        """A function with what its decorators make of it; those that only keep an answer change nothing here."""
        for one in node.decorator_list:
            full = scope.module.full(one.func if isinstance(one, ast.Call) else one)
            known = ("functools.", "pytest.", "staticmethod", "classmethod", "property", "contextlib.", "typing.",
                     "hypothesis.", "beartype", "app.", "abc.")  # fmt: skip
            if full == "hypothesis.strategies.composite":
                from gradeline.facts.trial_random import composite

                return composite(function)
            if not full.startswith(known):
                raise Lost("what a decorator makes of a function cannot be seen")
        return function

    def _in_order(self, module: Module, scope: Scope, name: str) -> Any:
        """The value of a name that a file binds several times: its statements about it run in order."""
        for node in module.tree.body:
            touched = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if name in touched and isinstance(
                node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For | ast.Expr | ast.With
            ):
                self.statement(node, scope)
        if name not in scope.names:
            raise Lost(f"what {name} is cannot be seen")
        return scope.names[name]

    def imported(self, user: Module, full: str) -> Any:
        own = self.code.module(full, user)
        if own is not None and own is not user:
            from gradeline.facts.trial_classes import ModuleNames

            return ModuleNames(self, own)
        owner, _, last = full.rpartition(".")
        if full.startswith(".") and not owner.strip("."):
            owner = full[: len(full) - len(full.lstrip("."))]
        holder = self.code.module(owner, user) if owner else None
        if holder is not None and holder is not user:
            return self.of_module(holder, last)
        return Lib(self, full)

    # -- calls ---------------------------------------------------------------------------------

    def call(self, function: Func, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if self.depth >= MAX_CALLS:
            raise Lost("functions call each other too deeply")
        scope = Scope(function.scope.module, function.scope)
        if function.owner is not None:
            given = (function.owner, *given)
        self._bind(scope, function, given, named)
        keeps = _keeps(function)
        self.depth += 1
        self.wide += keeps
        was = self.at
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, scope)
            if function.scope.module.yields(function.node):
                scope.yielded = []
            self.block(function.node.body, scope)
            return scope.yielded
        except _Returned as done:
            return scope.yielded if scope.yielded is not None else done.value
        finally:
            self.depth -= 1
            self.wide -= keeps
            self.at = was

    def _bind(self, scope: Scope, function: Func, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        known = function.node.args
        names = [one.arg for one in (*known.posonlyargs, *known.args)]
        if len(given) > len(names) and known.vararg is None:
            raise Lost("a function gets too many arguments")
        scope.names.update(zip(names, given, strict=False))
        if known.vararg is not None:
            scope.names[known.vararg.arg] = tuple(given[len(names) :])
        allowed = {*names, *(one.arg for one in known.kwonlyargs)}
        rest = {name: value for name, value in named.items() if name not in allowed}
        scope.names.update({name: value for name, value in named.items() if name in allowed})
        if known.kwarg is not None:
            scope.names[known.kwarg.arg] = rest
        elif rest:
            raise Lost("a function gets an argument that it does not know")
        defaults: list[ast.expr | None] = [None] * (len(names) - len(known.defaults)) + list(known.defaults)
        wanted = [*zip(names, defaults, strict=True),
                  *zip((one.arg for one in known.kwonlyargs), known.kw_defaults, strict=True)]  # fmt: skip
        for name, default in wanted:
            if name not in scope.names:
                if default is None:
                    raise Lost("a function misses an argument")
                scope.names[name] = self.value(default, function.scope)

    # -- statements ----------------------------------------------------------------------------

    def block(self, body: list[ast.stmt], scope: Scope) -> None:
        for node in body:
            self.statement(node, scope)

    def step(self, node: ast.AST, scope: Scope) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Lost("it does too much to be followed")

    def statement(self, node: ast.stmt, scope: Scope) -> None:
        self.step(node, scope)
        if not is_under_test(scope.module.path):
            self.at = scope.module.span(node)
        method = _STATEMENTS.get(type(node))
        if method is None:
            raise Lost("a statement is not known")
        try:
            method(self, node, scope)
        except Red as error:
            if error.span not in self.ignored or error.span != scope.module.span(node):
                raise
        except Lost as error:
            if error.span is None and not is_under_test(scope.module.path):
                error.span = scope.module.span(node)
            raise

    def _expression(self, node: ast.Expr, scope: Scope) -> None:
        self.value(node.value, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.put(target, value, scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.put(node.target, self.value(node.value, scope), scope)

    def _augment(self, node: ast.AugAssign, scope: Scope) -> None:
        target = node.target
        read: ast.expr
        if isinstance(target, ast.Name):
            read = ast.Name(target.id, ast.Load())
        elif isinstance(target, ast.Attribute):
            read = ast.Attribute(target.value, target.attr, ast.Load())
        else:
            read = ast.Subscript(target.value, target.slice, ast.Load())
        old = self.value(ast.copy_location(read, target), scope)
        self.put(node.target, self.binary(type(node.op), old, self.value(node.value, scope)), scope)

    def put(self, target: ast.expr, value: Any, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            holder = scope
            while target.id in holder.shared and holder.outer is not None:
                holder = holder.outer
            holder.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self._spread(target, value, scope)
        elif isinstance(target, ast.Subscript):
            holder_value = self.value(target.value, scope)
            key = self.value(target.slice, scope)
            if isinstance(holder_value, dict):
                holder_value[_key(key)] = weighed(value)
            elif (
                isinstance(holder_value, list)
                and isinstance(key, int)
                and -len(holder_value) <= key < len(holder_value)
            ):
                holder_value[key] = weighed(value)
            elif hasattr(holder_value, "__setitem__") and not isinstance(holder_value, list):
                holder_value[key] = value
            else:
                raise Lost("what is set here is not known")
        elif isinstance(target, ast.Attribute):
            put_attribute(self.value(target.value, scope), target.attr, value)
        else:
            raise Lost("what is set here is not known")

    def _spread(self, target: ast.Tuple | ast.List, value: Any, scope: Scope) -> None:
        items = self.items(value)
        star = next((place for place, one in enumerate(target.elts) if isinstance(one, ast.Starred)), None)
        if star is not None:
            after = len(target.elts) - star - 1
            if len(items) < len(target.elts) - 1:
                raise Lost("a list has another length than its names")
            items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
        if len(items) != len(target.elts):
            raise Lost("a list has another length than its names")
        for one, part in zip(target.elts, items, strict=True):
            self.put(one.value if isinstance(one, ast.Starred) else one, part, scope)

    def items(self, value: Any) -> list[Any]:
        """What a loop over a value goes through."""
        if isinstance(value, dict | list | tuple | set | frozenset | str | range | Column):
            found = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        elif hasattr(value, "__iter__") and not isinstance(value, Lib):
            found = list(value)
        else:
            raise Lost("what this goes through is not known")
        worked(len(found))
        return found

    def _if(self, node: ast.If, scope: Scope) -> None:
        self.block(node.body if self.truth(self.value(node.test, scope)) else node.orelse, scope)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        for one in self.items(self.value(node.iter, scope)):
            self.step(node, scope)
            self.put(node.target, one, scope)
            try:
                self.block(node.body, scope)
            except _Broke:
                return
            except _Continued:
                continue
        self.block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        while self.truth(self.value(node.test, scope)):
            self.step(node, scope)
            try:
                self.block(node.body, scope)
            except _Broke:
                return
            except _Continued:
                continue
        self.block(node.orelse, scope)

    def _return(self, node: ast.Return, scope: Scope) -> None:
        raise _Returned(None if node.value is None else self.value(node.value, scope))

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = scope.module.full(called).rpartition(".")[2] if called is not None else "Exception"
        if name in ("SkipTest", "Skipped"):
            raise Skipped
        raise Red(scope.module.span(node), name, node)

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        if not self.truth(self.value(node.test, scope)):
            raise Red(scope.module.span(node), "AssertionError", node.test)

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        try:
            try:
                self.block(node.body, scope)
            except Red as error:
                handler = next((one for one in node.handlers if _handles(scope.module, one, error.name)), None)
                if handler is None:
                    raise
                if handler.name:
                    scope.names[handler.name] = error.name
                self.block(handler.body, scope)
            else:
                self.block(node.orelse, scope)
        finally:
            self.block(node.finalbody, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        wanted: set[str] = set()
        forgiven: set[str] = set()
        for item in node.items:
            call = item.context_expr
            full = scope.module.full(call.func) if isinstance(call, ast.Call) else ""
            if full == "pytest.raises" or full.rpartition(".")[2] in ("assertRaises", "assertRaisesRegex"):
                assert isinstance(call, ast.Call)
                wanted |= _names(scope.module, call.args[:1])
            elif full == "contextlib.suppress":
                assert isinstance(call, ast.Call)
                forgiven |= _names(scope.module, call.args)
            else:
                value = self.value(call, scope)
                entered = getattr(value, "entered", value)
                if item.optional_vars is not None:
                    self.put(item.optional_vars, entered, scope)
        try:
            self.block(node.body, scope)
        except Red as error:
            if not _covers(wanted | forgiven, error.name):
                raise
        else:
            if wanted:
                raise Red(scope.module.span(node), "Failed", node)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        subject = self.value(node.subject, scope)
        for case in node.cases:
            if self._fits(case.pattern, subject, scope) and (
                case.guard is None or self.truth(self.value(case.guard, scope))
            ):
                self.block(case.body, scope)
                return

    def _fits(self, pattern: ast.pattern, subject: Any, scope: Scope) -> bool:
        if isinstance(pattern, ast.MatchValue):
            return bool(self.binary(ast.Eq, subject, self.value(pattern.value, scope)))
        if isinstance(pattern, ast.MatchSingleton):
            return subject is pattern.value
        if isinstance(pattern, ast.MatchOr):
            return any(self._fits(one, subject, scope) for one in pattern.patterns)
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None and not self._fits(pattern.pattern, subject, scope):
                return False
            if pattern.name is not None:
                scope.names[pattern.name] = subject
            return True
        if isinstance(pattern, ast.MatchSequence) and isinstance(subject, list | tuple):
            return len(subject) == len(pattern.patterns) and all(
                self._fits(one, part, scope) for one, part in zip(pattern.patterns, subject, strict=True)
            )
        raise Lost("a pattern is not known")

    def _function(self, node: Function, scope: Scope) -> None:
        scope.names[node.name] = self._wrapped(Func(self, node, scope), node, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        from gradeline.facts.trial_classes import Kind

        scope.names[node.name] = Kind(self, node, scope)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        seen = Module(scope.module.source, ast.Module(body=[node], type_ignores=[])).imports
        for name, full in seen.items():
            scope.names[name] = self.imported(scope.module, full)

    def _share(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        scope.shared |= set(node.names)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.names.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                holder = self.value(target.value, scope)
                if not isinstance(holder, dict | Frame):
                    raise Lost("what is removed here is not known")
                key = self.value(target.slice, scope)
                if isinstance(holder, dict):
                    holder.pop(_key(key), None)
                else:
                    del holder[key]

    def _nothing(self, node: ast.stmt, scope: Scope) -> None:
        pass

    def _break(self, node: ast.stmt, scope: Scope) -> None:
        raise _Broke

    def _continue(self, node: ast.stmt, scope: Scope) -> None:
        raise _Continued

    # -- expressions ---------------------------------------------------------------------------

    def value(self, node: ast.expr, scope: Scope) -> Any:
        from gradeline.facts.trial_expressions import evaluate

        self.step(node, scope)
        return evaluate(self, node, scope)

    def truth(self, value: Any) -> bool:
        if isinstance(value, Func | Lib):
            return True
        return bool(value)

    def binary(self, kind: type[ast.AST], left: Any, right: Any) -> Any:
        sign = _SIGNS.get(kind)
        if sign is None:
            raise Lost("an operation is not known")
        _bounded(kind, left, right)
        try:
            found = sign(left, right)
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            raise Lost("values that do not fit are put together") from None
        return found


def _grows(module: Module, name: str) -> bool:
    """Whether statements of a file change a thing after it was made: ``CASES.append(one)``, ``CASES[key] = one``."""
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef):
            continue
        for one in ast.walk(node):
            if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store) and dotted(one.value) == name:
                return True
            if isinstance(one, ast.Attribute) and one.attr in _GROWS and dotted(one.value) == name:
                return True
    return False


def _keeps(function: Func) -> bool:
    """Whether a function keeps its answers (Python documentation, ``functools.cache``)."""
    full = function.scope.module.full
    return any(full(one.func if isinstance(one, ast.Call) else one) in ("functools.cache", "functools.lru_cache")
               for one in getattr(function.node, "decorator_list", ()))  # fmt: skip


def _bounded(kind: type[ast.AST], left: Any, right: Any) -> None:
    """Refuse what would take Python long: huge numbers, long lists, deep comparisons."""
    for one in (left, right):
        if isinstance(one, int) and one.bit_length() > 256:
            raise Lost("a number is too long")
    if kind is ast.Pow and not (isinstance(right, int | float | Column) and isinstance(left, int | float | Column)):
        raise Lost("an operation is not known")
    if kind is ast.Pow and isinstance(right, int | float) and abs(right) > 64:
        raise Lost("a number is too long")
    if kind is ast.Mult:
        for one, two in ((left, right), (right, left)):
            if isinstance(one, list | tuple | str) and (not isinstance(two, int) or len(one) * max(two, 1) > MAX_TEXT):
                raise Lost("a list is too long")
            if isinstance(one, list | tuple):
                weighed([one] * max(1, int(two)))
    if kind is ast.Mod and isinstance(left, str):
        raise Lost("a text is put together in a way that is not known")
    if kind is ast.Add and isinstance(left, list | tuple | str) and isinstance(right, list | tuple | str):
        worked(min(len(left) + len(right), MAX_LEAVES))
        if len(left) + len(right) > MAX_TEXT:
            raise Lost("a list is too long")


def weighed(value: Any) -> Any:
    """A value that is put into others; lists inside lists may not grow without bound."""
    left = MAX_LEAVES
    todo = [value]
    while todo:
        one = todo.pop()
        left -= 1
        METER.left -= 1
        if left < 0 or METER.left < 0:
            raise Lost("lists inside lists are too long")
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset):
            todo.extend(one)
    return value


def _key(key: Any) -> Any:
    if isinstance(key, str | int | float | bool | None | tuple):
        return key
    if isinstance(key, frozenset):
        return key
    raise Lost("a key is not known")


def _names(module: Module, nodes: list[ast.expr]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        for one in node.elts if isinstance(node, ast.Tuple) else [node]:
            found.add(module.full(one).rpartition(".")[2])
    return found


def _handles(module: Module, handler: ast.ExceptHandler, name: str) -> bool:
    return handler.type is None or _covers(_names(module, [handler.type]), name)


def _covers(names: set[str], name: str) -> bool:
    return bool(names & {name, "Exception", "BaseException"})


_STATEMENTS: Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], None]] = {
    ast.Expr: Machine._expression, ast.Assign: Machine._assign, ast.AnnAssign: Machine._annotated,
    ast.AugAssign: Machine._augment, ast.If: Machine._if, ast.For: Machine._for, ast.AsyncFor: Machine._for,
    ast.While: Machine._while, ast.Match: Machine._match, ast.Return: Machine._return, ast.Raise: Machine._raise,
    ast.Assert: Machine._assert,
    ast.Try: Machine._try, ast.TryStar: Machine._try, ast.With: Machine._with, ast.AsyncWith: Machine._with,
    ast.FunctionDef: Machine._function, ast.AsyncFunctionDef: Machine._function, ast.ClassDef: Machine._class,
    ast.Import: Machine._import, ast.ImportFrom: Machine._import, ast.Global: Machine._share,
    ast.Nonlocal: Machine._share, ast.Delete: Machine._delete, ast.Pass: Machine._nothing, ast.Break: Machine._break,
    ast.Continue: Machine._continue,
}  # fmt: skip
