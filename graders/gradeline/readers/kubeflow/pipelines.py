"""A pipeline function as a pipeline: each use of a component is a unit.

Kubeflow documentation: every task is cached unless the pipeline, the task or the run says otherwise ("Use Caching");
a task fails with those it waits for unless ``ignore_upstream_failure``; an exit task runs in any case ("Control Flow").
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradeline.model.code import Codebase, Function, Module
from gradeline.model.effects import CacheUse, Effect
from gradeline.model.expression import Constant, Status, Unresolved
from gradeline.model.pipeline import (
    Edge,
    Matrix,
    Opaque,
    Pipeline,
    Rerun,
    Retry,
    Scenario,
    Step,
    Trigger,
    Unit,
    Variable,
)  # fmt: skip
from gradeline.model.pipeline import Use as ImageUse
from gradeline.model.resources import Amount, Confinement, Resources
from gradeline.model.text import Hole, Text
from gradeline.readers.argo import commands
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.flows import body, reruns
from gradeline.readers.flows.evaluator import Evaluator, Stop
from gradeline.readers.flows.texts import minutes, number, secret_variable, text_of
from gradeline.readers.flows.values import Joined, Own, Runtime, holds, seconds
from gradeline.readers.kubeflow import given, handed, order
from gradeline.readers.kubeflow.hooks import KubeflowHooks, parameters
from gradeline.readers.kubeflow.nodes import PipelineDef, Use
from gradeline.readers.reading import Exhausted, Read, Reading, shown
from gradeline.readers.uses import image_use
from gradeline.source import Diagnostic, Span

GONE = {
    "ContainerOp": "`ContainerOp` is gone in version 2 of the SDK; a container component took its place",
    "func_to_container_op": "`func_to_container_op` is gone in version 2 of the SDK; it is `@dsl.component` now",
    "create_component_from_func": "this function is gone in version 2 of the SDK; it is `@dsl.component` now",
    "VolumeOp": "`VolumeOp` is gone in version 2 of the SDK; `kfp.kubernetes` mounts volumes",
    "ResourceOp": "`ResourceOp` is gone in version 2 of the SDK",
    "use_k8s_secret": "`use_k8s_secret` is gone in version 2 of the SDK; `kfp.kubernetes` has `use_secret_as_env`",
    "graph_component": "`graph_component` is gone in version 2 of the SDK; a pipeline is a component itself",
}
OLD = {
    "Condition": "`dsl.Condition` is deprecated; it is `dsl.If` now",
    "set_gpu_limit": "`set_gpu_limit` is deprecated; it is `set_accelerator_limit` now",
    "add_node_selector_constraint": "`add_node_selector_constraint` is deprecated; it is `set_accelerator_type` now",
}
_STARTS = frozenset(
    {"create_run_from_pipeline_func", "create_run_from_pipeline_package", "run_pipeline", "create_recurring_run",
     "create_job", "submit"}
)  # fmt: skip


def read_file(code: Codebase, module: Module, read: Read) -> list[Pipeline]:
    reading = Reading(module.path, read)
    reading.diagnostics.extend((*module.diagnostics, *outdated(module)))
    hooks = KubeflowHooks(reading)
    at = Evaluator(code, module, hooks)
    try:
        at.block(module.tree.body, at.globals[module.path])
    except (Stop, Exhausted, RecursionError):
        reading.hide(Span(module.path, 1), "the file is too large to be read completely")
    if not module.complete:
        place = next((one.span for one in module.diagnostics if one.severity == "error"), None)
        reading.hide(place or Span(module.path, 1), "a part of the file cannot be read")
    made = []
    for found in hooks.pipelines:
        inner = KubeflowHooks(Reading(module.path, read, diagnostics=list(reading.diagnostics),
                                      opaque=dict(reading.opaque)))  # fmt: skip
        pipeline = _pipeline(found, code, module, inner, hooks)
        hooks.called |= inner.called
        made.append((found, pipeline))
    return [pipeline for found, pipeline in made if id(found.function.node) not in hooks.called]


def _pipeline(
    found: PipelineDef, code: Codebase, module: Module, hooks: KubeflowHooks, outer: KubeflowHooks
) -> Pipeline:
    reading = hooks.reading
    at = Evaluator(code, module, hooks)
    hooks.inside = 1
    try:
        at.apply(found.function, [], parameters(found.function, found.span))
    except (Stop, Exhausted, RecursionError):
        reading.hide(found.span, "the pipeline is too large to be read completely")
    order.settle(reading, hooks.uses)
    cached = _switch(module)
    account = _account(module)
    units = [_unit(use, hooks.uses, at, reading, cached, account) for use in hooks.uses]
    if outer.schedules:
        cron, span = outer.schedules[0]
        trigger = Trigger("schedule", span, cron=Text(cron, span) if cron else None)
        scenario = Scenario("schedule", "the recurring run", "schedule", trigger, DEFAULT_BRANCH)
    else:
        trigger = Trigger("submit", found.span)
        scenario = Scenario("manual", "a submission of the pipeline", "manual", trigger, DEFAULT_BRANCH)
    called = found.options.get("name")
    return Pipeline(
        path=module.path, title=shown(called if isinstance(called, str) else found.function.name, 200),
        platform="kubeflow", span=found.span, named=True, triggers=(trigger,), scenarios=(scenario,),
        units=tuple(units), reruns=_reruns(hooks.uses), uses=tuple(reading.uses.values()),
        opaque=tuple(reading.opaque.values()), diagnostics=tuple(reading.diagnostics),
        role="orchestration", looks_back="needs", identity=given.IDENTITY,
    )  # fmt: skip


def _reruns(uses: list[Use]) -> tuple[Rerun, ...]:
    found: dict[Rerun, None] = {}
    for use in uses:
        if holds(use.inputs, Runtime):
            found[Rerun("keyed", use.span, "a parameter of the pipeline goes in")] = None
        function = use.component.function
        if function is not None and isinstance(function.node, Function):
            found.update(dict.fromkeys(reruns.of_function(function.module, function.node)))
    return tuple(found)


def _switch(module: Module) -> bool | None:
    """``enable_caching=`` where the run is started; None when nothing says it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STARTS:
            for item in node.keywords:
                if item.arg == "enable_caching" and isinstance(item.value, ast.Constant):
                    return item.value.value is not False
    return None


