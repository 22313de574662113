"""Templates made of other templates, put in place: DAG tasks and steps as units with their order.

A template that is used becomes units of its own at each use, with ids ``a.b``; a DAG or steps template has a
start that carries the condition of its use and an end that stands for its result.

Argo documentation, "DAG", "Steps", "Workflow Templates", "Template Defaults"; argo-workflows,
workflow/controller/dag.go (``assessDAGPhase``): a DAG ends as its last tasks end, and a task that never ran
stands for what kept it from running.
"""

from __future__ import annotations

from gradeline.model.expression import (
    Constant,
    Expression,
    Name,
    Operation,
    UnitResult,
    Unresolved,
    walk,
)
from gradeline.model.pipeline import Edge, Unit
from gradeline.readers.argo import bounds, depends, expressions, inputs, leaves, loops, order
from gradeline.readers.argo.flow import START, Around, Flow, Site, maps, word
from gradeline.readers.argo.keys import TEMPLATE, USE
from gradeline.readers.argo.lookup import Target, find_target, place_of
from gradeline.readers.argo.reading import is_null, shown
from gradeline.readers.argo.scope import Scope, Sibling
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Scalar, Sequence


def use(flow: Flow, site: Site) -> Sibling:
    """Add the units of one use of a template; gives what others of the same template can see of it."""
    flow.reading.spend_unit()
    target = find_target(flow, site)
    around = site.around
    name = "item" if not around.loops else f"item{around.loops + 1}"
    matrix = loops.read_loop(flow.reading, site.scope, site.node, name)
    scope = replace(site.scope, loop=name) if matrix is not None else site.scope
    condition, condition_span = site.condition, site.condition_span
    if condition is None:
        condition, condition_span = expressions.condition(flow.reading, scope, site.node.get("when"))
    head = Unit(
        id=site.id,
        title=site.title,
        span=target.template.span if not target.missing else site.span,
        named=True,
        inside=around.inside,
        needs=site.needs,
        depends=site.depends,
        condition=condition,
        condition_span=condition_span,
        implicit_success=site.implicit_success,
        passes_over=True,
        tolerate=site.tolerate,
        tolerate_span=site.tolerate_span,
        matrix=matrix,
        via=around.via,
    )
    if target.missing:
        hidden = flow.reading.hide(site.span, target.missing)
        flow.units.append(replace(head, matrix=loops.combined(around.matrix, matrix), opaque=hidden))
        return Sibling(site.id, opaque=True, loops=matrix is not None)
    known = bool(around.stack) or flow.document.kind in ("Workflow", "CronWorkflow")
    bindings = inputs.bind(flow, target.template, site.arguments, scope, site.span, known, not around.stack)
    kind = _kind(flow, target)
    by_item = matrix is not None and condition is not None and _asks_item(condition, name)
    if kind in ("dag", "steps"):
        if by_item and condition is not None:
            head = replace(head, condition=Unresolved("it is decided for each item", condition.span))
        return _nested(flow, site, target, kind, head, bindings)
    unit, sibling = leaves.read_leaf(flow, site, target.template, kind, head, bindings)
    if by_item and condition is not None:
        unit = leaves.per_item(unit, condition)
    flow.units.append(unit)
    _handlers(flow, site, sibling)
    return sibling


def _asks_item(condition: Expression, name: str) -> bool:
    return any(isinstance(node, Name) and node.path[:2] == ("matrix", name) for node in walk(condition))


def _kind(flow: Flow, target: Target) -> str:
    flow.reading.unknown_keys(target.template, TEMPLATE, "a template")
    kinds = [kind for kind in leaves.KINDS if target.template.key(kind) is not None]
    real = [kind for kind in kinds if not is_null(target.template.get(kind))]
    found = real or kinds
    if not found:
        message = f"The template `{shown(target.name)}` says nothing to do: no container, script, dag, steps, ..."
        flow.reading.say("error", "no-work", message, target.template.span)
        return ""
    if len(real) > 1:
        message = f"A template is one of {', '.join(real)}, not several."
        flow.reading.say("error", "two-kinds", message, target.template.span)
    return found[0]


# -- DAG and steps ---------------------------------------------------------------------------------


