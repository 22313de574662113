"""A DAG as a pipeline: tasks are units, the result of its last tasks is that of the run.

Airflow documentation, "DAG Runs", DAG Run Status: a run failed when a leaf task failed or could not run because one
before it failed; teardowns do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from gradeline.model.code import Codebase, Function, Module
from gradeline.model.expression import Constant, Operation, UnitResult
from gradeline.model.pipeline import Edge, Exclusive, Matrix, Opaque, Passed, Pipeline, Rerun, Step, Unit
from gradeline.model.text import Text
from gradeline.readers.airflow import versions, work
from gradeline.readers.airflow.assets import joined
from gradeline.readers.airflow.hooks import AirflowHooks
from gradeline.readers.airflow.nodes import Dag, Produced, Task
from gradeline.readers.airflow.order import Start, start_of
from gradeline.readers.airflow.starts import read_starts
from gradeline.readers.flows import passes, reruns
from gradeline.readers.flows.body import SHELL
from gradeline.readers.flows.evaluator import Evaluator, Stop
from gradeline.readers.flows.notices import Notice, notices
from gradeline.readers.flows.values import Made, is_plain
from gradeline.readers.reading import Exhausted, Read, Reading, shown
from gradeline.records import record
from gradeline.source import Diagnostic, Span

IDENTITY = {("airflow", name): "run" for name in ("run_id", "log_url", "ts", "ts_nodash", "logical_date", "ds",
                                                 "execution_date",
                                                 "ds_nodash", "data_interval_start", "data_interval_end")}  # fmt: skip
MAX_LEGS = 64


@record
class Heard:
    """A file of DAGs after it was read."""

    path: str
    at: Evaluator
    reading: Reading
    hooks: AirflowHooks


def read_files(
    code: Codebase, modules: Sequence[Module], read: Read, version: tuple[int, int], kept: bool = False
) -> dict[str, list[Pipeline]]:
    """By file, one pipeline for each DAG, and one for DAGs that start each other by assets.

    ``kept``: what tasks hand on lies in a storage of its own.
    """
    assets: dict[int, Produced] = {}
    heard = [_heard(code, module, read, version, assets) for module in modules]
    home = {id(dag): one for one in heard for dag in one.hooks.dags}
    made: dict[str, list[Pipeline]] = {module.path: [] for module in modules}
    for dag in joined([dag for one in heard for dag in one.hooks.dags]):
        members = dag.members or (dag,)
        files = list({id(home[id(one)]): home[id(one)] for one in members}.values())
        first = home[id(dag.parts[0] if dag.parts else dag)]
        inner = Reading(first.path, read,
                        diagnostics=[problem for one in files for problem in one.reading.diagnostics],
                        opaque={key: value for one in files for key, value in one.reading.opaque.items()})  # fmt: skip
        making = [function for one in files for function in one.hooks.making]
        try:
            made[first.path].append(_pipeline(dag, first.at, inner, version, making, kept))
        except Exhausted:
            continue
    return made


def _heard(
    code: Codebase, module: Module, read: Read, version: tuple[int, int], assets: dict[int, Produced]
) -> Heard:
    reading = Reading(module.path, read)
    reading.diagnostics.extend(module.diagnostics)
    hooks = AirflowHooks(reading, assets)
    at = Evaluator(code, module, hooks)
    env = at.globals[module.path]
    try:
        at.block(module.tree.body, env)
    except (Stop, Exhausted, RecursionError):
        span = Span(module.path, 1)
        reading.say("error", "too-large", "The file is too large to be read completely.", span)
        reading.hide(span, "the file is too large to be read completely")
    if not module.complete:
        place = next((one.span for one in module.diagnostics if one.severity == "error"), None)
        reading.hide(place or Span(module.path, 1), "a part of the file cannot be read")
    for message in _outdated(module, version):
        reading.diagnostics.append(message)
    return Heard(module.path, at, reading, hooks)


def _reruns(dag: Dag, at: Evaluator, making: list[Function]) -> tuple[Rerun, ...]:
    found: dict[Rerun, None] = {}
    for task in dag.tasks:
        if task.function is not None and isinstance(task.function.node, Function):
            found.update(dict.fromkeys(reruns.of_function(task.function.module, task.function.node)))
    found.update(dict.fromkeys(reruns.at_parse(at.module, making)))
    return tuple(found)


def _passes(dag: Dag, at: Evaluator, kept: bool) -> tuple[Passed, ...]:
    found: dict[Passed, None] = {}
    for task in dag.tasks:
        if task.function is None or task.role in ("bash", "sensor") or task.kwargs.get("do_xcom_push") is False:
            continue
        own = task.function
        found.update(dict.fromkeys(passes.of_function(at.code, own.module, own.node, kept)))
    return tuple(found)


def _pipeline(
    dag: Dag, at: Evaluator, reading: Reading, version: tuple[int, int], making: list[Function], kept: bool
) -> Pipeline:
    triggers, scenarios = read_starts(dag, reading, version)
    for name in dag.kwargs:
        _setting(name, dag.node, dag.module, reading, version)
    units = [_unit(task, at, reading, version) for task in dag.tasks]
    counted = [task for task in dag.tasks if task.role != "teardown" or task.kwargs.get("on_failure_fail_dagrun")]
    waited = {id(other) for task in counted for other, _ in task.before}
    leaves = [task for task in counted if id(task) not in waited]
    end = Unit(id="dag", title=shown(dag.dag_id), span=dag.span, kind="exit",
               needs=tuple(Edge(task.name, task.span, "done") for task in leaves))  # fmt: skip
    units.extend((end, *_watchers(dag, at)))
    exclusive = None
    if dag.kwargs.get("max_active_runs") == 1 and dag.node is not None:
        span = dag.module.span(work.keyword(dag.node, "max_active_runs"))
        exclusive = Exclusive(Text(shown(dag.dag_id), span), None, span)
    return Pipeline(
        path=reading.path, title=shown(dag.dag_id, 200), platform="airflow", span=dag.span, named=dag.named,
        triggers=triggers, scenarios=scenarios, units=tuple(units), exclusive=exclusive,
        reruns=_reruns(dag, at, making), passes=_passes(dag, at, kept),
        uses=tuple(reading.uses.values()), opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics), role="orchestration", looks_back="needs", decided_by=("dag",),
        identity=IDENTITY,  # type: ignore[arg-type]
    )  # fmt: skip


def _unit(task: Task, at: Evaluator, reading: Reading, version: tuple[int, int]) -> Unit:
    reading.spend_unit()
    start: Start = start_of(task, reading)
    for name in task.kwargs:
        _setting(name, task.node, task.module, reading, version)
    image, image_text = work.image_of(task, reading)
    steps = work.steps_of(task, at, reading)
    return Unit(
        id=task.name, title=shown(task.name), span=task.span, named=True, needs=start.needs,
        implicit_success=start.implicit, depends=start.depends, condition=start.condition,
        condition_span=start.condition_span, matrix=_matrix(task), image=image, image_text=image_text,
        timeout=work.timeout_of(task), retry=work.retry_of(task), exclusive=work.exclusive_of(task),
        resources=work.resources_of(task), steps=steps,
        opaque=next((step.opaque for step in steps if step.opaque is not None), None),
    )  # fmt: skip


def _matrix(task: Task) -> Matrix | None:
    if task.mapped is None:
        return None
    if isinstance(task.items, list) and 0 < len(task.items) <= MAX_LEGS:
        legs = tuple(
            {"item": str(item) if is_plain(item) else f"item {number}"} for number, item in enumerate(task.items)
        )
        return Matrix(task.mapped, legs, len(legs))
    return Matrix(task.mapped, None, 1, complete=False)


def _watchers(dag: Dag, at: Evaluator) -> Iterator[Unit]:
    """What is done when a task or the run fails: callbacks, mails, deadline alerts."""
    seen: set[object] = set()
    sources = [(dag.kwargs.get(name), dag.tasks, dag.span) for name in ("on_failure_callback", "deadline")]
    sources += [(task.kwargs.get("on_failure_callback"), [task], task.span) for task in dag.tasks]
    number = 0
    for value, tasks, span in sources:
        for found in _notices(value, at):
            key = (found, tuple(task.name for task in tasks)) if tasks is not dag.tasks else (found, "dag")
            if key in seen or not tasks:
                continue
            seen.add(key)
            number += 1
            effects, script, env, place = found
            kind: Literal["script", "use"] = "script" if script else "use"
            step = Step(id="run", title="failure callback", span=place or span, kind=kind, named=True,
                        script=script, shell=SHELL if script else None, env=env, effects=effects,
                        opaque=Opaque(span, "what the callback does is not in the files")
                        if place is None and not script else None)  # fmt: skip
            # The callback of a DAG looks at the run, that of a task at the task (Airflow documentation, "Callbacks").
            names = ["dag"] if tasks is dag.tasks else [task.name for task in tasks]
            failed = tuple(Operation("==", (UnitResult(name, span, raw=True), Constant("failure", span)), span)
                           for name in names)  # fmt: skip
            yield Unit(
                id=f"on_failure_{number}", title="failure callback", span=place or span, named=True, aside=True,
                needs=tuple(Edge(name, span, "done") for name in names), implicit_success=False,
                depends=failed[0] if len(failed) == 1 else Operation("or", failed, span), steps=(step,),
            )  # fmt: skip


def _notices(value: object, at: Evaluator) -> list[Notice]:
    if isinstance(value, Made) and value.last == "DeadlineAlert":
        value = value.kwargs.get("callback")
        if isinstance(value, Made) and value.last in ("AsyncCallback", "SyncCallback"):
            value = [value.args[0] if value.args else None]
    return [] if value is None else notices(value, at, work.tag)


# -- what a version no longer has ------------------------------------------------------------------


def _setting(name: str, node: ast.Call | None, module: Module, reading: Reading, version: tuple[int, int]) -> None:
    if version < (3, 0) or node is None or name not in versions.SETTINGS_GONE:
        return
    found = work.keyword(node, name)
    if found is not node:
        reading.say("error", "removed-setting", f"{versions.SETTINGS_GONE[name]}.", module.span(found))


def _outdated(module: Module, version: tuple[int, int]) -> Iterator[Diagnostic]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and version >= (3, 0):
            if "{{" in node.value and any(
                f"{{{{ {name}" in node.value for name in ("execution_date", "next_ds", "prev_ds ")
            ):
                yield _problem(
                    "removed-context", "`execution_date` is no part of the context of Airflow 3", module, node
                )
            continue
        else:
            continue
        for name in names:
            if not name.startswith("airflow"):
                continue
            if version < (3, 0):
                if name.startswith(versions.NEW_IN_3):
                    yield _problem(
                        "removed-later", f"`{shown(name)}` is not there in Airflow {version[0]}", module, node
                    )
                continue
            why, gone = _why(name)
            if why:
                yield _problem("removed-import" if gone else "old-import", why, module, node)
    if version >= (3, 0):
        for definition in ast.walk(module.tree):
            if isinstance(definition, ast.FunctionDef):
                for argument in definition.args.args:
                    if argument.arg in ("execution_date", "next_execution_date", "prev_execution_date"):
                        why = f"`{argument.arg}` is no part of the context of Airflow 3"
                        yield _problem("removed-context", why, module, argument)


def _why(name: str) -> tuple[str, bool]:
    for table, gone in ((versions.GONE_IN_3, True), (versions.OLD_IN_3, False)):
        for known, why in table.items():
            if name == known or name.startswith(known if known.endswith(".") else f"{known}."):
                return why, gone
    return "", False


def _problem(code: str, message: str, module: Module, node: ast.AST) -> Diagnostic:
    severity = "error" if code.startswith("removed") else "note"
    return Diagnostic(severity, code, f"{message}.", module.path, module.span(node))  # type: ignore[arg-type]