def _account(module: Module) -> Text | None:
    """``service_account=`` where the run is started: all of its tasks act as it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STARTS:
            for item in node.keywords:
                if item.arg == "service_account":
                    value = module.constant(item.value.id) if isinstance(item.value, ast.Name) else item.value
                    known = isinstance(value, ast.Constant) and isinstance(value.value, str)
                    span = module.span(item.value)
                    if known and isinstance(value, ast.Constant):
                        return Text(str(value.value), span) if value.value else None
                    hole = Hole(0, len(item.arg), Unresolved("the account is computed", span))
                    return Text(item.arg, span, (hole,))
    return None


def _confinement(use: Use) -> Confinement | None:
    """``set_security_context``; the compiler itself drops every capability and forbids more rights."""
    said = use.settings.get("kubernetes.set_security_context")
    if said is None:
        return None
    args, kwargs, span = said
    names = ("run_as_user", "run_as_group", "run_as_non_root")
    settings = {**dict(zip(names, args, strict=False)), **kwargs}
    user, non_root = settings.get("run_as_user"), settings.get("run_as_non_root")
    if not isinstance(non_root, bool):
        non_root = user != 0 if isinstance(user, int) and not isinstance(user, bool) else None
    return Confinement(span, non_root, escalation=False, dropped=("ALL",))


def _unit(
    use: Use, uses: list[Use], at: Evaluator, reading: Reading, cached: bool | None, account: Text | None
) -> Unit:
    reading.spend_unit()
    ignores = use.settings.get("ignore_upstream_failure")
    needs = tuple(Edge(other.name, span, "done" if ignores else "success") for other, span in use.before)
    implicit = ignores is None
    if use.handler is not None:
        span = use.handler_span or use.span
        # a pipeline may stand in for the exit task: the tasks in it still wait for each other
        mine = [(other, place) for other, place in use.before if other.handler is not None]
        needs = (*(Edge(other.name, span, "done") for other in use.handler),
                 *(Edge(other.name, place) for other, place in mine))  # fmt: skip
        implicit = bool(mine)
    image, image_text = _image(use, reading)
    timeout = use.settings.get("kubernetes.set_timeout")
    limit = None
    if timeout is not None:
        value = timeout[0][0] if timeout[0] else timeout[1].get("seconds")
        limit = minutes(seconds(value), timeout[2])
    matrix = None
    if use.looped is not None:
        items, span, _ = use.looped
        known = isinstance(items, list) and 0 < len(items) <= 64
        legs = tuple({"item": f"item {index}"} for index in range(len(items))) if known else None
        matrix = Matrix(span, legs, len(legs) if legs else 1, complete=legs is not None)
    opaque = Opaque(use.span, use.component.opaque) if use.component.opaque else None
    return Unit(
        id=use.name, title=shown(use.name), span=use.span, named=True, sourceless=True, needs=needs,
        implicit_success=implicit, condition=use.condition, condition_span=use.condition_span, matrix=matrix,
        passes_over=use.condition is not None, image=image, image_text=image_text, timeout=limit, retry=_retry(use),
        resources=_resources(use), steps=_steps(use, uses, at, cached), opaque=opaque,
        tolerate=Constant(True, use.span) if use.answer is not None else None,
        confinement=_confinement(use), account=account,
    )  # fmt: skip


def _image(use: Use, reading: Reading) -> tuple[ImageUse | None, Text | None]:
    made = use.component
    value: Any = made.options.get("base_image")
    node: ast.AST = use.node
    module = made.function.module if made.function is not None else None
    if made.function is not None and made.container:
        spec = _spec(made.function)
        value, node = (None, use.node) if spec is None else _argument(spec, "image", 0)
        if isinstance(node, ast.Constant):
            value = node.value
        elif isinstance(node, ast.Name) and module is not None:
            found = module.constant(node.id)
            value = found.value if isinstance(found, ast.Constant) else None
        elif node is not use.node:
            value = Joined((Runtime(Unresolved("the image is computed", use.span)),))
    elif made.node is not None:
        node = next((item.value for item in made.node.keywords if item.arg in ("base_image", "image")), use.node)
    if value is None or module is None:
        return None, None
    text = text_of(module, value, node if node is not use.node else made.function.node)  # type: ignore[union-attr]
    return image_use(reading, text, ""), text if text.holes else None


def _spec(function: Own) -> ast.Call | None:
    for node in ast.walk(function.node):
        if isinstance(node, ast.Call) and function.module.full(node.func).endswith("ContainerSpec"):
            return node
    return None


def _argument(call: ast.Call, name: str, position: int) -> tuple[Any, ast.AST]:
    node = next((item.value for item in call.keywords if item.arg == name), None)
    if node is None and position < len(call.args):
        node = call.args[position]
    return None, node if node is not None else call


def _steps(use: Use, uses: list[Use], at: Evaluator, cached: bool | None) -> tuple[Step, ...]:
    base: dict[str, Any] = {"id": "run", "title": shown(use.name), "span": use.span, "named": True}
    made = use.component
    env: tuple[Variable, ...] = tuple(secret_variable(*item) for item in use.secrets)
    for args, kwargs, span in use.variables:
        key = kwargs.get("name", args[0] if args else "")
        value = given.value_of(kwargs.get("value", args[1] if len(args) > 1 else ""), span)
        if made.function is not None:
            text = text_of(made.function.module, value, made.function.node)
            env = (*env, Variable(str(key), Text(value, span) if isinstance(value, str) else text, "step", span))
    memory: tuple[Effect, ...] = ()
    said = use.settings.get("set_caching_options")
    if said is not None:
        on = said[1].get("enable_caching", said[0][0] if said[0] else True)
        if on is not False:
            memory = (_cache(said[2]),)
    elif cached is not False and use.handler is None:
        memory = (_cache(use.span),)
    got, put = handed.fetched(use), handed.published(use)
    steps: list[Step] = []
    if memory or got:
        steps.append(Step("inputs", "inputs", use.span, "use", effects=(*memory, *got)))
    installs = _installs(use)
    if installs is not None:
        steps.append(installs)
    main = _main(use, base, at, env)
    if main is not None:
        steps.append(main)
    # Artifacts are sent away also when the program failed, parameters only when it did not (kubeflow/pipelines,
    # backend/src/v2/component/launcher_v2.go).
    files = tuple(one for one in put if not one.report)
    if files:
        always = Status("always", use.span)
        steps.append(Step("outputs", "outputs", use.span, "use", condition=always, implicit_success=False,
                          effects=files))  # fmt: skip
    if len(files) < len(put):
        values = tuple(one for one in put if one.report)
        steps.append(Step("values", "values", use.span, "use", effects=values))
    return tuple(steps)


def _cache(span: Span) -> CacheUse:
    spelling = "inputs and component"
    hole = Hole(0, len(spelling), Unresolved("made of what goes in", span))
    return CacheUse(span, "step-results", key=Text(spelling, span, (hole,)))


def _installs(use: Use) -> Step | None:
    """``packages_to_install``: pip runs before the component does."""
    packages = use.component.options.get("packages_to_install")
    call = use.component.node
    function = use.component.function
    if not isinstance(packages, list) or not packages or call is None or function is None:
        return None
    node = next((item.value for item in call.keywords if item.arg == "packages_to_install"), call)
    words = [Text(word, function.module.span(node)) for word in ("pip", "install", "--quiet")]
    nodes = node.elts if isinstance(node, ast.List) and len(node.elts) == len(packages) else [node] * len(packages)
    words.extend(text_of(function.module, item, place) for item, place in zip(packages, nodes, strict=True))
    script, shell = commands.script(words)
    return Step("packages", "packages", function.module.span(node), "script", script=script, shell=shell)


def _main(use: Use, base: dict[str, Any], at: Evaluator, env: tuple[Variable, ...]) -> Step | None:
    made = use.component
    function = made.function
    if function is None or isinstance(function.node, ast.Lambda):
        return Step(**base, kind="use", env=env,
                    opaque=Opaque(use.span, made.opaque) if made.opaque else None)  # fmt: skip
    if made.container:
        spec = _spec(function)
        if spec is None:
            return Step(**base, kind="use", env=env, opaque=Opaque(use.span, "no `ContainerSpec` is returned"))
        outer, at.module = at.module, function.module
        names = given.of_container(use, function.node.args.args)
        words: list[Text] = []
        for key, position in (("command", 1), ("args", 2)):
            _, node = _argument(spec, key, position)
            if node is spec or not isinstance(node, ast.expr):
                continue
            value = given.value_of(at.value(node, dict(names)), use.span)
            values = value if isinstance(value, list) else [value]
            same = isinstance(node, ast.List) and len(node.elts) == len(values)
            nodes = node.elts if same and isinstance(node, ast.List) else [node] * len(values)
            words.extend(text_of(function.module, item, place) for item, place in zip(values, nodes, strict=True))
        at.module = outer
        if not words:
            return Step(**base, kind="use", env=env, opaque=Opaque(use.span, "the container runs what its image says"))
        script, shell = commands.script(words)
        return Step(**base, kind="script", script=script, shell=shell, env=env)
    read = use.answer.function if use.answer is not None else function.node
    read, variables = given.bound(use, function.module, read)
    text = body.body_text(at.code, function.module, read, status=use.answer is not None)
    if text is not None:
        text = given.written(text, variables)
        env = (*env, *(variable for variable in variables if f"{{{variable.name}}}" in text.raw))
    env = (*env, *body.stored_values(at.code, function.module, function.node))
    if text is None:
        return Step(**base, kind="use", env=env)
    return Step(**base, kind="script", script=text, shell=body.SHELL, env=env)


def _retry(use: Use) -> Retry | None:
    said = use.settings.get("set_retry")
    if said is None:
        return None
    args, kwargs, span = said
    value = kwargs.get("num_retries", args[0] if args else 0)
    if value == 0:
        return None
    delay = kwargs.get("backoff_duration", args[1] if len(args) > 1 else None)
    text = Text(delay, span) if isinstance(delay, str) and delay not in ("", "0s") else None
    return Retry(number(value, span), span, text)


def _resources(use: Use) -> Resources | None:
    def said(*names: str) -> Text | None:
        for name in names:
            if name in use.settings:
                args, kwargs, span = use.settings[name]
                value = args[0] if args else next(iter(kwargs.values()), None)
                return number(value, span) if not isinstance(value, str) else Text(value, span)
        return None

    mine = ("set_cpu", "set_memory", "set_accelerator", "set_gpu", "kubernetes.add_node", "kubernetes.add_toler")
    spans = [span for name, (_, _, span) in use.settings.items() if name.startswith(mine)]
    if not spans:
        return None
    selectors: list[Text] = []
    tolerates: list[Text] = []
    accelerator = use.settings.get("set_accelerator_type")
    if accelerator is not None and accelerator[0]:
        selectors.append(Text(f"accelerator={accelerator[0][0]}", accelerator[2]))
    chosen = use.settings.get("kubernetes.add_node_selector")
    if chosen is not None:
        values = [*chosen[0], *chosen[1].values()]
        selectors.append(Text("=".join(str(one) for one in values[:2]), chosen[2]))
    tolerated = use.settings.get("kubernetes.add_toleration")
    if tolerated is not None:
        key = tolerated[1].get("key", tolerated[0][0] if tolerated[0] else "")
        tolerates.append(Text(str(key), tolerated[2]))
    # A type alone means one card, and a number without a type means nothing (kubeflow/pipelines, pipeline_task.py).
    limit = said("set_accelerator_limit", "set_gpu_limit")
    kind = accelerator or use.settings.get("add_node_selector_constraint")
    gpu = (limit or Text("1", kind[2])) if kind is not None else None
    return Resources(
        spans[0], Amount(said("set_cpu_request"), said("set_cpu_limit")),
        Amount(said("set_memory_request"), said("set_memory_limit")), Amount(gpu, gpu), tuple(selectors),
        tuple(tolerates),
    )  # fmt: skip


def outdated(module: Module) -> Iterator[Diagnostic]:
    for node in ast.walk(module.tree):
        name, place = "", node
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kfp"):
            for alias in node.names:
                if alias.name in GONE or alias.name in OLD:
                    name = alias.name
        if name in GONE:
            yield _said("removed-name", GONE[name], module, place)
        elif name in OLD:
            yield _said("deprecated-name", OLD[name], module, place)


def _said(code: str, why: str, module: Module, node: ast.AST) -> Diagnostic:
    severity = "error" if code.startswith("removed") else "note"
    return Diagnostic(severity, code, f"{why[:1].upper()}{why[1:]}.", module.path, module.span(node))  # type: ignore[arg-type]
