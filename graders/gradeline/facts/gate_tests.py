"""A test function that is followed as pytest would run it: with its fixtures, once for each set of parameters.

pytest documentation, "How to use fixtures" (``autouse``, ``yield``), "How to parametrize fixtures and test functions",
"conftest.py: sharing fixtures across multiple files".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.facts.gate_machine import Lost, Machine, globals_of
from gradeline.facts.gate_values import Const, Data, Func, Scope, Seq, Value, words_of
from gradeline.model.code import Module
from gradeline.source import Span

_DEEPEST = 8  # fixtures that need fixtures
MAX_SETS = 20
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def run_test(machine: Machine, scope: Scope, name: str) -> None:
    """Run one test of a module that was executed."""
    if "::" in name:
        raise Lost(Span(scope.module.path, 1), "a test inside a class is not followed")
    function = scope.find(name)
    if not isinstance(function, Func) or not isinstance(function.node, _Function):
        return
    scopes = [scope, *_shared(machine, scope.module)]
    for number, given in enumerate(_sets(machine, scope, function.node)):
        if number == MAX_SETS:
            break
        known: dict[str, Value] = dict(given)
        for fixture in _automatic(scopes):
            _called(machine, scopes, fixture, known, 0)
        _called(machine, scopes, function, known, 0)


def _shared(machine: Machine, module: Module) -> Iterator[Scope]:
    """What the files ``conftest.py`` beside a module and above it hold."""
    folder = module.folder
    while True:
        found = machine.code.modules.get(f"{folder}/conftest.py".lstrip("/"))
        if found is not None and found is not module:
            yield globals_of(machine, found)
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _called(machine: Machine, scopes: list[Scope], function: Func, known: dict[str, Value], depth: int) -> Value:
    """What a test or a fixture gives, with its own fixtures; each fixture works once."""
    from gradeline.facts.gate_calls import call

    node = function.node
    assert isinstance(node, _Function)
    at = function.scope.module.span(node)
    given: dict[str, Value] = {}
    for parameter in (*node.args.args, *node.args.kwonlyargs):
        name = parameter.arg
        if name not in known:
            fixture = next((one for scope in scopes if isinstance(one := scope.find(name), Func)), None)
            if fixture is None or not isinstance(fixture.node, _Function) or depth == _DEEPEST:
                known[name] = Data(("fixture", name), at, words_of(name), "fixture")
            else:
                known[name] = _called(machine, scopes, fixture, known, depth + 1)
        given[name] = known[name]
    found = call(machine, function, [], given, at)
    if function.scope.module.yields(node):
        return found.items[0] if isinstance(found, Seq) and found.items else Const(None)
    return found


def _decorators(node: _Function) -> Iterator[tuple[str, ast.Call | None]]:
    for one in node.decorator_list:
        target = one.func if isinstance(one, ast.Call) else one
        yield getattr(target, "attr", getattr(target, "id", "")), one if isinstance(one, ast.Call) else None


def _automatic(scopes: list[Scope]) -> Iterator[Func]:
    for scope in scopes:
        for one in tuple(scope.names.values()):
            if isinstance(one, Func) and isinstance(one.node, _Function):
                for name, made in _decorators(one.node):
                    keywords = made.keywords if made is not None else []
                    if name == "fixture" and any(
                        key.arg == "autouse" and isinstance(key.value, ast.Constant) and key.value.value is True
                        for key in keywords
                    ):
                        yield one


def _sets(machine: Machine, scope: Scope, node: _Function) -> Iterator[dict[str, Value]]:
    """The sets of parameters that a decorator gives; one empty set without it."""
    from gradeline.facts.gate_expressions import evaluate
    from gradeline.facts.gate_items import items_of

    made = next((call for name, call in _decorators(node) if name == "parametrize" and call is not None), None)
    if made is None or len(made.args) < 2 or not isinstance(made.args[0], ast.Constant):
        yield {}
        return
    names = [one.strip() for one in str(made.args[0].value).split(",")]
    at = scope.module.span(made)
    for one in items_of(machine, evaluate(machine, scope, made.args[1]), at):
        yield dict(zip(names, [one] if len(names) == 1 else items_of(machine, one, at), strict=False))
