"""What the words of Prefect mean while a flow is read.

Prefect documentation, "Write and run flows", "Write and run tasks", "Run tasks concurrently", "Manage states",
"Final state determination": a task that is called raises; a submitted one raises where its result is asked for.
"""

from __future__ import annotations

import ast
from typing import Any, Literal

from gradeline.model.expression import Constant, Decision, Expression, Name, Operation, UnitResult
from gradeline.model.pipeline import Edge
from gradeline.readers.flows.evaluator import Evaluator
from gradeline.readers.flows.hooks import Hooks
from gradeline.readers.flows.values import Env, Made, Method, Named, Own, Runtime, Unknown, holds
from gradeline.readers.prefect.nodes import Allowed, FlowDef, Future, Result, TaskDef, Work, works_in
from gradeline.readers.reading import MAX_UNITS, Reading
from gradeline.source import Span

_FREE = frozenset({"str", "dict", "list", "Any", "object", "Optional"})  # annotations that take any text
_NEGATIVE = ("fail", "failed", "reject", "rejected", "no", "stop")
_LOCKS = ("concurrency", "rate_limit")
_PAUSES = frozenset({"pause_flow_run", "suspend_flow_run", "wait_for_input"})


class PrefectHooks(Hooks):
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.flows: list[FlowDef] = []
        self.called: set[int] = set()
        self.deployed: list[tuple[Any, str, dict[str, Any], ast.Call, Any]] = []
        self.works: list[Work] = []
        self.barrier: list[Edge] = []
        self.conditions: list[tuple[Expression, Span]] = []
        self.inside = 0
        self.prefix = ""
        self.locks: list[Span] = []

    # -- definitions -----------------------------------------------------------------------------

    def decorate(self, decorator: Any, target: Any, node: ast.expr, at: Evaluator) -> Any:
        call = node if isinstance(node, ast.Call) else None
        options: dict[str, Any] = {}
        name = decorator.name if isinstance(decorator, Named | Made) else ""
        if isinstance(decorator, Made):
            options = dict(decorator.kwargs)
        if not name.startswith("prefect.") or not isinstance(target, Own):
            return target
        if name.endswith(".task") or name in ("prefect.assets.materialize", "prefect.assets.materialize.with_options"):
            return TaskDef(target, options, call)
        if name.endswith(".flow"):
            span = target.module.span(call.func if call is not None else target.node)
            made = FlowDef(target, options, call, span)
            if target.module.path == self.reading.path and not any(
                    one.function.node is target.node for one in self.flows):  # fmt: skip
                self.flows.append(made)
            return made
        return target

    # -- calls -----------------------------------------------------------------------------------

    def call(self, target: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if isinstance(target, TaskDef):
            return self._called(target, args, kwargs, node, at)
        if isinstance(target, FlowDef):
            return self._subflow(target, args, kwargs, node, at)
        if isinstance(target, Method):
            if isinstance(target.owner, Runtime):
                return target.owner  # another spelling of what the run brings: its date as text, in another zone
            return self._method(target, args, kwargs, node, at)
        if not isinstance(target, Named):
            return NotImplemented
        last = target.last
        if target.name in ("prefect.task", "prefect.flow") and args and isinstance(args[0], Own):
            return self._wrapped(last, args[0], kwargs, node, at)
        if target.name.startswith("prefect."):
            if last == "allow_failure" and args:
                return Allowed(args[0])
            if last in ("unmapped", "quote") and args:
                return args[0]
            if last == "wait" and args:
                span = at.module.span(node)
                self.barrier.extend(Edge(work.name, span, "done") for work, _ in works_in(args))
                return Unknown()
            if last in _PAUSES and self.inside:
                return self._pause(node, at)
            if last in ("run_deployment", "arun_deployment") and self.inside:
                return self._elsewhere(args, kwargs, node, at)
            if last in ("serve", "deploy"):
                return None
        if last == "as_completed" and args:
            return args[0]
        return NotImplemented

    def _wrapped(self, kind: str, function: Own, options: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        """``task(function, retries=3)`` and ``flow(function)`` in place of the decorators."""
        if kind == "task":
            return TaskDef(function, options, node, plain=function.module.path != at.module.path)
        made = FlowDef(function, options, node, at.module.span(node))
        if not self.inside and not any(one.function.node is function.node for one in self.flows):
            self.flows.append(made)
        return made

    def _add(self, task: TaskDef, node: ast.Call, span: Span) -> Work:
        self.reading.spend(4)
        if len(self.works) >= MAX_UNITS:
            self.reading.spend(10**9)
        given = task.options.get("name")
        base = self.prefix + (given if isinstance(given, str) and "{" not in given else task.function.name)
        name, number = base, 1
        taken = {one.name for one in self.works}
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        work = Work(name, task, node, span)
        if self.conditions:
            tests = work.within = tuple(test for test, _ in self.conditions)
            work.condition = tests[0] if len(tests) == 1 else Operation("and", tests, span)
            work.condition_span = self.conditions[-1][1]
        self.works.append(work)
        return work

    def _needs(self, work: Work, args: Any, waits: Any) -> None:
        work.keyed = holds(args, Runtime)
        for other, allowed in works_in([args, waits]):
            if other is not work:
                work.needs.append(Edge(other.name, work.span, "done" if allowed else self._kind(work, other.name)))
        known = {edge.unit for edge in work.needs}
        for edge in self.barrier:
            if edge.unit not in known:
                kind = self._kind(work, edge.unit) if edge.kind == "success" else edge.kind
                work.needs.append(Edge(edge.unit, edge.span, kind))

    def _kind(self, work: Work, name: str) -> Literal["success", "order"]:
        """What is called on another way of the flow only has to be over, when it was called at all."""
        other = next((one for one in self.works if one.name == name), None)
        same = other is None or all(any(test is mine for mine in work.within) for test in other.within)
        return "success" if same else "order"

    def _called(self, task: TaskDef, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if not self.inside:
            return Unknown()
        kwargs = dict(kwargs)
        waits, state = kwargs.pop("wait_for", None), kwargs.pop("return_state", False)
        work = self._add(task, node, at.module.span(node))
        work.given = _by_name(task.function, args, kwargs)
        self._needs(work, [args, kwargs], waits)
        if state is True:
            work.tolerated = work.span
            self.barrier.append(Edge(work.name, work.span, "done"))
            return Future(work)
        work.raised = True
        self.barrier.append(Edge(work.name, work.span))
        return Result(work)

    def _method(self, target: Method, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        owner, name = target.owner, target.name
        if isinstance(owner, TaskDef):
            if name == "with_options":
                return TaskDef(owner.function, {**owner.options, **kwargs}, owner.node, owner.plain)
            if name in ("submit", "map", "delay", "apply_async") and self.inside:
                kwargs = dict(kwargs)
                waits, state = kwargs.pop("wait_for", None), kwargs.pop("return_state", False)
                work = self._add(owner, node, at.module.span(node))
                work.given = _by_name(owner.function, args, kwargs)
                self._needs(work, [args, kwargs], waits)
                if name == "map":
                    work.mapped = work.span
                    work.items = next((one for one in (*args, *kwargs.values()) if isinstance(one, list)), None)
                if state is True:
                    work.tolerated = work.span
                return Future(work)
            if name == "fn":
                return NotImplemented
        if isinstance(owner, FlowDef):
            if name == "with_options":
                return FlowDef(owner.function, {**owner.options, **kwargs}, owner.node, owner.span)
            if name in ("deploy", "serve", "to_deployment"):
                self.deployed.append((owner, name, {**kwargs, **({"name": args[0]} if args else {})}, node, at.module))
                return None
            if name == "from_source":
                return owner
        if isinstance(owner, Made) and owner.name.endswith("flow.from_source") and name in ("deploy", "serve"):
            self.deployed.append((owner, name, {**kwargs, **({"name": args[0]} if args else {})}, node, at.module))
            return None
        if isinstance(owner, Future | list):
            return self._asked(owner, name, args, kwargs, node, at)
        return NotImplemented

    def _asked(
        self, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator
    ) -> Any:
        works = [work for work, _ in works_in(owner)]
        if not works:
            return NotImplemented
        span = at.module.span(node)
        if name == "result":
            quiet = kwargs.get("raise_on_failure") is False
            for work in works:
                if quiet:
                    work.tolerated = span
                else:
                    work.raised = True
                self.barrier = [edge for edge in self.barrier if edge.unit != work.name or not quiet]
                self.barrier.append(Edge(work.name, span, "done" if quiet else "success"))
            return Result(works[0]) if isinstance(owner, Future) else [Result(work) for work in works]
        if name == "wait":
            self.barrier.extend(Edge(work.name, span, "done") for work in works)
            return owner
        if name in ("is_completed", "is_failed", "is_crashed"):
            kind = "success" if name == "is_completed" else "failure"
            return Made("state", (works[0], kind), {}, node, span)
        return NotImplemented

    def _subflow(self, flow: FlowDef, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if not self.inside:  # started as a program
            return Unknown()
        self.called.add(id(flow.function.node))
        if self.inside > 6:
            return Unknown()
        outer = self.prefix
        self.prefix = f"{outer}{flow.function.name}."
        self.inside += 1
        kept, before = len(self.conditions), len(self.works)
        found = at.apply(flow.function, args, {key: item for key, item in kwargs.items()
                                               if key not in ("return_state", "wait_for")})  # fmt: skip
        del self.conditions[kept:]
        self.inside -= 1
        self.prefix = outer
        if kwargs.get("return_state") is True:
            self._soften(self.works[before:], at.module.span(node))
        return found

    def _elsewhere(self, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        """``run_deployment`` waits for the run and gives it back, failed or not."""
        function = Own(at.module, ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None)), {})
        work = self._add(TaskDef(function, {"name": "run_deployment"}), node, at.module.span(node))
        work.elsewhere = work.tolerated = work.span
        self._needs(work, [args, kwargs], None)
        if kwargs.get("timeout") != 0:
            self.barrier.append(Edge(work.name, work.span, "done"))
        return Result(work)

    def _pause(self, node: ast.Call, at: Evaluator) -> Any:
        function = Own(at.module, ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None)), {})
        work = self._add(TaskDef(function, {"name": "approval"}), node, at.module.span(node))
        work.approval = work.span
        work.raised = True
        self._needs(work, [], None)
        self.barrier.append(Edge(work.name, work.span))
        return Result(work)

    def _soften(self, works: list[Work], span: Span) -> None:
        """Failures of these no longer end the flow."""
        names = {work.name for work in works}
        for work in works:
            work.raised = False
            work.tolerated = work.tolerated or span
        self.barrier = [Edge(edge.unit, edge.span, "done") if edge.unit in names else edge for edge in self.barrier]

    def makes(self, value: Any) -> bool:
        return next(works_in(value), None) is not None

    # -- values and branches ---------------------------------------------------------------------

    def attribute(self, value: Any, name: str, node: ast.Attribute, at: Evaluator) -> Any:
        if isinstance(value, Future) and name == "state":
            return value
        if isinstance(value, Result):
            return Result(value.work, False)
        if isinstance(value, FlowDef | TaskDef) and name == "fn":
            return value.function
        if isinstance(value, Named) and value.name.startswith("prefect.runtime."):
            return Runtime(Name(("prefect", "runtime", value.last, name), at.module.span(node)))
        return NotImplemented

    def item(self, value: Any, key: Any, node: ast.Subscript, at: Evaluator) -> Any:
        return Result(value.work, False) if isinstance(value, Result | Future) else NotImplemented

    def branch(self, node: ast.If, value: Any, env: Env, at: Evaluator) -> None:
        if not self.inside:
            super().branch(node, value, env, at)
            return
        test, span = condition(value, at.module.span(node.test)), at.module.span(node.test)
        opposite = Operation("not", (test,), span)
        kept = list(self.conditions)
        self.conditions.append((test, span))
        ended, _ = at.block(node.body, env)
        self.conditions = [*kept, (opposite, span)]
        other, _ = at.block(node.orelse, env)
        self.conditions = kept
        if ended and not other:
            self.conditions.append((opposite, span))
        elif other and not ended:
            self.conditions.append((test, span))

    def caught(self, node: ast.Try, env: Env, at: Evaluator) -> None:
        before, barrier = len(self.works), len(self.barrier)
        at.run([*node.body, *node.orelse], env)
        mine = self.works[before:]
        if node.handlers and any(not _raises(handler.body) for handler in node.handlers):
            self._soften(mine, at.module.span(node.handlers[0]))
        names = [work.name for work in mine]
        span = at.module.span(node)
        if names and self.inside:
            kept = list(self.barrier)
            self.barrier = [*self.barrier[:barrier], *(Edge(name, span, "done") for name in names)]
            failed: list[Expression] = [
                Operation("==", (UnitResult(name, span, raw=True), Constant("failure", span)), span) for name in names
            ]
            test = failed[0] if len(failed) == 1 else Operation("or", tuple(failed), span)
            self.conditions.append((test, span))
            for handler in node.handlers:
                at.block(handler.body, env)
            self.conditions.pop()
            self.barrier = kept
        at.run(node.finalbody, env)

    def enter(self, value: Any, node: ast.withitem, at: Evaluator) -> Any:
        if (
            isinstance(value, Made)
            and value.name.startswith("prefect.")
            and value.last in ("concurrency", "rate_limit")
        ):
            self.locks.append(value.span)
        return value


def condition(value: Any, span: Span) -> Expression:
    """A test in a flow: the answer of a task counts as the end of its command; what data decides is open."""
    if isinstance(value, Made):
        if value.name == "not":
            return Operation("not", (condition(value.args[0], span),), span)
        if value.name in ("and", "or"):
            return Operation(value.name, tuple(condition(one, span) for one in value.args), span)
        if value.name == "state":
            work, kind = value.args
            return Operation("==", (UnitResult(work.name, span, raw=True), Constant(kind, span)), span)
        if value.name in ("Eq", "Is", "NotEq", "IsNot") and isinstance(value.args[0], Result) and value.args[0].whole:
            right = value.args[1]
            negative = right in (False, None, 0) or str(right).lower() in _NEGATIVE
            same = value.name in ("Eq", "Is")
            if same != negative:
                return condition(value.args[0], span)
            return Operation("not", (condition(value.args[0], span),), span)
    if isinstance(value, Result) and value.whole:
        return Operation("==", (UnitResult(value.work.name, span, raw=True), Constant("success", span)), span)
    if isinstance(value, Runtime):
        return value.expression
    return Decision("what the data says decides", span)


def parameters(function: Own, span: Span) -> dict[str, Any]:
    """The parameters of a flow.  Whoever starts a run types them in; Prefect only takes what fits the annotation."""
    spec = function.node.args
    found: dict[str, Any] = {}
    for one in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
        said = ast.walk(one.annotation) if one.annotation is not None else ()
        free = one.annotation is None or any(isinstance(part, ast.Name) and part.id in _FREE for part in said)
        found[one.arg] = Runtime(Name(("prefect", "parameters", one.arg), span, untrusted=free))
    return found


def _by_name(function: Own, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    spec = function.node.args
    names = [one.arg for one in (*spec.posonlyargs, *spec.args)]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _raises(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Raise) for node in body)
