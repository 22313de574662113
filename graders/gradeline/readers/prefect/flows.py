"""A flow as a pipeline: each call of a task is a unit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradeline.model.code import Codebase, Defined, Function, Module
from gradeline.model.effects import Approval, CacheUse, Effect
from gradeline.model.expression import Constant, Name, Operation, Secret, UnitResult, Unresolved
from gradeline.model.pipeline import (
    Edge,
    Exclusive,
    Matrix,
    Opaque,
    Passed,
    Pipeline,
    Rerun,
    Retry,
    Scenario,
    Step,
    Trigger,
    Unit,
    Variable,
)
from gradeline.model.text import Hole, Text
from gradeline.readers.argo.cron import schedule_problem
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.flows import body, passes, reruns
from gradeline.readers.flows.evaluator import Evaluator, Stop
from gradeline.readers.flows.notices import notices
from gradeline.readers.flows.texts import minutes, number
from gradeline.readers.flows.values import Joined, Named, Runtime, seconds
from gradeline.readers.prefect.deployments import by_call, triggers_of
from gradeline.readers.prefect.hooks import PrefectHooks, parameters
from gradeline.readers.prefect.nodes import Deployment, FlowDef, TaskDef, Work, works_in
from gradeline.readers.reading import Exhausted, Read, Reading, shown
from gradeline.readers.uses import image_use
from gradeline.records import replace
from gradeline.source import Diagnostic, Span

GONE = {
    "prefect.deployments.Deployment": "`Deployment.build_from_flow` is gone in Prefect 3; `flow.deploy` took its place",
    "prefect.infrastructure": "infrastructure blocks are gone in Prefect 3; work pools took their place",
    "prefect.agent": "agents are gone in Prefect 3; workers took their place",
    "prefect.orion": "this module is gone since Prefect 2.8",
    "prefect.packaging": "this module is gone in Prefect 3",
    "prefect.filesystems.S3": "this block is gone in Prefect 3; the AWS integration has one",
    "prefect.filesystems.GCS": "this block is gone in Prefect 3; the GCP integration has one",
    "prefect.filesystems.Azure": "this block is gone in Prefect 3; the Azure integration has one",
    "prefect.filesystems.GitHub": "this block is gone in Prefect 3; `flow.from_source` takes a repository",
    "prefect.engine.signals": "signals are gone since Prefect 2",
    "prefect.Flow.run": "flows are functions since Prefect 2",
    "prefect.core": "this module is gone since Prefect 2",
    "prefect.run_configs": "run configurations are gone since Prefect 2",
    "prefect.storage": "this module is gone since Prefect 2",
}


def read_file(code: Codebase, module: Module, read: Read, by_entry: list[tuple[str, Deployment]]) -> list[Pipeline]:
    reading = Reading(module.path, read)
    reading.diagnostics.extend((*module.diagnostics, *outdated(module)))
    hooks = PrefectHooks(reading)
    at = Evaluator(code, module, hooks)
    try:
        at.block(module.tree.body, at.globals[module.path])
    except (Stop, Exhausted, RecursionError):
        reading.hide(Span(module.path, 1), "the file is too large to be read completely")
    if not module.complete:
        place = next((one.span for one in module.diagnostics if one.severity == "error"), None)
        reading.hide(place or Span(module.path, 1), "a part of the file cannot be read")
    made = []
    for flow in hooks.flows:
        inner = PrefectHooks(Reading(module.path, read, diagnostics=list(reading.diagnostics),
                                     opaque=dict(reading.opaque)))  # fmt: skip
        deployments = [by_call(how, kwargs, node, place) for owner, how, kwargs, node, place in hooks.deployed
                       if _same(owner, flow, kwargs)]  # fmt: skip
        name = flow.function.name
        deployments += [one for entry, one in by_entry if _names(entry, module.path, name)]
        pipeline = _pipeline(flow, code, module, inner, deployments)
        hooks.called |= inner.called
        made.append((flow, pipeline, bool(deployments)))
    return [pipeline for flow, pipeline, deployed in made if deployed or id(flow.function.node) not in hooks.called]


def _same(owner: Any, flow: FlowDef, kwargs: dict[str, Any]) -> bool:
    if isinstance(owner, FlowDef):
        return owner.function.node is flow.function.node
    entry = getattr(owner, "kwargs", {}).get("entrypoint", "")
    return isinstance(entry, str) and _names(entry, flow.function.module.path, flow.function.name)


def _names(entry: str, path: str, name: str) -> bool:
    where, _, function = entry.rpartition(":")
    where = where.removeprefix("./")
    return function == name and (where == path or where.replace(".", "/") + ".py" == path or path.endswith("/" + where))


def _pipeline(
    flow: FlowDef, code: Codebase, module: Module, hooks: PrefectHooks, deployments: list[Deployment]
) -> Pipeline:
    reading = hooks.reading
    at = Evaluator(code, module, hooks)
    hooks.inside = 1
    try:
        returned = at.apply(flow.function, [], parameters(flow.function, flow.span))
        for work, _ in works_in(returned):
            work.raised = True
    except (Stop, Exhausted, RecursionError):
        reading.hide(flow.span, "the flow is too large to be read completely")
    _counted(hooks.works)
    triggers = [trigger for one in deployments for trigger in triggers_of(one)]
    env: list[Variable] = []
    for one in deployments:
        env.extend(_variable(name, value, span) for name, value, span in one.env)
        if one.image is not None:
            image_use(reading, _braced(one.image[0], one.image[1]), "")
    units = [replace(_unit(work, flow, at, reading), env=(*env, *_from_store(work, flow, code)))
             for work in hooks.works]  # fmt: skip
    units.extend(_watchers(flow, hooks.works, at))
    exclusive = next((_exclusive(one, flow) for one in deployments if one.limit is not None), None)
    if exclusive is None and hooks.locks:
        place = hooks.locks[0]
        exclusive = Exclusive(
            Text("limit", place), Unresolved("how many may hold the limit is a setting", place), place
        )
    given = flow.options.get("name")
    return Pipeline(
        path=module.path, title=shown(given if isinstance(given, str) else flow.function.name, 200),
        platform="prefect", span=flow.span, named=True, triggers=tuple(triggers) or (Trigger("manual", flow.span),),
        scenarios=_scenarios(triggers, flow, reading), units=tuple(units), exclusive=exclusive, env=tuple(env),
        reruns=_reruns(flow, hooks.works), passes=_passes(flow, hooks.works, code),
        uses=tuple(reading.uses.values()), opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics), role="orchestration", looks_back="needs",
        identity={("prefect", "flow_run_id"): "run"},
    )  # fmt: skip


def _reruns(flow: FlowDef, works: list[Work]) -> tuple[Rerun, ...]:
    found: dict[Rerun, None] = {}
    if isinstance(flow.function.node, Function):
        said = reruns.of_function(flow.function.module, flow.function.node)
        found.update((one, None) for one in said if one.kind == "clock")
    for work in works:
        if work.keyed:
            found[Rerun("keyed", work.span, "a parameter of the flow goes in")] = None
        function = work.task.function
        if isinstance(function.node, Function):
            found.update(dict.fromkeys(reruns.of_function(function.module, function.node)))
    return tuple(found)


def _passes(flow: FlowDef, works: list[Work], code: Codebase) -> tuple[Passed, ...]:
    """What the tasks return; with ``result_storage`` a result lies in a storage and only its key is passed."""
    found: dict[Passed, None] = {}
    for work in works:
        if work.approval is not None:
            continue
        own, options = work.task.function, work.task.options
        kept = options.get("persist_result", flow.options.get("persist_result", True)) is not False and (
            options.get("result_storage", flow.options.get("result_storage")) is not None
        )
        found.update(dict.fromkeys(passes.of_function(code, own.module, own.node, kept)))
    return tuple(found)


def _scenarios(triggers: list[Trigger], flow: FlowDef, reading: Reading) -> tuple[Scenario, ...]:
    found: list[Scenario] = []
    for trigger in triggers[:8]:
        number = len(found) + 1
        name = "schedule" if trigger.event == "schedule" else "after"
        if trigger.cron is not None and (wrong := schedule_problem(trigger.cron.raw)):
            reading.say("error", "bad-cron", wrong, trigger.span)
        title = f"the schedule {shown(trigger.cron.raw, 40) if trigger.cron else 'of the deployment'}"
        found.append(Scenario(name if number == 1 else f"{name}-{number}", title if name == "schedule" else "an event",
                              name, trigger, DEFAULT_BRANCH))  # type: ignore[arg-type] # fmt: skip
    return tuple(found) or (
        Scenario("manual", "a start by hand", "manual", Trigger("manual", flow.span), DEFAULT_BRANCH),
    )


def _counted(works: list[Work]) -> None:
    """A failure counts when it is raised, also through those that cannot start without it."""
    by_name = {work.name: work for work in works}
    todo = [work for work in works if work.raised]
    while todo:
        work = todo.pop()
        for edge in work.needs:
            other = by_name.get(edge.unit)
            if other is not None and edge.kind == "success" and not other.raised and other.tolerated is None:
                other.raised = True
                todo.append(other)


def _unit(work: Work, flow: FlowDef, at: Evaluator, reading: Reading) -> Unit:
    reading.spend_unit()
    options = work.task.options
    limit = options.get("timeout_seconds")
    limit, place = (limit, _place(work.task, "timeout_seconds", work)) if limit is not None else (
        flow.options.get("timeout_seconds"), _flow_place(flow, "timeout_seconds"))  # fmt: skip
    matrix = None
    if work.mapped is not None:
        known = isinstance(work.items, list) and 0 < len(work.items) <= 64
        legs = tuple({"item": f"item {index}"} for index in range(len(work.items))) if known else None
        matrix = Matrix(work.mapped, legs, len(legs) if legs else 1, complete=legs is not None)
    return Unit(
        id=work.name, title=shown(work.name), span=work.span, named=True, needs=tuple(work.needs),
        aside=not work.raised, tolerate_span=work.tolerated,
        tolerate=Constant(True, work.tolerated) if work.tolerated is not None else None,
        condition=work.condition, condition_span=work.condition_span, matrix=matrix,
        steps=_steps(work, at), retry=_retry(work),
        timeout=minutes(seconds(limit), place) if limit is not None else None,
    )  # fmt: skip


def _steps(work: Work, at: Evaluator) -> tuple[Step, ...]:
    base: dict[str, Any] = {"id": "run", "title": shown(work.name), "span": work.span, "named": True}
    if work.approval is not None:
        return (Step(**base, kind="use", effects=(Approval(work.approval, "pause"),)),)
    if work.elsewhere is not None:
        return (Step(**base, kind="use", opaque=Opaque(work.elsewhere, "the deployment runs a flow elsewhere")),)
    function = work.task.function
    effects: tuple[Effect, ...] = _memory(work)
    if isinstance(function.node, ast.Lambda):
        return (Step(**base, kind="use", effects=effects),)
    inputs = tuple(_typed(work))
    typed = {name: variable.name for name, variable in inputs}
    text: Text | None
    if work.task.plain:
        line = body.module_command(Defined(function.module, function.node), function.name)
        text = Text(line, work.span, (), ((work.span.line, work.span.column),))
    else:
        text = body.body_text(at.code, function.module, function.node, typed)
    env = (*body.stored_values(at.code, function.module, function.node), *(variable for _, variable in inputs))
    if text is None:
        return (Step(**base, kind="use", effects=effects, env=env),)
    memory = tuple(Step("memory", "result", work.span, "use", effects=(one,)) for one in effects)
    return (*memory, Step(**base, kind="script", script=text, shell=body.SHELL, env=env))


def _from_store(work: Work, flow: FlowDef, code: Codebase) -> tuple[Variable, ...]:
    """What the flow takes from the store and hands to a task."""
    own, spec = flow.function, work.task.function.node.args
    names = [one.arg for one in (*spec.posonlyargs, *spec.args)]
    inside = isinstance(own.node, Function) and own.node.lineno <= work.node.lineno <= (own.node.end_lineno or 0)
    if not inside or not isinstance(own.node, Function):
        return ()
    return body.stored_arguments(code, own.module, own.node, work.node, names)


def _typed(work: Work) -> Iterator[tuple[str, Variable]]:
    """The arguments of a task that hold what somebody typed in, as the variables that stand for them."""
    for name, value in work.given.items():
        parts = value.parts if isinstance(value, Joined) else (value,)
        named = next((part.expression for part in parts if isinstance(part, Runtime)
                      and isinstance(part.expression, Name) and part.expression.untrusted), None)  # fmt: skip
        if named is not None:
            spelling = "{{value}}"
            text = Text(spelling, work.span, (Hole(0, len(spelling), named),))
            yield name, Variable(f"given_{name}", text, "step", work.span)


def _memory(work: Work) -> tuple[Effect, ...]:
    """``cache_policy`` with ``persist_result``, or ``cache_key_fn`` (Prefect documentation, "Caching")."""
    options = work.task.options
    policy = options.get("cache_policy")
    name = "cache_policy" if policy is not None else "cache_key_fn"
    if (
        name not in options
        or options[name] is None
        or (isinstance(policy, Named) and policy.last in ("NO_CACHE", "NONE"))
    ):
        return ()
    span = _place(work.task, name, work)
    spelling = "inputs"
    return (CacheUse(span, "step-results", key=Text(spelling, span, (
        Hole(0, len(spelling), Unresolved("made of what goes in", span)),))),)  # fmt: skip


def _retry(work: Work) -> Retry | None:
    value = work.task.options.get("retries")
    if value in (None, 0) or isinstance(value, bool):
        return None
    span = _place(work.task, "retries", work)
    delay = work.task.options.get("retry_delay_seconds")
    first = delay[0] if isinstance(delay, list) and delay else delay
    known = first is not None and first != 0
    text = Text(str(first), span) if isinstance(first, int | float) and known else (
        Text("backoff", span) if known else None)  # fmt: skip
    return Retry(number(value, span), span, text)


def _place(task: TaskDef, name: str, work: Work) -> Span:
    for call in (task.node,):
        if call is not None:
            for item in call.keywords:
                if item.arg == name:
                    return task.function.module.span(item.value)
    return work.span


def _flow_place(flow: FlowDef, name: str) -> Span:
    for item in flow.node.keywords if flow.node is not None else ():
        if item.arg == name:
            return flow.function.module.span(item.value)
    return flow.span


def _exclusive(one: Deployment, flow: FlowDef) -> Exclusive | None:
    assert one.limit is not None
    limit, cancels, span = one.limit
    if limit != 1:
        return None
    return Exclusive(Text(shown(flow.function.name), span), Constant(True, span) if cancels else None, span)


def _variable(name: str, value: str, span: Span) -> Variable:
    return Variable(name, _braced(value, span), "pipeline", span)


def _braced(value: str, span: Span) -> Text:
    """``{{ prefect.blocks.secret.x }}`` and ``{{ $NAME }}`` of a deployment file."""
    start, end = value.find("{{"), value.rfind("}}")
    if start < 0 or end < start:
        return Text(value, span)
    inner = value[start + 2 : end].strip()
    node = Secret(shown(inner.rpartition(".")[2]), span) if inner.startswith(("prefect.blocks.secret", "$")) else \
        Unresolved("it is filled in when the flow is deployed", span)  # fmt: skip
    return Text(value, span, (Hole(start, end + 2, node),))


def _watchers(flow: FlowDef, works: list[Work], at: Evaluator) -> Iterator[Unit]:
    """``on_failure`` hooks of the flow and of its tasks (Prefect documentation, "State change hooks")."""
    number = 0
    sources: list[tuple[Any, list[Work]]] = [
        (flow.options.get(name), works) for name in ("on_failure", "on_crashed", "on_completion")
    ]
    sources += [(work.task.options.get("on_failure"), [work]) for work in works]
    for position, (value, mine) in enumerate(sources):
        if position == 1 and sources[0][0] is not None:
            continue
        for effects, script, env, place in notices(value, at) if value is not None and mine else ():
            number += 1
            span = place or flow.span
            reason = "what the hook does is not in the files"
            hidden = Opaque(flow.span, reason) if place is None and not script else None
            step = Step("run", "failure hook", span, "script" if script else "use", True, script=script,
                        shell=body.SHELL if script else None, env=env, effects=effects, opaque=hidden)  # fmt: skip
            names = [work.name for work in mine if work.raised or len(mine) == 1]
            tests = tuple(Operation("==", (UnitResult(name, span, raw=True), Constant("failure", span)), span)
                          for name in names)  # fmt: skip
            failed = tests[0] if len(tests) == 1 else Operation("or", tests, span)
            if position == 2:
                failed = Operation("not", (failed,), span)
            yield Unit(
                id=f"hook_{number}", title="hook", span=span, named=True, aside=True, steps=(step,),
                needs=tuple(Edge(name, span, "done") for name in names), implicit_success=False,
                depends=failed if tests else None,
            )  # fmt: skip


def outdated(module: Module) -> Iterator[Diagnostic]:
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            for known, why in GONE.items():
                if name == known or name.startswith(f"{known}."):
                    yield Diagnostic("error", "removed-import", f"{why[:1].upper()}{why[1:]}.", module.path,
                                     module.span(node))  # fmt: skip