def _nested(flow: Flow, site: Site, target: Target, kind: str, head: Unit, bindings: inputs.Bindings) -> Sibling:
    reading, template = flow.reading, target.template
    if not is_null(template.get("activeDeadlineSeconds")):
        key = template.key("activeDeadlineSeconds")
        message = "`activeDeadlineSeconds` limits only templates that run themselves, not a dag or steps."
        reading.say("error", "useless-timeout", message, key.span if key is not None else template.span)
    root = not site.around.stack
    entry = replace(head, id=f"{head.id} / {START}", kind="entry", span=site.span, tolerate=None, tolerate_span=None)
    flow.units.append(entry)
    around = Around(
        inside=entry.id,
        via=(*site.around.via, site.span) if not root else (),
        stack=(*site.around.stack, place_of(target)),
        prefix="" if root and not site.around.prefix else f"{head.id}.",
        matrix=loops.combined(site.around.matrix, head.matrix),
        loops=site.around.loops + (head.matrix is not None),
        timeout=site.around.timeout,
        retry=bounds.read_retry(reading, bindings.scope, flow.setting(template, "retryStrategy")) or site.around.retry,
        exclusive=bounds.read_exclusive(reading, bindings.scope, template) or site.around.exclusive,
    )
    inner = Site(
        head.id,
        head.title,
        template.span,
        template,
        (),
        bindings.scope,
        target.home,
        around,
    )
    ends, scope = _dag(flow, inner) if kind == "dag" else _steps(flow, inner)
    parameters, artifacts = inputs.passed_on(flow, template, scope)
    finish = Unit(
        id=head.id,
        title=head.title,
        span=site.span,
        kind="exit",
        named=True,
        inside=site.around.inside,
        needs=(Edge(entry.id, site.span, "done"), *ends),
        implicit_success=False,
        tolerate=site.tolerate,
        tolerate_span=site.tolerate_span,
        outputs=parameters,
        via=site.around.via,
    )
    flow.units.append(finish)
    sibling = Sibling(head.id, parameters, artifacts, head.matrix is not None)
    _handlers(flow, site, sibling)
    return sibling


def _dag(flow: Flow, inner: Site) -> tuple[list[Edge], Scope]:
    """The tasks of a DAG; gives the order of its end after its last tasks."""
    reading = flow.reading
    node = reading.mapping(inner.node.get("dag"), "`dag`")
    tasks: dict[str, YamlMapping] = {}
    for task in maps(node.get("tasks")) if node is not None else ():
        name = word(task.get("name"))
        if not name or name in tasks:
            message = "A task needs a `name`." if not name else f"The task `{shown(name)}` is there twice."
            reading.say("error", "bad-name", message, task.span)
            continue
        reading.unknown_keys(task, USE, "a task")
        tasks[name] = task
    if not tasks:
        reading.say("error", "no-tasks", "A DAG needs at least one task.", inner.node.span)
    waits = order.read_waits(flow, tasks)
    wanted = order.wanted_tasks(flow, inner.scope, node, waits)
    ids = {name: flow.free_id(f"{inner.around.prefix}{name}") for name in tasks if name in wanted}
    scope = replace(inner.scope, word="tasks", siblings={})
    known: dict[str, depends.Known] = {}
    siblings: dict[str, Sibling] = {}
    ancestors = order.ancestors_of(waits)
    for name in order.in_order(flow, waits):
        if name not in wanted:
            continue
        task, wait = tasks[name], waits[name]
        before = {other: siblings[other] for other in ancestors[name] if other in siblings}
        condition = depends.decided(wait, known)
        edges = depends.edges(wait, known)
        tolerate, place = _tolerance(task)
        siblings[name] = use(
            flow,
            Site(
                id=ids[name],
                title=name,
                span=task.span,
                node=task,
                arguments=_arguments(task),
                scope=replace(scope, siblings=before),
                home=inner.home,
                around=inner.around,
                needs=edges,
                depends=condition,
                implicit_success=condition is None,
                tolerate=tolerate,
                tolerate_span=place,
            ),
        )
        known[name] = depends.Known(siblings[name].unit, siblings[name].loops, siblings[name].daemon)
    followed = {other for name in wanted for other in waits[name].names}
    targets = set(word(node.get("target")).split()) & wanted if node is not None else set()
    last = [name for name in siblings if (name in targets if targets else name not in followed)]
    ends = [Edge(siblings[name].unit, tasks[name].span, "done") for name in last]
    return ends, replace(scope, siblings=siblings)


def _tolerance(task: YamlMapping) -> tuple[Expression | None, Span | None]:
    """``continueOn.failed``; ``continueOn.error`` alone tolerates only what the machinery breaks."""
    node, key = task.get("continueOn"), task.key("continueOn")
    if not isinstance(node, YamlMapping) or key is None or word(node.get("failed")) != "true":
        return None, None
    span = key.span.to(node.span) if node.span.line >= key.span.line else key.span
    return Constant(True, span), span


def _arguments(node: YamlMapping) -> tuple[YamlMapping, ...]:
    value = node.get("arguments")
    return (value,) if isinstance(value, YamlMapping) else ()


