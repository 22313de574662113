"""One case of one test, followed with models of a known behaviour.

pytest documentation, "How to use fixtures", "How to parametrize fixtures and test functions"; Hypothesis
documentation, "Settings" (``max_examples`` is 100 unless told otherwise).
"""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Mapping
from typing import Any

from gradeline.facts.tests_suite import Fixture, Suite, TestCase
from gradeline.facts.trial_machine import Func, Lib, Machine, Red, Skipped
from gradeline.facts.trial_models import Answers, Score, Sight
from gradeline.facts.trial_random import Assumed, Draws, Strategy
from gradeline.facts.trial_things import Anything, Case, PathText
from gradeline.facts.trial_values import MAX_WORK, METER, Column, Lost
from gradeline.records import record
from gradeline.source import Span

EXAMPLES, MAX_EXAMPLES = 4, 16  # those that a trial follows, and those that it tries
TRIES = 100  # examples that Hypothesis tries
MAX_CASES = 400
# Of all trials with one suite; an answer to the exercise takes a tenth of it.
MAX_STEPS_OF_ALL, MAX_WORK_OF_ALL = 700_000, 5_000_000
_TOOLS = frozenset(
    {"caplog", "capsys", "capfd", "monkeypatch", "subtests", "recwarn", "record_property", "pytestconfig"}
)


@record
class Outcome:
    """``kind``: green, red, skipped or lost; ``span`` and ``node`` say where it became red, ``reason`` why it was
    lost.  ``seen`` are the questions to models, ``groups`` the columns by which groups were formed."""

    kind: str
    span: Span | None = None
    node: ast.AST | None = None
    reason: str = ""
    seen: tuple[Sight, ...] = ()
    groups: frozenset[str] = frozenset()
    constant: bool = False
    made: tuple[tuple[str, Span], ...] = ()
    trained: int = 0  # rows that a model is trained on, about


Values = Mapping[str, Any]


class Runner:
    """Follows tests of a suite.  ``left`` is how many trials may still be made."""

    def __init__(self, suite: Suite, left: int) -> None:
        self.suite = suite
        self.left = left
        self.steps = MAX_STEPS_OF_ALL
        self.work = MAX_WORK_OF_ALL
        self.kept: dict[Any, Any] = {}

    def machine(self, score: Score) -> Machine:
        files = self.suite.project.files

        def text(path: str) -> str | None:
            source = files.get(path)
            return source.text if source is not None else None

        def named(last: str) -> list[str]:
            return [path for path in self.suite.project.paths if path.rpartition("/")[2] == last]

        found = Machine(self.suite.code, text, named)
        found.kept = {key: one for key, one in self.kept.items() if isinstance(key, tuple)}
        found.model = Answers(score)
        found.documents = self.suite.project.documents
        return found

    def cases(self, test: TestCase, score: Score) -> list[Values]:
        """The values of each case; raises Lost when they cannot be computed."""
        METER.left = MAX_WORK
        machine = self.machine(score)
        calls = [mark.call for mark in test.marks if mark.name == "parametrize"]
        dims = [_listed(machine, test, one) for one in calls if one is not None and (one.args or one.keywords)]
        for fixture in self._fixtures(test):
            params = fixture.options.get("params")
            if params is not None:
                many = machine.items(machine.value(params, machine.globals_of(fixture.module)))
                key = f"@{fixture.module.path}:{fixture.node.name}"
                dims.append([{key: _plain(one)} for one in many if not _off(one)])
        combined = itertools.islice(itertools.product(*dims), MAX_CASES)
        return [{name: value for one in many for name, value in one.items()} for many in combined]

    def _fixtures(self, test: TestCase) -> list[Fixture]:
        found: dict[str, Fixture] = {}
        todo = [(name, test.module, test.owner) for name in test.parameters]
        while todo and len(found) < 60:
            name, module, owner = todo.pop()
            fixture = self.suite.fixture(name, module, owner)
            if fixture is None or f"{fixture.module.path}:{name}" in found:
                continue
            found[f"{fixture.module.path}:{name}"] = fixture
            todo += [(one.arg, fixture.module, fixture.owner) for one in fixture.node.args.args]
        return list(found.values())

    def run(self, test: TestCase, values: Values, score: Score, ignored: frozenset[Span] = frozenset()) -> Outcome:
        """One trial; assertions at ``ignored`` places may fail."""
        self.left -= 1
        if min(self.left, self.steps, self.work) < 0:
            return Outcome("lost", test.span, None, "there are too many tests to follow all of them")
        METER.left, METER.groups = MAX_WORK, set()
        machine = self.machine(score)
        machine.at = test.span
        machine.ignored = ignored
        try:
            kind, span, node = _Run(self, machine, test, values).done()
            reason = ""
        except Lost as error:
            kind, span, node, reason = "lost", error.span or test.span, None, error.reason
        except RecursionError:
            kind, span, node, reason = "lost", test.span, None, "its expressions are too deep"
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # The stand-ins for libraries take what tests of tables give them; other values do not fit.
            kind, span, node, reason = "lost", machine.at, None, "a value is used in a way that is not known"
        for key, one in machine.kept.items():
            if isinstance(key, tuple):
                self.kept[key] = one
        self.steps -= machine.steps
        self.work -= MAX_WORK - METER.left
        answers = machine.model
        return Outcome(
            kind,
            span,
            node,
            reason,
            tuple(answers.seen),
            frozenset(METER.groups),
            answers.constant,
            tuple(answers.made),
            answers.rows,
        )


