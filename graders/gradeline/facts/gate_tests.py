"""A test function that is followed as pytest would run it: with its fixtures, once for each set of parameters.

pytest documentation, "How to use fixtures" (``autouse``, ``yield``, ``usefixtures``, ``params``), "How to parametrize
fixtures and test functions" (several decorators give each combination), "conftest.py: sharing fixtures across multiple
files", "How to implement xunit-style set-up" (``setup_method``, ``setup_class``, ``setup_module``), and "How to use
unittest-based tests with pytest".
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import islice, product

from gradeline.facts.gate_machine import globals_of
from gradeline.facts.gate_state import Lost, Machine, Raised
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Func,
    Klass,
    Native,
    Scope,
    Seq,
    Thing,
    Value,
    lineage_of,
    words_of,
)
from gradeline.model.code import Module
from gradeline.records import record
from gradeline.source import Span

_DEEPEST = 8  # fixtures that need fixtures
MAX_SETS = 20
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Sets = dict[str, Value]
_COMPARED = {
    "assertEqual": "==", "assertNotEqual": "!=", "assertGreater": ">", "assertGreaterEqual": ">=", "assertLess": "<",
    "assertLessEqual": "<=", "assertIn": "in", "assertNotIn": "not in", "assertIs": "is", "assertIsNot": "is not",
}  # fmt: skip


@record
class _Place:
    """Where the names of a test are looked for: its class, if it has one, its module, and what is shared."""

    scopes: tuple[Scope, ...]
    owner: Thing | None = None

    def find(self, name: str) -> Func | None:
        """The nearest function with this name; one of the class is a method."""
        if self.owner is not None:
            found = self.owner.klass.member(name)
            if isinstance(found, Func) and isinstance(found.node, _Function):
                return Func(found.node, found.scope, self.owner)
        for scope in self.scopes:
            found = scope.find(name)
            if isinstance(found, Func) and isinstance(found.node, _Function):
                return found
        return None

    def functions(self) -> Iterator[Func]:
        """Every function, those of the widest place first: what is shared is set up before what is near."""
        for scope in reversed(self.scopes):
            for one in tuple(scope.names.values()):
                if isinstance(one, Func) and isinstance(one.node, _Function):
                    yield one
        if self.owner is not None:
            for name in dict.fromkeys(_member_names(self.owner.klass)):
                if (found := self.find(name)) is not None:
                    yield found


def run_test(machine: Machine, scope: Scope, name: str) -> None:
    """Run one test of a module that was executed; ``TestClass::test_name`` is one of a class."""
    *classes, last = name.split("::")
    scopes = (scope, *_shared(machine, scope.module))
    inner: Scope = scope
    owner: Klass | None = None
    nodes: list[ast.ClassDef] = []
    for one in classes:
        found = inner.names.get(one)
        if not isinstance(found, Klass):
            return
        owner, inner = found, found.scope
        nodes.append(found.node)
    first = _Place(scopes, Thing(owner) if owner is not None else None)
    function = first.find(last)
    if function is None or not isinstance(function.node, _Function):
        return
    combined = _combinations(machine, scope, [function.node, *nodes])
    for given in islice(combined, MAX_SETS):
        place = _Place(scopes, _object(machine, owner, function) if owner is not None else None)
        known = dict(given)
        _set_up(machine, place, nodes, function, known)
        test = place.find(last)
        assert test is not None
        _called(machine, place, test, known, 0)


def _object(machine: Machine, klass: Klass, function: Func) -> Thing:
    """What the methods of a class with tests work on."""
    thing = Thing(klass)
    if "TestCase" in "".join(klass.lineage()):
        for name in (*_COMPARED, "assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone", "assertIsInstance",
                     "assertAlmostEqual", "fail"):  # fmt: skip
            thing.fields[name] = Native(name, _assertion(machine, function.scope, name))
    return thing


def _assertion(machine: Machine, scope: Scope, name: str) -> Callable[..., Value]:
    """What a method of ``unittest.TestCase`` does with its arguments."""

    def judge(given: list[Value], named: object, span: Span) -> Value:
        from gradeline.facts.gate_comparisons import compared, holds
        from gradeline.facts.gate_library import library_call

        right = given[1] if len(given) > 1 else NONE
        if name == "fail" or not given:
            kept = False
        elif name in _COMPARED:
            kept = compared(machine, _COMPARED[name], given[0], right, span)
        elif name in ("assertTrue", "assertFalse"):
            kept = holds(machine, given[0], span) is (name == "assertTrue")
        elif name in ("assertIsNone", "assertIsNotNone"):
            kept = compared(machine, "is" if name == "assertIsNone" else "is not", given[0], NONE, span)
        elif name == "assertIsInstance":
            kept = holds(machine, library_call(machine, "isinstance", [given[0], right], {}, span), span)
        else:
            raise Lost(span, f"{name}() is not followed")
        if not kept:
            raise Raised(lineage_of("AssertionError"), span)
        return NONE

    return judge


def _set_up(machine: Machine, place: _Place, nodes: list[ast.ClassDef], function: Func, known: _Sets) -> None:
    """What works before a test: the set-up functions of its module and class, and fixtures that nobody has to name."""
    from gradeline.facts.gate_calls import call

    own = _Place(place.scopes[:1])
    before = [own.find("setup_module"), own.find("setUpModule")]
    if place.owner is not None:
        before += [place.find(name) for name in ("setup_class", "setUpClass", "setup_method", "setUp", "asyncSetUp")]
    else:
        before.append(own.find("setup_function"))
    for one in filter(None, before):
        assert isinstance(one.node, _Function)
        wanted = len(one.node.args.args) - (1 if one.owner is not None else 0)
        call(machine, one, [NONE] * max(wanted, 0), {}, one.scope.module.span(one.node))
    for one in place.functions():
        if _is_automatic(one):
            _fixture(machine, place, one, known, 0)
    for node in (*nodes, function.node):
        assert not isinstance(node, ast.Lambda)
        for name, made in _decorators(node):
            for word in made.args if name == "usefixtures" and made is not None else []:
                if isinstance(word, ast.Constant) and (found := place.find(str(word.value))) is not None:
                    _fixture(machine, place, found, known, 0)


def _member_names(klass: Klass) -> Iterator[str]:
    for base in klass.bases:
        if isinstance(base, Klass):
            yield from _member_names(base)
    yield from klass.scope.names


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


def _fixture(machine: Machine, place: _Place, function: Func, known: _Sets, depth: int) -> Value:
    """What a fixture gives; it works once for a test."""
    name = _name_of(function)
    if name not in known:
        known[name] = _called(machine, place, function, known, depth)
    return known[name]


def _name_of(function: Func) -> str:
    """The name by which tests ask for a fixture: that of its function, or ``fixture(name=...)``."""
    node = function.node
    assert isinstance(node, _Function)
    for name, made in _decorators(node):
        for key in made.keywords if name == "fixture" and made is not None else []:
            if key.arg == "name" and isinstance(key.value, ast.Constant):
                return str(key.value.value)
    return node.name


def _named_fixture(place: _Place, name: str) -> Func | None:
    found = place.find(name)
    if found is not None:
        return found
    return next((one for one in place.functions() if _name_of(one) == name), None)


def _called(machine: Machine, place: _Place, function: Func, known: _Sets, depth: int) -> Value:
    """What a test or a fixture gives, with its own fixtures; each fixture works once."""
    from gradeline.facts.gate_calls import call

    node = function.node
    assert isinstance(node, _Function)
    at = function.scope.module.span(node)
    given: dict[str, Value] = {}
    parameters = [*node.args.args, *node.args.kwonlyargs]
    for parameter in parameters[1:] if function.owner is not None else parameters:
        name = parameter.arg
        if name not in known:
            fixture = _named_fixture(place, name)
            if name == "request" and (chosen := _first_parameter(machine, function)) is not None:
                given[name] = Native("request", state={"param": chosen})
                continue
            if fixture is None or depth == _DEEPEST:
                known[name] = Data(("fixture", name), at, words_of(name), "fixture")
            else:
                _fixture(machine, place, fixture, known, depth + 1)
        given[name] = known[name]
    found = call(machine, function, [], given, at)
    if function.scope.module.yields(node):
        return found.items[0] if isinstance(found, Seq) and found.items else Const(None)
    return found


def _first_parameter(machine: Machine, function: Func) -> Value | None:
    """The first value that a fixture works with; None when it names none, or several of which only one is tried."""
    from gradeline.facts.gate_expressions import evaluate
    from gradeline.facts.gate_items import items_of

    node = function.node
    assert isinstance(node, _Function)
    for name, made in _decorators(node):
        for key in made.keywords if name == "fixture" and made is not None else []:
            if key.arg == "params":
                at = function.scope.module.span(key.value)
                found = items_of(machine, evaluate(machine, function.scope, key.value), at)
                if len(found) != 1:
                    raise Lost(at, "a fixture with several parameters is not followed")
                return found[0]
    return None


def _decorators(node: _Function | ast.ClassDef) -> Iterator[tuple[str, ast.Call | None]]:
    for one in node.decorator_list:
        target = one.func if isinstance(one, ast.Call) else one
        yield getattr(target, "attr", getattr(target, "id", "")), one if isinstance(one, ast.Call) else None


def _is_automatic(function: Func) -> bool:
    assert isinstance(function.node, _Function)
    for name, made in _decorators(function.node):
        keywords = made.keywords if made is not None else []
        if name == "fixture" and any(
            key.arg == "autouse" and isinstance(key.value, ast.Constant) and key.value.value is True
            for key in keywords
        ):
            return True
    return False


def _combinations(machine: Machine, scope: Scope, nodes: list[_Function | ast.ClassDef]) -> Iterator[_Sets]:
    """The sets of parameters that decorators give, each with each; one empty set without any."""
    several = [list(islice(_sets(machine, scope, made), MAX_SETS)) for node in nodes
               for name, made in _decorators(node) if name == "parametrize" and made is not None]  # fmt: skip
    for chosen in product(*several):
        yield {name: value for one in chosen for name, value in one.items()}


def _sets(machine: Machine, scope: Scope, made: ast.Call) -> Iterator[_Sets]:
    """The sets of parameters that one decorator gives."""
    from gradeline.facts.gate_expressions import evaluate
    from gradeline.facts.gate_items import items_of

    words = {key.arg: key.value for key in made.keywords}
    named = made.args[0] if made.args else words.get("argnames")
    values = made.args[1] if len(made.args) > 1 else words.get("argvalues")
    if isinstance(named, ast.Constant):
        names = [one.strip() for one in str(named.value).split(",")]
    elif isinstance(named, ast.List | ast.Tuple):
        names = [str(one.value) for one in named.elts if isinstance(one, ast.Constant)]
    else:
        names = []
    if not names or values is None:
        yield {}
        return
    at = scope.module.span(made)
    single = len(names) == 1 and isinstance(named, ast.Constant)
    if isinstance(values, ast.List | ast.Tuple | ast.Set):
        for node in values.elts:
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "param":
                if _is_off(node):
                    continue
                found = [evaluate(machine, scope, one) for one in node.args]
            elif isinstance(node, ast.Starred):
                raise Lost(at, "these parameters are not followed")
            else:
                one = evaluate(machine, scope, node)
                found = [one] if single else list(items_of(machine, one, at))
            yield dict(zip(names, found, strict=False))
        return
    for one in items_of(machine, evaluate(machine, scope, values), at):
        yield dict(zip(names, [one] if single else items_of(machine, one, at), strict=False))


def _is_off(case: ast.Call) -> bool:
    """Whether a set of parameters has a mark by which nobody sees when it fails."""
    marks = next((key.value for key in case.keywords if key.arg == "marks"), None)
    nodes = marks.elts if isinstance(marks, ast.List | ast.Tuple) else [marks] if marks is not None else []
    targets = [one.func if isinstance(one, ast.Call) else one for one in nodes]
    return any(getattr(one, "attr", "") in ("skip", "xfail") for one in targets)