def _steps(flow: Flow, inner: Site) -> tuple[list[Edge], Scope]:
    """Groups of steps: a group starts when every step of the one before has ended well or was passed over."""
    reading = flow.reading
    node = inner.node.get("steps")
    scope = replace(inner.scope, word="steps", siblings={})
    siblings: dict[str, Sibling] = {}
    ends: list[Edge] = []
    before: tuple[Edge, ...] = ()
    if not isinstance(node, Sequence):
        reading.say("error", "wrong-type", "`steps` needs a list of lists.", inner.node.span)
        return ends, scope
    for group in node.values():
        steps = maps(group) if isinstance(group, Sequence) else ([group] if isinstance(group, YamlMapping) else [])
        if isinstance(group, Scalar):
            reading.say("error", "wrong-type", "A group of steps is a list.", group.span)
        visible = dict(siblings)
        edges: list[Edge] = []
        for step in steps:
            name = word(step.get("name"))
            if not name or name in siblings:
                message = "A step needs a `name`." if not name else f"The step `{shown(name)}` is there twice."
                reading.say("error", "bad-name", message, step.span)
                if not name:
                    continue
            reading.unknown_keys(step, USE, "a step")
            reading.spend(len(before) // 4)
            tolerate, place = _tolerance(step)
            sibling = use(
                flow,
                Site(
                    id=flow.free_id(f"{inner.around.prefix}{name}"),
                    title=name,
                    span=step.span,
                    node=step,
                    arguments=_arguments(step),
                    scope=replace(scope, siblings=visible),
                    home=inner.home,
                    around=inner.around,
                    needs=before,
                    tolerate=tolerate,
                    tolerate_span=place,
                ),
            )
            siblings[name] = sibling
            edges.append(Edge(sibling.unit, step.span, "optional"))
        ends.extend(replace(edge, kind="done") for edge in edges)
        before = tuple(edges) or before
    return ends, replace(scope, siblings=siblings)


# -- hooks -----------------------------------------------------------------------------------------


def _handlers(flow: Flow, site: Site, sibling: Sibling) -> None:
    """Hooks of a task or step: ``exit`` runs when it has ended, others when their expression is true.

    Argo documentation, "Lifecycle-Hook".  The old spelling of the exit hook is ``onExit``.
    """
    hooks = site.node.get("hooks")
    todo: list[tuple[str, YamlMapping | None, Resolved | None]] = []
    if isinstance(hooks, YamlMapping) and site.around.stack:
        todo.extend((key.value, value, None) for key, value in hooks.items() if isinstance(value, YamlMapping))
    on_exit = site.node.get("onExit")
    if site.around.stack and isinstance(on_exit, Scalar) and not is_null(on_exit):
        todo.append(("exit", None, on_exit))
    if todo:  # a hook sees the work it hangs on
        own = {**site.scope.siblings, site.title: sibling}
        site = replace(site, scope=replace(site.scope, siblings=own))
    for name, node, template in todo:
        add_hook(flow, site, sibling.unit, name, node, template)


def add_hook(
    flow: Flow, site: Site, unit: str, name: str, node: YamlMapping | None, template: Resolved | None
) -> Sibling:
    """The units of one hook on ``unit``; ``template`` is the name of the old spelling.

    The hook ``exit`` may do without an expression; with one, it runs only when that is true.
    """
    called = node
    if called is None:
        assert isinstance(template, Scalar)
        entry = Scalar("template", template.span)
        called = YamlMapping(((entry, template),), template.span, index={"template": 0})
    span = called.span
    ended = Operation(
        "or",
        tuple(
            Operation("==", (UnitResult(unit, span, raw=True), Constant(result, span)), span)
            for result in ("success", "failure", "cancelled")
        ),
        span,
    )
    scope = site.scope
    condition: Expression | None = None
    condition_span: Span | None = None
    if node is not None:
        condition, condition_span = expressions.computed(flow.reading, scope, node.get("expression"))
        if condition is None and name != "exit":
            flow.reading.say("error", "no-expression", f"The hook `{shown(name)}` needs an `expression`.", span)
        elif condition is not None and name != "exit" and not _about_the_end(condition):
            condition = Unresolved("the hook runs while the work goes on", condition.span)
    return use(
        flow,
        Site(
            id=flow.free_id(f"{site.id}.hooks.{name}"),
            title=" ".join(word for word in (site.title, "exit handler" if name == "exit" else f"hook {name}") if word),
            span=span,
            node=called,
            arguments=_arguments(called),
            scope=scope,
            home=site.home,
            around=replace(site.around, stack=site.around.stack or (("hook", 0, name),), prefix=f"{site.id}."),
            needs=(Edge(unit, span, "done"),),
            depends=ended,
            implicit_success=False,
            condition=condition,
            condition_span=condition_span,
        ),
    )


def _about_the_end(condition: Expression) -> bool:
    """Whether a hook's expression asks for a result that only the end brings."""
    texts = {node.value for node in walk(condition) if isinstance(node, Constant)}
    return "Running" not in texts and "Pending" not in texts
