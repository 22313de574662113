"""Tests of a gate, followed one by one, with the gate as it is and with one that was damaged on purpose.

A test that proves something fails with the damaged gate.  pytest documentation, "How to use fixtures", "Built-in
fixtures", "Assertions about expected exceptions"; unittest documentation, ``TestCase``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from typing import Any

from gradeline.facts.gate_calls import call
from gradeline.facts.gate_experiment import ODD
from gradeline.facts.gate_machine import globals_of
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_state import Lost, Machine, Raised
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Func,
    Klass,
    Lib,
    Native,
    Scope,
    Seq,
    Thing,
    Value,
    lineage_of,
)
from gradeline.facts.known_libraries import World
from gradeline.facts.known_values import Held, made, plain, unknown
from gradeline.facts.tests_suite import Suite, TestCase
from gradeline.source import Span

MAX_TESTS = 60
MAX_CASES = 12  # of one test
Fixed = Mapping[Span, bool]


def about(suite: Suite, path: str) -> tuple[TestCase, ...]:
    """The tests in files that import a program, or name it."""
    name = path.rpartition("/")[2].removesuffix(".py")
    found: list[TestCase] = []
    for case in suite.tests:
        module = case.module
        imported = any(name in full.split(".") for full in module.imports.values())
        if not case.off and (imported or _names(module.tree, name)):
            found.append(case)
    return tuple(found[:MAX_TESTS])


def _names(tree: ast.Module, name: str) -> bool:
    return any(isinstance(node, ast.Constant) and isinstance(node.value, str) and name in node.value
               for node in ast.walk(tree))  # fmt: skip


def succeeds(suite: Suite, gate: Gate, case: TestCase, fixed: Fixed) -> bool | None:
    """Whether all cases of a test succeed; None when that cannot be seen."""
    found: bool | None = True
    for values in case.values[:MAX_CASES] or ({},):
        one = _one(suite, gate, case, values, fixed)
        if one is False:
            return False
        found = None if one is None else found
    return found


def _one(suite: Suite, gate: Gate, case: TestCase, values: Mapping[str, ast.expr], fixed: Fixed) -> bool | None:
    world = World({}, None)
    machine = Machine(gate.code, gate.documents, {}, (), gate.produced, False, "", world=world)
    machine.main = case.module
    machine.fixed = fixed
    try:
        scope = globals_of(machine, case.module)
        _Runner(machine, suite, case, values, scope).run()
    except Raised:
        return None if _unsure(machine) else False
    except (Lost, RecursionError):
        return None
    except Exception as error:
        if isinstance(error, ODD) or type(error).__name__ in ("Returned", "Broke", "Continued"):
            return None
        raise
    return None if _unsure(machine) else True


def _unsure(machine: Machine) -> bool:
    if machine.compared:
        return True
    return any(key[0] not in ("environment", "argument") and key[-1] != "exists" for key in machine.asked)


class _Runner:
    def __init__(self, machine: Machine, suite: Suite, case: TestCase, values: Mapping[str, ast.expr],
                 scope: Scope) -> None:  # fmt: skip
        self.machine, self.suite, self.case, self.values, self.scope = machine, suite, case, values, scope
        self.known: dict[str, Value] = {}
        self.depth = 0

    def run(self) -> None:
        case, machine = self.case, self.machine
        owner = self._owner()
        holder = owner if owner is not None else self.scope
        function = holder.klass.member(case.node.name) if isinstance(holder, Thing) else holder.find(case.node.name)
        if not isinstance(function, Func):
            raise Lost(case.span, "the test is not found")
        if isinstance(owner, Thing):
            function = Func(function.node, function.scope, owner)
            for name in ("setUp", "setup_method"):
                prepared = owner.klass.member(name)
                if isinstance(prepared, Func):
                    more = [NONE] if len(prepared.node.args.args) > 1 else []
                    call(machine, Func(prepared.node, prepared.scope, owner), [*more], {}, case.span)
        given = {name: self._argument(name) for name in case.parameters}
        for name in self._automatic():
            self._argument(name)
        call(machine, function, [], given, case.span)

    def _owner(self) -> Thing | None:
        if self.case.owner is None:
            return None
        klass = self.scope.find(self.case.owner.name)
        if not isinstance(klass, Klass):
            raise Lost(self.case.span, "the class of the test is not found")
        return Thing(klass)

    def _automatic(self) -> Iterator[str]:
        for mark in self.case.marks:
            if getattr(mark, "name", "") == "usefixtures":
                raise Lost(self.case.span, "fixtures by name are not followed")
        return iter(())

    def _argument(self, name: str) -> Value:
        from gradeline.facts.gate_expressions import evaluate

        if name in self.known:
            return self.known[name]
        if name in self.values:
            self.known[name] = evaluate(self.machine, self.scope, self.values[name])
            return self.known[name]
        fixture = self.suite.fixture(name, self.case.module, self.case.owner)
        if fixture is None:
            self.known[name] = self._built_in(name)
            return self.known[name]
        self.depth += 1
        if self.depth > 12 or "params" in fixture.options:
            raise Lost(self.case.span, "this fixture is not followed")
        scope = globals_of(self.machine, fixture.module)
        parameters = [one.arg for one in fixture.node.args.args if one.arg != "self"]
        given = {one: self._argument(one) for one in parameters}
        if fixture.owner is not None:
            klass = scope.find(fixture.owner.name)
            if not isinstance(klass, Klass):
                raise Lost(self.case.span, "this fixture is not followed")
            function: Value | None = klass.member(fixture.node.name)
            if isinstance(function, Func):
                function = Func(function.node, function.scope, Thing(klass))
        else:
            function = scope.find(fixture.node.name)
        if not isinstance(function, Func):
            raise Lost(self.case.span, "this fixture is not followed")
        found = call(self.machine, function, [], given, self.case.span)
        if fixture.module.yields(fixture.node) and isinstance(found, Seq):
            found = found.items[0] if found.items else NONE
        self.depth -= 1
        self.known[name] = found
        return found

    def _built_in(self, name: str) -> Value:
        if name in ("tmp_path", "tmpdir"):
            return Const("folder-of-the-test")
        if name in ("capsys", "capfd", "caplog", "recwarn"):
            return Output(self.machine)
        if name == "monkeypatch":
            return Patch(self.machine)
        raise Lost(self.case.span, f"the fixture {name} is not followed")


class Output(Held):
    """``capsys`` and ``caplog``"""

    __slots__ = ("machine", "seen")
    kind = "capture of output"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.seen = len(machine.said)

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        texts = [text for text, _ in machine.said[self.seen :]]
        if name == "readouterr":

            def read(given: list[Value], named: dict[str, Value], at: Span) -> Value:
                whole = made("\n".join(text for text, _ in machine.said[self.seen :]) + "\n")
                self.seen = len(machine.said)
                return Native("captured", None, {"out": whole, "err": whole})

            return Native(name, read)
        if name == "text":
            return made("\n".join(texts))
        if name in ("messages", "records"):
            return made(texts)
        if name in ("set_level", "clear", "at_level", "disabled"):
            return Native(name, lambda given, named, at: NONE)
        raise unknown(self.kind, name, span)


class Patch(Held):
    """``monkeypatch``"""

    __slots__ = ("machine",)
    kind = "patch"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name in ("setenv", "delenv", "chdir", "syspath_prepend", "undo"):
            return Native(name, lambda given, named, at: NONE)
        if name == "setattr":
            return Native(name, self._set)
        raise unknown(self.kind, name, span)

    def _set(self, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        from gradeline.facts.gate_values import ModuleValue

        if len(given) == 2 and isinstance(given[0], Const) and given[0].data == "sys.argv":
            given = [Lib("sys"), Const("argv"), given[1]]
        if len(given) >= 3 and isinstance(given[1], Const):
            holder, name, value = given[0], str(given[1].data), given[2]
            if isinstance(holder, Lib) and holder.name == "sys" and name == "argv" and isinstance(value, Seq):
                words = [plain(one, span) for one in value.items]
                self.machine.arguments = tuple(str(one) if not isinstance(one, Value) else None for one in words[1:])
                return NONE
            if isinstance(holder, ModuleValue):
                holder.scope.names[name] = value
                return NONE
        raise unknown(self.kind, "setattr", span)


class Close(Held):
    """``pytest.approx``"""

    __slots__ = ("far", "near", "value")
    kind = "approximation"

    def __init__(self, value: Any, near: float, far: float) -> None:
        self.value, self.near, self.far = value, near, far

    def with_other(self, machine: Machine, sign: str, other: Value, turned: bool, span: Span) -> Value:
        found = plain(other, span)
        if sign not in ("==", "!=") or isinstance(found, Held):
            raise unknown(self.kind, sign, span)
        return made(self._same(self.value, found) == (sign == "=="))

    def _same(self, wanted: Any, found: Any) -> bool:
        if isinstance(wanted, dict):
            return isinstance(found, dict) and wanted.keys() == found.keys() and all(
                self._same(one, found[key]) for key, one in wanted.items())  # fmt: skip
        if isinstance(wanted, list | tuple):
            return isinstance(found, list | tuple) and len(wanted) == len(found) and all(
                self._same(one, other) for one, other in zip(wanted, found, strict=True))  # fmt: skip
        if isinstance(wanted, int | float) and isinstance(found, int | float):
            return math.isclose(float(wanted), float(found), rel_tol=self.near, abs_tol=self.far)
        return bool(wanted == found)


def approx(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
    near, far = (plain(named.get(name, NONE), span) for name in ("rel", "abs"))
    if near is None:
        near = 1e-6 if far is None else 0.0
    return Close(plain(given[0], span), float(near), 1e-12 if far is None else float(far))


def failed(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
    """``pytest.fail``: no ``except Exception`` catches it (pytest, ``OutcomeException``)."""
    raise Raised(("Failed", "OutcomeException", "BaseException"), span, said=True)


def started(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    """``subprocess.run([sys.executable, "scripts/gate.py", ...])``: the program is followed, too."""
    from gradeline.facts.gate_experiment import status_of

    words = given[0].items if given and isinstance(given[0], Seq) else []
    texts = [str(one.data) if isinstance(one, Const) else "" for one in words]
    place = next((at for at, text in enumerate(texts) if text.endswith(".py")), None)
    path = "" if place is None else texts[place]
    module = machine.code.modules.get(next((one for one in machine.code.modules if path and (
        path == one or path.endswith(f"/{one}"))), ""))  # fmt: skip
    if module is None or place is None or machine.depth > 3:
        return None
    inner = Machine(machine.code, machine.documents, {}, tuple(texts[place + 1 :]), machine.produced, False, "",
                    world=machine.world)  # fmt: skip
    inner.main, inner.fixed, inner.depth = module, machine.fixed, machine.depth + 1
    scope = Scope(module)
    scope.names |= {"__name__": Const("__main__"), "__file__": Const(module.path)}
    inner.scopes[module.path] = scope
    status = 0
    try:
        from gradeline.facts.gate_machine import block

        block(inner, scope, module.tree.body)
    except Raised as error:
        status = status_of(error)
    finally:
        machine.steps += inner.steps
    machine.compared += inner.compared
    machine.asked.update(inner.asked)
    shown = made("\n".join(text for text, _ in inner.said))
    checked = named.get("check")
    if status and isinstance(checked, Const) and checked.data:
        raise Raised(("CalledProcessError", "SubprocessError", "Exception", "BaseException"), span)
    return Native("process", None, {"returncode": Const(status, "derived"), "stdout": shown, "stderr": shown})


def assertion(machine: Machine, name: str, span: Span) -> Value | None:
    """A method of ``unittest.TestCase``."""
    from gradeline.facts.gate_comparisons import compared, holds

    signs = {"assertEqual": "==", "assertNotEqual": "!=", "assertGreater": ">", "assertGreaterEqual": ">=",
             "assertLess": "<", "assertLessEqual": "<=", "assertIn": "in", "assertNotIn": "not in",
             "assertIs": "is", "assertIsNot": "is not", "assertListEqual": "=="}  # fmt: skip

    def compare(given: list[Value], named: dict[str, Value], at: Span) -> Value:
        if not compared(machine, signs[name], given[0], given[1], at):
            raise Raised(lineage_of("AssertionError"), at, said=True)
        return NONE

    def truth(given: list[Value], named: dict[str, Value], at: Span) -> Value:
        wanted = name in ("assertTrue", "assertIsNotNone")
        value = given[0]
        found = holds(machine, value, at) if name in ("assertTrue", "assertFalse") else not (
            isinstance(value, Const) and value.data is None)  # fmt: skip
        if found != wanted:
            raise Raised(lineage_of("AssertionError"), at, said=True)
        return NONE

    def close(given: list[Value], named: dict[str, Value], at: Span) -> Value:
        near = Close(plain(given[0], at), 0.0, 1e-6)
        if not near._same(near.value, plain(given[1], at)):
            raise Raised(lineage_of("AssertionError"), at, said=True)
        return NONE

    def raises(given: list[Value], named: dict[str, Value], at: Span) -> Value:
        if len(given) > 1:
            raise Lost(at, "this assertion is not followed")
        return Data(("assertRaises",), at, call="pytest.raises", given=tuple(given))

    if name in signs:
        return Native(name, compare)
    if name in ("assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone"):
        return Native(name, truth)
    if name == "assertAlmostEqual":
        return Native(name, close)
    if name in ("assertRaises", "assertRaisesRegex"):
        return Native(name, lambda given, named, at: raises(given[:1], named, at))
    return None
