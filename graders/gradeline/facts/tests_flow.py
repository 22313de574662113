"""What happens in a test, as far as the files show it: where values come from, what is claimed about them.

A test is walked once, in the order of its statements, both ways of each branch.  Helpers and fixtures of the tests are
walked, too, to a bounded depth; the code under test is not: what comes out of it is marked so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from gradeline.facts import tests_libraries as known
from gradeline.facts.tests_asked import BODY, STATUS, status_label
from gradeline.facts.tests_by_hand import raised_by_hand, said_by_hand
from gradeline.facts.tests_claims import CAUGHT, Claim, blank
from gradeline.facts.tests_code import CodeUnderTest
from gradeline.facts.tests_generated import generated
from gradeline.facts.tests_suite import Fixture, Suite, TestCase
from gradeline.facts.tests_values import ANSWERS, NOTHING, TRUTH, Effect, Value, joined, number_label, small
from gradeline.model.code import Function, Module, dotted
from gradeline.records import field, record
from gradeline.source import Span

MAX_DEPTH = 5  # helpers and fixtures inside one another
MAX_NESTING = 90
MAX_WORK = 6_000  # expressions of one test
_BROAD = frozenset({"Exception", "BaseException", "AssertionError", ""})

Env = dict[str, Value]


@record
class Called:
    """A function or class of the code under test that a test calls."""

    name: str
    path: str
    span: Span
    given: frozenset[str] = frozenset()  # labels of its arguments
    does: frozenset[str] = frozenset()  # what ``CodeUnderTest.does`` says


@record(frozen=False)
class Story:
    """What one test does."""

    claims: list[Claim] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)  # of everything that is computed
    effects: list[tuple[Effect, Span]] = field(default_factory=list)
    stands_in: bool = False  # requests are answered by the test itself
    seeded: bool = False
    skipped: Span | None = None  # it always skips itself
    complete: bool = True  # False when it was too much to follow
    fixtures: list[Fixture] = field(default_factory=list)
    requests: list[tuple[Span, bool]] = field(default_factory=list)  # and whether each ends by itself
    replaced: frozenset[str] = frozenset()  # what the test puts something else in the place of
    limited: bool = False  # all of its requests end by themselves
    helpers: int = 0  # functions of the tests that it calls, and what is set up before it


class Walk:
    """One test, walked."""

    def __init__(self, suite: Suite, under: CodeUnderTest, test: TestCase) -> None:
        self.suite, self.under, self.test = suite, under, test
        self.story = Story()
        self.module = test.module
        self.owner = test.owner
        self.work = self.depth = self.nesting = self.number = 0
        self.swallowed = 0
        self.kept: list[tuple[Function, Env, Module]] = []  # functions inside functions; their number is ``Value.same``
        self.instances: dict[int, tuple[ast.ClassDef, Module, Env]] = {}  # of classes of the tests, by ``Value.same``
        self.answers: dict[tuple[object, ...], int] = {}  # inputs for which a model said something
        self.origins: dict[int, object] = {}
        self.sources: dict[str, ast.expr] = {}  # the last expression given to a name
        self.dropped: ast.expr | None = None  # the statement whose value nobody takes
        self.in_test = True
        self.given: dict[tuple[str, str], Value] = {}
        self.making: set[tuple[str, str]] = set()
        self.real: set[str] = set()  # what is replaced by something that does the same, such as another model
        self.results: list[frozenset[str]] = []
        self.patched = self._patched(self.module, [self.test.node, *([self.owner] if self.owner is not None else [])])

    def run(self) -> Story:
        env: Env = {}
        for fixture in self.suite.automatic(self.module):
            self._fixture_value(fixture)
        if self.owner is not None:
            for node in self.suite.automatic_in(self.module, self.owner):
                env |= {one.arg: self._fixture_of(one.arg) for one in node.args.args[1:]}
                env = self._inside(node, env)
                self.story.helpers += 1
            for name in ("setUpClass", "setUp", "setup_class", "setup_method"):
                before = next((one for one in self.owner.body if isinstance(one, Function) and one.name == name), None)
                if before is not None:
                    env = self._inside(before, env)
                    self.story.helpers += 1
        for mark in self.test.marks:
            if mark.name == "usefixtures" and mark.call is not None:
                for one in mark.call.args:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        self._fixture_of(one.value)
        for one in self.test.node.decorator_list:
            full = self.module.full(one.func if isinstance(one, ast.Call) else one)
            self.story.stands_in = self.story.stands_in or full in known.STAND_INS
        for name in self.test.parameters:
            env[name] = self._argument(name)
        self.block(self.test.node.body, env)
        self.story.complete = self.work <= MAX_WORK
        self.story.replaced = self.patched - self.real
        return self.story

    def _inside(self, node: Function, env: Env) -> Env:
        was, self.in_test = self.in_test, False
        self.block(node.body, env)
        self.in_test = was
        return env

    def _argument(self, name: str) -> Value:
        values = [case[name] for case in self.test.values if name in case]
        values += self._examples(name)
        if values:
            found = [self.value(one, {}) for one in values[:200]]
            return joined(found, self.fresh())
        made = generated(self.module, self.test.node) if name == "case" else None
        return Value(made, self.fresh()) if made is not None else self._fixture_of(name)

    def _examples(self, name: str) -> list[ast.expr]:
        """The values that are tried besides those that are made up (Hypothesis documentation, ``example``)."""
        found: list[ast.expr] = []
        for one in self.test.node.decorator_list:
            if isinstance(one, ast.Call) and self.module.full(one.func) == "hypothesis.example":
                found += one.args
                found += [word.value for word in one.keywords if word.arg == name]
        return found

    # -- fixtures ------------------------------------------------------------------------------

    def _fixture_of(self, name: str) -> Value:
        fixture = self.suite.fixture(name, self.module, self.owner)
        if fixture is not None:
            return self._fixture_value(fixture)
        if name in known.STAND_IN_FIXTURES:
            self.story.stands_in = True
        if name in ("tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory"):
            return Value(frozenset({"tmp"}), self.fresh())
        if name in ("caplog", "capsys", "capfd", "capsysbinary", "recwarn"):
            return Value(frozenset({"captured"}), self.fresh())
        if name == "benchmark":
            self.story.labels.add("time")
        return Value(frozenset(), self.fresh())

    def _fixture_value(self, fixture: Fixture) -> Value:
        key = (fixture.module.path, fixture.node.name)
        if key in self.given:
            return self.given[key]
        if key in self.making or self.depth >= MAX_DEPTH:
            return NOTHING
        self.making.add(key)
        self.story.fixtures.append(fixture)
        self.patched |= self._patched(fixture.module, [fixture.node])
        was = self.module, self.owner, self.in_test
        self.module, self.owner, self.in_test = fixture.module, fixture.owner, False
        self.depth += 1
        env: Env = {}
        names = [one.arg for one in (*fixture.node.args.args, *fixture.node.args.kwonlyargs)]
        for name in names[1:] if fixture.owner is not None else names:
            env[name] = NOTHING if name == "request" else self._fixture_of(name)
        found = self._returned(fixture.node, env)
        self.depth -= 1
        self.module, self.owner, self.in_test = was
        self.making.discard(key)
        self.given[key] = found
        return self.given[key]

    def _returned(self, node: Function, env: Env) -> Value:
        was = env.get("@returned")
        env["@returned"] = NOTHING
        self.block(node.body, env)
        found = env["@returned"]
        if was is not None:
            env["@returned"] = was
        kept = "function" in found.labels or found.same in self.instances
        return found if kept else Value(found.labels, self.fresh(), found.texts)

    # -- statements ----------------------------------------------------------------------------

    def block(self, body: list[ast.stmt], env: Env) -> bool:
        """Walk statements; True when nothing after them is reached."""
        if self.nesting > MAX_NESTING:
            return False
        self.nesting += 1
        ended = False
        for node in body:
            if self.statement(node, env):
                ended = True
                break
        self.nesting -= 1
        return ended

    def statement(self, node: ast.stmt, env: Env) -> bool:
        if isinstance(node, ast.Assert):
            self._claim("assert", node, node.test, env)
            return isinstance(node.test, ast.Constant) and not node.test.value
        if isinstance(node, ast.Return):
            if node.value is not None:
                self._gives(self.value(node.value, env), env)
            return True
        if isinstance(node, ast.Raise | ast.Continue | ast.Break):
            if isinstance(node, ast.Raise) and node.exc is not None:
                self.value(node.exc, env)
            return True
        if isinstance(node, ast.Expr):
            self.dropped = node.value
            value = self.value(node.value, env)
            self.dropped = None
            if isinstance(node.value, ast.Yield) and node.value.value is not None:
                self._gives(value, env)
            return self._stops(node.value)
        if isinstance(node, ast.Assign):
            value = self.value(node.value, env)
            for target in node.targets:
                self._bind(target, value, env, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, self.value(node.value, env), env, node.value)
        elif isinstance(node, ast.AugAssign):
            value = joined([self.value(node.target, env), self.value(node.value, env)], self.fresh())
            self._bind(node.target, value, env, None)
        elif isinstance(node, ast.If):
            if (said := said_by_hand(self.module, node)) is not None:
                self._claim("assert", node, said, env)
            return self._branch(node, env)
        elif isinstance(node, ast.For | ast.AsyncFor):
            items = self.value(node.iter, env)
            if isinstance(node.iter, ast.List | ast.Tuple) and not node.iter.elts:
                return self.block(node.orelse, env)
            self._bind(node.target, Value(items.labels, self.fresh(), items.texts), env, None)
            self.block(node.body, env)
            self.block(node.orelse, env)
        elif isinstance(node, ast.While):
            self.value(node.test, env)
            if not (isinstance(node.test, ast.Constant) and not node.test.value):
                self.block(node.body, env)
            self.block(node.orelse, env)
        elif isinstance(node, ast.With | ast.AsyncWith):
            return self._with(node, env)
        elif isinstance(node, ast.Try | ast.TryStar):
            return self._try(node, env)
        elif isinstance(node, ast.Match):
            self.value(node.subject, env)
            for case in node.cases:
                self.block(case.body, env)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            env[f"def {node.name}"] = Value(frozenset({"function"}), self._keep(node, env))
        elif isinstance(node, ast.ClassDef):
            env[node.name] = Value(frozenset({"code"} if self.under.extends(self.module, node) else ()), self.fresh())
        return False

    def _gives(self, value: Value, env: Env) -> None:
        before = env.get("@returned", NOTHING)
        env["@returned"] = value if before is NOTHING else joined([before, value], self.fresh())

    def _keep(self, node: Function, env: Env) -> int:
        self.kept.append((node, env, self.module))
        return len(self.kept)

    def _stops(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Call):
            return False
        full = self.module.full(node.func)
        if full in ("pytest.skip", "pytest.xfail", "self.skipTest", "unittest.SkipTest"):
            if self.nesting <= 2 and self.story.skipped is None:
                self.story.skipped = self.module.span(node)
            return True
        return full in ("pytest.fail", "pytest.exit", "sys.exit", "self.fail", "exit", "os._exit")

    def _branch(self, node: ast.If, env: Env) -> bool:
        self.value(node.test, env)
        if isinstance(node.test, ast.Constant):
            return self.block(node.body if node.test.value else node.orelse, env)
        if isinstance(node.test, ast.Name) and self.module.full(node.test) == "typing.TYPE_CHECKING":
            return False
        self.nesting += 2  # a skip in here is not always done
        first = dict(env)
        one = self.block(node.body, first)
        other = self.block(node.orelse, env)
        self.nesting -= 2
        if not one:
            for name, value in first.items():
                env[name] = value if name not in env or value.same == env[name].same else (
                    joined([value, env[name]], self.fresh()))  # fmt: skip
        elif "@returned" in first:
            env["@returned"] = joined([first["@returned"], env.get("@returned", NOTHING)], self.fresh())
        return one and other

    def _with(self, node: ast.With | ast.AsyncWith, env: Env) -> bool:
        raises: ast.Call | None = None
        swallows = 0
        for item in node.items:
            value = self.value(item.context_expr, env)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, value, env, None)
            call = item.context_expr
            if isinstance(call, ast.Call):
                name = self.module.full(call.func)
                short = name.rpartition(".")[2]
                if name in ("pytest.raises", "pytest.warns", "pytest.deprecated_call") or short.startswith(
                    ("assertRaises", "assertWarns", "assertLogs")):  # fmt: skip
                    raises = call
                if name == "contextlib.suppress" and any(
                        dotted(one).rpartition(".")[2] in _BROAD - {""} for one in call.args):  # fmt: skip
                    swallows += 1
                self.story.stands_in = self.story.stands_in or name in known.STAND_INS
            elif isinstance(call, ast.Name | ast.Attribute):
                self.story.stands_in = self.story.stands_in or self.module.full(call) in known.STAND_INS
        before = len(self.results)
        self.swallowed += swallows
        self.nesting -= 1  # a block of ``with`` is always entered
        ended = self.block(node.body, env)
        self.nesting += 1
        self.swallowed -= swallows
        if raises is not None:
            labels = frozenset(label for one in self.results[before:] for label in one)
            self._add("raises", raises, labels, "" if labels else "nothing of the code under test runs in it", raises)
            for item in node.items:
                if item.context_expr is raises and item.optional_vars is not None and labels & {"http", "code"}:
                    self._bind(item.optional_vars, Value(labels, self.fresh()), env, None)  # the answer is in it
            return False
        return ended

    def _try(self, node: ast.Try | ast.TryStar, env: Env) -> bool:
        loses = any(_catches(one) and not _goes_on(one.body) for one in node.handlers)
        self.swallowed += int(loses)
        before = len(self.results)
        ended = self.block([*node.body, *node.orelse], env)
        self.swallowed -= int(loses)
        raises = raised_by_hand(self.module, node)
        if raises is not None:
            labels = frozenset(label for one in self.results[before:] for label in one)
            self._add("raises", node, labels, "" if labels else "nothing of the code under test runs in it", raises)
            ended = False
        for handler in node.handlers:
            self.nesting += 2
            self.block(handler.body, dict(env))
            self.nesting -= 2
        return self.block(node.finalbody, env) or (ended and not node.handlers)

    def _bind(self, target: ast.expr, value: Value, env: Env, source: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = value
            self.sources.pop(target.id, None)
            if source is not None and "predicted" in value.labels:
                self.sources[target.id] = source
        elif isinstance(target, ast.Starred):
            self._bind(target.value, value, env, None)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = source.elts if isinstance(source, ast.Tuple | ast.List) else []
            exact = len(parts) == len(target.elts) and not any(isinstance(one, ast.Starred) for one in parts)
            for position, one in enumerate(target.elts):
                part = self.value(parts[position], env) if exact else Value(value.labels, self.fresh(), value.texts)
                self._bind(one, part, env, parts[position] if exact else None)
        elif isinstance(target, ast.Attribute) and own(target).count(".") == 1:
            env[own(target)] = value
        elif isinstance(target, ast.Attribute | ast.Subscript):
            root = _root(target)
            if root and root in env:
                env[root] = Value(env[root].labels | value.labels, self.fresh(), env[root].texts)

    # -- claims --------------------------------------------------------------------------------

    def _claim(self, form: str, node: ast.stmt | ast.expr, test: ast.expr, env: Env) -> None:
        value = self.value(test, env)
        empty = blank(test, lambda one: self.value(one, env), self.module)
        self._add(form, node, value.labels, empty, test, self._about(test, value.labels, env))

    def _about(self, test: ast.expr, labels: frozenset[str], env: Env) -> frozenset[str]:
        if "predicted" not in labels:
            return frozenset()
        from gradeline.facts.tests_behaviour import behaviours

        return behaviours(test, lambda one: self.value(one, env), self.module, self.test.values, self.sources)

    def answer(self, given: Iterable[Value]) -> str:
        """The label of a prediction for an input: the same for the same input."""
        key = tuple(self.origin(one) for one in given if "model" not in one.labels)
        return f"says:{self.answers.setdefault(key, len(self.answers) + 1)}"

    def origin(self, value: Value) -> object:
        """What a value is the same as: a copy is what it was copied from, one part of a thing is always that part."""
        return self.origins.get(value.same, value.same) if value.same else self.fresh()

    def _add(self, form: str, node: ast.AST, labels: Iterable[str], empty: str, test: ast.expr | None = None,
             about: frozenset[str] = frozenset()) -> None:  # fmt: skip
        if self.swallowed:
            empty = CAUGHT
        self.story.claims.append(
            Claim(form, self.module.span(node), frozenset(labels), empty, self.module, test, about)
        )

    # -- expressions ---------------------------------------------------------------------------

    def fresh(self) -> int:
        self.number += 1
        return -self.number

    def value(self, node: ast.expr, env: Env) -> Value:
        """What an expression comes from."""
        self.work += 1
        if self.work > MAX_WORK or self.nesting > MAX_NESTING:
            return NOTHING
        self.nesting += 1
        found = self._value(node, env)
        self.nesting -= 1
        self.story.labels |= found.labels
        return found

    def _value(self, node: ast.expr, env: Env) -> Value:
        if isinstance(node, ast.Name):
            return env.get(node.id) or env.get(f"def {node.id}") or self._global(node)
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Call):
            from gradeline.facts.tests_calls import call

            found = call(self, node, env)
            if isinstance(node.func, ast.Attribute) and node.func.attr in ANSWERS and found.labels:
                found = Value(found.labels | TRUTH.labels, found.same, found.texts)
            self.results.append(found.labels)
            return found
        if isinstance(node, ast.Attribute):
            if own(node) in env:
                return env[own(node)]
            base = self.value(node.value, env)
            labels = base.labels - {"full"} if node.attr in known.FEWER_ROWS else base.labels
            labels |= TRUTH.labels if node.attr in ANSWERS and labels else frozenset()
            if "http" in labels:
                labels |= {"status"} if node.attr in STATUS else {"body"} if node.attr in BODY else frozenset()
            if (status := status_label(self.module, node)) and not base.labels:
                return Value(frozenset({status}), self.fresh())
            if not base.labels and self.module.full(node).rpartition(".")[2] in ("nan", "NaN", "NA", "NaT", "inf"):
                return Value(frozenset({"edge", f"num:{node.attr.lower()}"}), self.fresh())
            if not base.labels and self.under.constant(self.module, node):
                return Value(frozenset({"constant"}), self.fresh())
            return Value(labels, self.fresh(), base.texts)
        if isinstance(node, ast.Subscript):
            base = self.value(node.value, env)
            self.value(node.slice, env)
            labels = base.labels - {"full"} if isinstance(node.slice, ast.Slice) else base.labels
            part = Value(labels, self.fresh(), base.texts)
            everything = isinstance(node.slice, ast.Slice) and not (node.slice.lower or node.slice.upper or
                                                                    node.slice.step)  # fmt: skip
            origin = self.origin(base)
            self.origins[part.same] = origin if everything else ("part", origin, ast.dump(node.slice))
            return part
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            plain = node.operand.value
            number = number_label(-plain) if isinstance(plain, int | float) else ""
            return Value(frozenset({"edge", number} - {""} if self.in_test else ()), self.fresh())
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and not node.elts:
            return Value(frozenset({"edge"}), self.fresh())
        if isinstance(node, ast.Dict) and not node.keys:
            return Value(frozenset({"edge"}), self.fresh())
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, env)
        if isinstance(node, ast.Lambda):
            env["@lambda"] = NOTHING
            return self.value(node.body, dict(env))
        if isinstance(node, ast.Yield | ast.Await) and node.value is not None:
            return self.value(node.value, env)
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value, env)
            self._bind(node.target, value, env, node.value)
            return value
        parts = [self.value(one, env) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
        if isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            parts.append(TRUTH)
        return joined(parts, self.fresh())

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Env) -> Value:
        inner = dict(env)
        found: list[Value] = []
        for one in node.generators:
            items = self.value(one.iter, inner)
            self._bind(one.target, Value(items.labels, self.fresh(), items.texts), inner, None)
            for test in one.ifs:
                self.value(test, inner)
            found.append(items)
        heads = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return joined([*(self.value(one, inner) for one in heads), *found], self.fresh())

    def _constant(self, node: ast.Constant) -> Value:
        texts = frozenset({node.value}) if isinstance(node.value, str) and len(node.value) <= 300 else frozenset()
        edge = node.value is None or node.value == "" or (self.in_test and small(node.value))
        if isinstance(node.value, str) and _absolute(node.value):
            self.effect("absolute", node, node.value)
        status = status_label(self.module, node)
        labels = {"edge"} if edge else {status} if status else set()
        if self.in_test and (number := number_label(node.value)):
            labels.add(number)
        return Value(frozenset(labels), self.fresh(), texts)

    def _global(self, node: ast.Name) -> Value:
        """A name of the file itself: the value it is given there, once; or a constant of the code under test."""
        value = self.module.constant(node.id)
        if value is not None:
            key = (self.module.path, f"={node.id}")
            if key not in self.given:
                self.given[key] = NOTHING
                was, self.in_test = self.in_test, False
                found = self.value(value, {})
                self.in_test = was
                self.given[key] = Value(found.labels, self.fresh(), found.texts)
            return self.given[key]
        if self.under.constant(self.module, node):
            return Value(frozenset({"constant"}), self.fresh())
        own = self.module.definitions.get(node.id)
        if isinstance(own, ast.ClassDef) and self.under.extends(self.module, own):
            return Value(frozenset({"code"}), self.fresh())
        return Value(frozenset(), 0)

    def effect(self, kind: str, node: ast.AST, text: str) -> None:
        self.story.effects.append((Effect(kind, text[:60]), self.module.span(node)))

    def inline(self, node: Function, module: Module, owner: ast.ClassDef | None, given: Mapping[str, Value],
               around: Env | None = None) -> Value:  # fmt: skip
        """What a helper of the tests gives back."""
        if self.depth >= MAX_DEPTH:
            return joined(given.values(), self.fresh())
        self.story.helpers += 1
        was = self.module, self.owner
        self.module, self.owner = module, owner
        self.depth += 1
        env: Env = {**(around or {}), **given}
        found = self._returned(node, env)
        self.depth -= 1
        self.module, self.owner = was
        for name, value in env.items():
            if around is not None and name.startswith("self."):
                around[name] = value
        return found

    def _patched(self, module: Module, nodes: Iterable[ast.AST]) -> frozenset[str]:
        """The functions that the test puts something else in the place of, as ``churn.features.add``."""
        found: set[str] = set()
        for node in nodes:
            for one in ast.walk(node):
                if not isinstance(one, ast.Call) or not one.args:
                    continue
                name = module.full(one.func)
                first = one.args[0]
                text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                if name.endswith(("patch", "monkeypatch.setattr")) and text:
                    found.add(text)
                elif name.endswith(("patch.object", "setattr")) and len(one.args) > 1:
                    second = one.args[1]
                    if isinstance(second, ast.Constant) and isinstance(second.value, str):
                        found.add(f"{module.full(first)}.{second.value}")
        return frozenset(found)


def _absolute(text: str) -> bool:
    if text.startswith(("/home/", "/Users/", "/mnt/", "/data/", "/root/", "/opt/", "/var/", "/tmp/", "/srv/", "~/")):  # noqa: S108
        return True
    return len(text) > 3 and text[0].isalpha() and text[1:3] in (":\\", ":/") and text[0].isupper()


def own(node: ast.expr) -> str:
    """``self.client`` for an attribute of the object, or of its class as the class itself calls it; else empty."""
    name = dotted(node)
    head, _, rest = name.partition(".")
    return f"self.{rest}" if rest and head in ("self", "cls") else ""


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and own(node).count(".") == 1:
            return own(node)
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    listed = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(one).rpartition(".")[2] in _BROAD for one in listed)


def _goes_on(body: list[ast.stmt]) -> bool:
    """Whether a handler lets the test fail after all."""
    for node in body:
        for one in ast.walk(node):
            if isinstance(one, ast.Raise | ast.Assert):
                return True
            if isinstance(one, ast.Call) and dotted(one.func).rpartition(".")[2] in ("fail", "exit"):
                return True
    return False