class _Run:
    def __init__(self, runner: Runner, machine: Machine, test: TestCase, values: Values) -> None:
        self.suite = runner.suite
        self.machine = machine
        self.test = test
        self.values = values
        self.given: dict[tuple[str, str], Any] = {}
        self.making: set[tuple[str, str]] = set()
        self.owner: Any = None

    def done(self) -> tuple[str, Span | None, ast.AST | None]:
        machine, test = self.machine, self.test
        try:
            scope = machine.globals_of(test.module)
            for fixture in self.suite.automatic(test.module):
                self.fixture(fixture)
            if test.owner is not None:
                self.owner = machine.of_module(test.module, test.owner.name)()
            for mark in test.marks:
                for one in mark.call.args if mark.name == "usefixtures" and mark.call is not None else ():
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        self.named(one.value)
            if test.owner is not None:
                for node in self.suite.automatic_in(test.module, test.owner):
                    self.fixture(Fixture(test.module, node, test.owner))
                for name in ("setUpClass", "setup_class", "setUp", "setup_method"):
                    before = self.owner.kind.member(name)
                    if isinstance(before, Func):
                        once = name in ("setUpClass", "setup_class")
                        machine.wide += once
                        Func(machine, before.node, before.scope, self.owner.kind if once else self.owner)(
                            *([None] if len(before.node.args.args) > 1 else []))  # fmt: skip
                        machine.wide -= once
            function = Func(machine, test.node, scope, self.owner)
            known = {name: self.values.get(name) for name in test.parameters}
            drawn = self._drawn()
            for name in test.parameters:
                if name not in self.values and name not in drawn:
                    known[name] = self.named(name)
            if not drawn:
                machine.call(function, (), known)
            left = EXAMPLES
            for number in range(MAX_EXAMPLES if drawn else 0):
                source = random.Random(number)  # noqa: S311 - every trial tries the same
                try:
                    some = {name: one.one(source, number + place) for place, (name, one) in enumerate(drawn.items())}
                    machine.call(function, (), {**known, **some})
                    left -= 1
                except Assumed:
                    pass
                if not left:
                    break
        except Red as error:
            return "red", error.span, error.node
        except Skipped:
            return "skipped", test.span, None
        return "green", None, None

    def _drawn(self) -> dict[str, Strategy]:
        """What Hypothesis gives to the arguments of the test."""
        found: dict[str, Strategy] = {}
        scope = self.machine.globals_of(self.test.module)
        for one in self.test.node.decorator_list:
            if not isinstance(one, ast.Call) or self.test.module.full(one.func) != "hypothesis.given":
                continue
            names = list(self.test.parameters)
            for name, node in zip(names[len(names) - len(one.args) :], one.args, strict=False):
                found[name] = self.machine.value(node, scope)
            for word in one.keywords:
                if word.arg is not None:
                    found[word.arg] = self.machine.value(word.value, scope)
        return found

    def named(self, name: str) -> Any:
        fixture = self.suite.fixture(name, self.test.module, self.test.owner)
        return self.fixture(fixture) if fixture is not None else self._of_pytest(name)

    def _of_pytest(self, name: str, param: Any = None) -> Any:
        if name in ("tmp_path", "tmpdir", "tmp_path_factory"):
            return PathText("tmp")
        if name == "request":
            return Request(self, param)
        if name in _TOOLS:
            return Anything()
        if name == "rng":
            return Draws(1)
        raise Lost(f"what {name} gives cannot be seen")

    def fixture(self, fixture: Fixture) -> Any:
        key = (fixture.module.path, fixture.node.name)
        if key in self.given:
            return self.given[key]
        if key in self.making or len(self.making) > 20:
            raise Lost("fixtures ask for each other")
        self.making.add(key)
        param = self.values.get(f"@{fixture.module.path}:{fixture.node.name}")
        names = [one.arg for one in (*fixture.node.args.args, *fixture.node.args.kwonlyargs)]
        if fixture.owner is not None:
            names = names[1:]
        given: dict[str, Any] = {}
        for name in names:
            inner = self.suite.fixture(name, fixture.module, fixture.owner)
            if inner is not None and inner.node is fixture.node:
                above = fixture.module.folder.rpartition("/")[0]
                inner = self._above(name, above)
            if inner is None and name in self.values:
                given[name] = self.values[name]
            else:
                given[name] = self.fixture(inner) if inner is not None else self._of_pytest(name, param)
        function = Func(self.machine, fixture.node, self.machine.globals_of(fixture.module),
                        self.owner if fixture.owner is not None else None)  # fmt: skip
        wide = _scope(fixture) in ("session", "package", "module")
        self.machine.wide += wide
        found = self.machine.call(function, (), given)
        self.machine.wide -= wide
        if fixture.module.yields(fixture.node):
            found = found[0] if found else None
        self.making.discard(key)
        self.given[key] = found
        return found

    def _above(self, name: str, folder: str) -> Fixture | None:
        """The fixture of the same name that a fixture builds upon."""
        found = self.suite.code.modules.get(f"{folder}/conftest.py".lstrip("/"))
        return self.suite.fixture(name, found) if found is not None else None


def _scope(fixture: Fixture) -> str:
    found = fixture.options.get("scope")
    return str(found.value) if isinstance(found, ast.Constant) else "function"


class Request:
    """pytest's ``request``."""

    __slots__ = ("param", "run")

    def __init__(self, run: _Run, param: Any) -> None:
        self.run = run
        self.param = param

    def attribute(self, name: str) -> Any:
        if name == "param":
            return self.param
        if name == "getfixturevalue":
            return self.run.named
        if name in ("cls", "instance") and self.run.owner is not None:
            return self.run.owner if name == "instance" else self.run.owner.kind
        if name in ("node", "config", "addfinalizer", "module", "path"):
            return Anything()
        raise Lost(f"{name} of a request is not known")


def _listed(machine: Machine, test: TestCase, call: ast.Call) -> list[Values]:
    """The cases of one ``parametrize``."""
    scope = machine.globals_of(test.module)
    words = {word.arg: word.value for word in call.keywords if word.arg}
    named = call.args[0] if call.args else words.get("argnames")
    node = call.args[1] if len(call.args) > 1 else words.get("argvalues")
    if named is None or node is None:
        raise Lost("the cases of a test cannot be seen")
    first = machine.value(named, scope)
    names = [one.strip() for one in first.split(",") if one.strip()] if isinstance(first, str) else list(first)
    found: list[Values] = []
    for one in machine.items(machine.value(node, scope)):
        if _off(one):
            continue
        value = one.values if isinstance(one, Case) else (one,) if len(names) == 1 else tuple(machine.items(one))
        if len(value) != len(names):
            raise Lost("a case has another length than its names")
        found.append(dict(zip(names, value, strict=True)))
    return found


def _plain(one: Any) -> Any:
    return one.values[0] if isinstance(one, Case) and one.values else one


def _off(one: Any) -> bool:
    """Whether a case never runs, or may fail without a word."""
    if not isinstance(one, Case) or one.marks is None:
        return False
    many = one.marks if isinstance(one.marks, list | tuple | Column) else [one.marks]
    for mark in many:
        name = mark.name if isinstance(mark, Lib) else getattr(mark, "marked", "")
        strict = getattr(mark, "options", {}).get("strict")
        if name.endswith(("mark.skip", "mark.skipif")) or (name.endswith("mark.xfail") and strict is not True):
            return True
    return False


def examples(test: TestCase) -> int:
    """How many examples Hypothesis tries for a test; 0 for one that it does not run."""
    count, drawn = TRIES, False
    for one in test.node.decorator_list:
        if not isinstance(one, ast.Call):
            continue
        full = test.module.full(one.func)
        drawn = drawn or full == "hypothesis.given"
        if full == "hypothesis.settings":
            for word in one.keywords:
                if word.arg == "max_examples" and isinstance(word.value, ast.Constant):
                    count = int(word.value.value) if isinstance(word.value.value, int) else count
    return count if drawn else 0
