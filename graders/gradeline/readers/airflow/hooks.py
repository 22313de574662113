"""What the words of Airflow mean while a DAG file is read.

Airflow documentation, "DAGs", "Tasks", "TaskFlow", "Dynamic Task Mapping", "Setup and Teardown", and the task SDK's
reference (``airflow.sdk``).
"""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any

from gradeline.model.code import Function
from gradeline.model.expression import Name
from gradeline.readers.airflow.assets import both, is_asset
from gradeline.readers.airflow.nodes import (
    Dag,
    DagFactory,
    Factory,
    Group,
    GroupFactory,
    Output,
    Partial,
    Produced,
    Task,
    ends,
    outputs_in,
    tasks_in,
)  # fmt: skip
from gradeline.readers.flows.evaluator import Evaluator
from gradeline.readers.flows.hooks import Hooks
from gradeline.readers.flows.values import Env, Method, Named, Own, OwnClass, Runtime, Unknown
from gradeline.readers.reading import MAX_UNITS, Reading, shown

_ENDINGS = ("Operator", "Sensor", "SensorAsync", "OperatorAsync", "TaskMarker")
_CHAINS = frozenset({"chain", "chain_linear"})
_FLAVOURS = frozenset({
    "python", "branch", "short_circuit", "sensor", "docker", "kubernetes", "virtualenv", "external_python", "bash",
    "setup", "teardown", "branch_virtualenv", "branch_external_python", "pyspark", "run_if", "skip_if",
    "kubernetes_cmd", "branch_python",
})  # fmt: skip


class AirflowHooks(Hooks):
    def __init__(self, reading: Reading, assets: dict[int, Produced] | None = None) -> None:
        """``assets``: those that were made before, by the function that makes them."""
        self.reading = reading
        self.assets = {} if assets is None else assets
        self.dags: list[Dag] = []
        self.open: list[Dag] = []
        self.groups: list[Group] = []
        self.loose: list[Task] = []
        self.loops = 0
        self.torn: list[tuple[Task, int]] = []  # teardowns whose block is open, with how many tasks there were
        self.making: list[Function] = []
        self.called_groups: set[tuple[int, str]] = set()  # names that calls of group functions took, by DAG

    # -- making things ---------------------------------------------------------------------------

    def call(self, target: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if isinstance(target, Factory):
            return self._flow_task(target, args, kwargs, node, at)
        if isinstance(target, DagFactory):
            return self._run_dag(target, args, kwargs, node, at)
        if isinstance(target, GroupFactory):
            return self._run_group(target, args, kwargs, at)
        if isinstance(target, Method):
            return self._method(target, args, kwargs, node, at)
        if isinstance(target, OwnClass):
            if _is_operator_class(target.node):
                return self._operator(target.node.name, target.node.name, args, kwargs, node, at)
            return NotImplemented
        if not isinstance(target, Named):
            return NotImplemented
        name, last = target.name, target.last
        if last == "DAG" and name.startswith(("airflow.", "DAG")):
            return self._dag(args, kwargs, node, at)
        if last == "dag" and name.startswith("airflow."):
            return Partial("dag", kwargs, tuple(args))
        if last == "TaskGroup":
            return Group(str(args[0]) if args else str(kwargs.get("group_id", "group")), self._group(), kwargs)
        if last == "task_group" and name.startswith("airflow."):
            return Partial("task_group", kwargs)
        if _makes_assets(name):
            return Partial("asset", kwargs, tuple(args))
        if last in _CHAINS:
            self._chain(args, node, at, last == "chain_linear")
            return None
        if last == "cross_downstream":
            up, down = (*args, *kwargs.values(), None, None)[:2]
            self._edges(up, down, node, at)
            return None
        if last == "Label":
            return Named("airflow.Label")
        if last == "get_current_context":
            return Unknown()
        parts = name.split(".")
        if "task" in parts and (parts[-1] == "task" or parts[-1] in _FLAVOURS) and name.startswith("airflow."):
            return Partial("task", {**kwargs, "_flavour": "" if parts[-1] == "task" else parts[-1]}, tuple(args))
        if last == "partial" and len(parts) > 1 and parts[-2].endswith(_ENDINGS):
            return Partial(Named(name.rpartition(".")[0]), kwargs)
        if last.endswith(_ENDINGS) and (len(parts) > 1 or last[0].isupper()):
            return self._operator(name, last, args, kwargs, node, at)
        if name.endswith(("Variable.get", "BaseHook.get_connection")) and not at.depth:
            self._at_parse(name, node, at)
        return NotImplemented

    def decorate(self, decorator: Any, target: Any, node: ast.expr, at: Evaluator) -> Any:
        call = node if isinstance(node, ast.Call) else None
        if isinstance(decorator, Named) and decorator.name.startswith("airflow."):
            parts = decorator.name.split(".")
            if parts[-1] == "dag":
                return DagFactory(target, {}, None) if isinstance(target, Own) else target
            if parts[-1] == "task_group":
                return GroupFactory(target, {}) if isinstance(target, Own) else target
            if _makes_assets(decorator.name):
                made = ast.copy_location(ast.Call(node, [], []), node)
                return self._asset(target, {}, made, at)
            if "task" in parts or parts[-1] in ("setup", "teardown"):
                return self._factory(target, "" if parts[-1] == "task" else parts[-1], {}, call)
        if isinstance(decorator, Partial):
            if decorator.maker == "dag":
                kwargs = dict(decorator.kwargs)
                if decorator.args:
                    kwargs.setdefault("dag_id", decorator.args[0])
                return DagFactory(target, kwargs, call) if isinstance(target, Own) else target
            if decorator.maker == "task_group":
                return GroupFactory(target, decorator.kwargs) if isinstance(target, Own) else target
            if decorator.maker == "asset":
                return target if call is None else self._asset(target, decorator.kwargs, call, at)
            if decorator.maker == "task":
                options = {key: value for key, value in decorator.kwargs.items() if key != "_flavour"}
                return self._factory(target, str(decorator.kwargs.get("_flavour", "")), options, call)
        return target

    def _factory(self, target: Any, flavour: str, options: dict[str, Any], call: ast.Call | None) -> Any:
        if isinstance(target, Factory):  # @setup over @task
            return Factory(target.function, flavour or target.flavour, {**target.options, **options}, target.node)
        return Factory(target, flavour, options, call) if isinstance(target, Own) else target

    def _dag(self, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Dag:
        given = args[0] if args else kwargs.get("dag_id", "")
        kwargs = {**kwargs, **dict(zip(("dag_id", "description", "schedule"), args, strict=False))}
        span = at.module.span(node.func)
        dag = Dag(given if isinstance(given, str) else "dag", kwargs, node, at.module, span, bool(given))
        self.dags.append(dag)
        return dag

    def _run_dag(self, made: DagFactory, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Dag:
        function = made.function
        name = made.kwargs.get("dag_id", function.name)
        span = function.module.span(made.node.func if made.node is not None else function.node)
        home = function.module if made.node is not None else at.module
        dag = Dag(name if isinstance(name, str) else function.name, made.kwargs, made.node or node, home, span, True)
        self.dags.append(dag)
        if isinstance(function.node, Function):
            self.making.append(function.node)
        self.open.append(dag)
        groups, self.groups = self.groups, []
        names = [argument.arg for argument in function.node.args.args]
        runtime = {name: Runtime(Name(("airflow", "params", name), span)) for name in names}
        at.apply(function, [], {**runtime, **kwargs})
        self.open.pop()
        self.groups = groups
        return dag

    def _run_group(self, made: GroupFactory, args: list[Any], kwargs: dict[str, Any], at: Evaluator) -> Any:
        name = made.kwargs.get("group_id", made.function.name)
        group = Group(name if isinstance(name, str) else made.function.name, self._group(), made.kwargs)
        base, number = group.name, 0
        where = id(self.open[-1]) if self.open else 0
        while (where, group.name) in self.called_groups:  # a function called twice: clean, clean__1
            number += 1
            group.name = f"{base}__{number}"
        self.called_groups.add((where, group.name))
        self.groups.append(group)
        returned = at.apply(made.function, args, kwargs)
        self.groups.pop()
        for task in group.roots():
            for other in outputs_in([args, kwargs]):
                task.after(other, task.span)
        # Whoever uses the call waits for the task that the function returns, else for the group (SDK, task_group).
        return returned if next(tasks_in(returned), None) is not None else group

    def _asset(self, target: Any, kwargs: dict[str, Any], call: ast.Call, at: Evaluator) -> Any:
        """``@asset``: a DAG with one task, which is the function or what ``@task`` made of it."""
        function = target.function if isinstance(target, Factory) else target
        if not isinstance(function, Own):
            return target
        if id(function.node) in self.assets:  # another file imports it
            return self.assets[id(function.node)]
        span = function.module.span(call.func)
        if "schedule" not in kwargs:
            message = f"`{shown(function.name)}` does not say when it is made: `@asset` needs `schedule`."
            self.reading.say("error", "asset-without-schedule", message, span)
        name = kwargs.get("name", function.name)
        name = name if isinstance(name, str) and name else function.name
        given = kwargs.get("dag_id", name)
        settings = {**kwargs, "catchup": False}
        dag = Dag(given if isinstance(given, str) else name, settings, call, function.module, span, True)
        self.dags.append(dag)
        if isinstance(function.node, Function):
            self.making.append(function.node)
        self.open.append(dag)
        if isinstance(target, Factory):
            task = self._flow_task(target, [], {}, call, at).task
        else:
            task = self._task(function.name, "task", {}, call, at)
            task.function = function
        self.open.pop()
        uri = kwargs.get("uri")
        outlets = kwargs.get("outlets")
        made = Produced(name, uri if isinstance(uri, str) else "", task, call, span,
                        tuple(outlets) if isinstance(outlets, list | tuple) else ())  # fmt: skip
        task.kwargs["outlets"] = [made]
        self.assets[id(function.node)] = made
        return made

    def _group(self) -> Group | None:
        return self.groups[-1] if self.groups else None

    def _operator(
        self, full: str, last: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator
    ) -> Task:
        given = kwargs.get("task_id", args[0] if args and isinstance(args[0], str) else "")
        if isinstance(given, Named) and ".TriggerRule." in f".{given.name}":
            given = given.last.lower()  # a text that is called by a name
        name = given if isinstance(given, str) and given else last
        task = self._task(name, last, kwargs, node, at)
        task.full = full
        called = kwargs.get("python_callable")
        if isinstance(called, Factory):
            called = called.function
        if isinstance(called, Own):
            task.function = called
        if isinstance(kwargs.get("dag"), Dag):
            self._into(task, kwargs["dag"])
        for other in outputs_in(kwargs):
            task.after(other, task.span)
        if last.startswith("ShortCircuit"):
            task.role = "short_circuit"
        elif last.startswith("Branch") or "BranchOperator" in last:
            task.role = "branch"
        elif last.endswith(("Sensor", "SensorAsync")):
            task.role = "sensor"
        return task

    def _flow_task(
        self, made: Factory, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator
    ) -> Output:
        options = dict(made.options)
        given = options.get("task_id", made.function.name)
        task = self._task(given if isinstance(given, str) else made.function.name, "task", options, node, at)
        task.function = made.function
        task.role = {"run_if": "short_circuit", "skip_if": "short_circuit"}.get(made.flavour, made.flavour)
        task.arguments = [list(args), dict(kwargs)]
        for other in outputs_in([args, kwargs, options]):
            task.after(other, at.module.span(node))
        return Output(task)

    def _task(self, name: str, operator: str, kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Task:
        self.reading.spend(4)
        if len(self.loose) > MAX_UNITS or sum(len(dag.tasks) for dag in self.dags) > MAX_UNITS:
            self.reading.spend(10**9)
        task = Task(name, operator, dict(kwargs), node, at.module, at.module.span(node))
        task.loops = self.loops > 0
        defaults: dict[str, Any] = {}
        if self.open and isinstance(self.open[-1].kwargs.get("default_args"), dict):
            defaults.update(self.open[-1].kwargs["default_args"])
        for outer in self.groups:
            if isinstance(outer.kwargs.get("default_args"), dict):
                defaults.update(outer.kwargs["default_args"])
        task.kwargs = {**defaults, **task.kwargs}
        group: Group | None = self._group()
        if group is not None:
            task.name = f"{group.name}.{name}"
        held: Group | None = group
        while held is not None:
            held.tasks.append(task)
            held = held.parent
        if self.open:
            self._into(task, self.open[-1])
        else:
            self.loose.append(task)
        return task

    def _into(self, task: Task, dag: Dag) -> None:
        if task.dag is dag:
            return
        if task.dag is not None and task in task.dag.tasks:
            task.dag.tasks.remove(task)
        if task in self.loose:
            self.loose.remove(task)
        defaults = dag.kwargs.get("default_args")
        if isinstance(defaults, dict):
            task.kwargs = {**defaults, **task.kwargs}
        task.dag = dag
        taken = {other.name for other in dag.tasks}
        base, number = task.name, 0
        while task.name in taken:  # a TaskFlow function called twice: train, train__1
            number += 1
            task.name = f"{base}__{number}"
        dag.tasks.append(task)

    # -- blocks and loops ------------------------------------------------------------------------

    def enter(self, value: Any, node: ast.withitem, at: Evaluator) -> Any:
        if isinstance(value, Dag):
            self.open.append(value)
        elif isinstance(value, Group):
            self.groups.append(value)
        elif (torn := _teardown(value)) is not None:
            self.torn.append((torn, len(self._made())))
        return value

    def leave(self, value: Any, at: Evaluator) -> None:
        if isinstance(value, Dag) and value in self.open:
            self.open.remove(value)
        elif isinstance(value, Group) and value in self.groups:
            self.groups.remove(value)
        elif (torn := _teardown(value)) is not None and self.torn and self.torn[-1][0] is torn:
            self._between(torn, self._made()[self.torn.pop()[1] :])

    def _made(self) -> list[Task]:
        return self.open[-1].tasks if self.open else self.loose

    def _between(self, torn: Task, inside: list[Task]) -> None:
        """``with teardown:``: the work inside stands between its setups and it.

        Airflow's task SDK, ``setup_teardown.py`` (``set_work_task_roots_and_leaves``): only work counts that waits for
        nothing, or that nothing waits for; without any it is the first, or the last.
        """
        work = [task for task in inside if task.role not in ("setup", "teardown")]
        waited = {id(other) for task in self._made() for other, _ in task.before}
        roots = [task for task in work if not task.before] or work[:1]
        leaves = [task for task in work if id(task) not in waited] or work[-1:]
        for task in roots:
            for setup in [other for other, _ in torn.before if other.role == "setup"]:
                task.after(setup, torn.span)
        for task in leaves:
            torn.after(task, torn.span)

    def loop(self, value: Any, node: ast.For, env: Env, at: Evaluator) -> None:
        before = len(self.open[-1].tasks) if self.open else len(self.loose)
        self.loops += 1
        super().loop(value, node, env, at)
        self.loops -= 1
        after = len(self.open[-1].tasks) if self.open else len(self.loose)
        if after > before:
            self.reading.hide(at.module.span(node.iter), "how many tasks this loop makes is computed")

    def makes(self, value: Any) -> bool:
        return next(tasks_in(value), None) is not None

    # -- values ----------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str, node: ast.Attribute, at: Evaluator) -> Any:
        if isinstance(value, Task) and name == "output":
            return Output(value)
        return NotImplemented

    def item(self, value: Any, key: Any, node: ast.Subscript, at: Evaluator) -> Any:
        return value if isinstance(value, Output) else NotImplemented

    def binary(self, left: Any, right: Any, node: ast.BinOp, at: Evaluator) -> Any:
        if isinstance(node.op, ast.RShift | ast.LShift) and (_things(left) or _things(right)):
            label = isinstance(right, Named)
            if label:
                return left
            up, down = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
            self._edges(up, down, node, at)
            return right
        if isinstance(node.op, ast.BitAnd | ast.BitOr) and is_asset(left) and is_asset(right):
            return both(left, right, isinstance(node.op, ast.BitOr), left)
        return NotImplemented

    def _edges(self, up: Any, down: Any, node: ast.expr, at: Evaluator) -> None:
        if isinstance(up, Unknown) or isinstance(down, Unknown):
            self.reading.hide(at.module.span(node), "which tasks this order is about is computed")
        span = at.module.span(node)
        for later in ends(down, True):
            for earlier in ends(up, False):
                self.reading.spend()
                later.after(earlier, span)

    def _chain(self, args: list[Any], node: ast.Call, at: Evaluator, linear: bool) -> None:
        args = [one for one in args if not isinstance(one, Named)]
        for up, down in pairwise(args):
            pairs = isinstance(up, list) and isinstance(down, list) and len(up) == len(down) and not linear
            if pairs:
                for first, second in zip(up, down, strict=True):
                    self._edges(first, second, node, at)
            else:
                self._edges(up, down, node, at)

    def _method(self, target: Method, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        owner, name = target.owner, target.name
        if name in ("set_upstream", "set_downstream") and _things(owner):
            other = args[0] if args else next(iter(kwargs.values()), None)
            up, down = (other, owner) if name == "set_upstream" else (owner, other)
            self._edges(up, down, node, at)
            return None
        if name in ("as_setup", "as_teardown", "as_teardown_with") and isinstance(owner, Task | Output):
            task = owner.task if isinstance(owner, Output) else owner
            task.role = name.removeprefix("as_").partition("_")[0]
            for setup in ends(kwargs.get("setups", []), False):
                task.after(setup, at.module.span(node))
                setup.role = setup.role or "setup"
            if "on_failure_fail_dagrun" in kwargs:
                task.kwargs["on_failure_fail_dagrun"] = kwargs["on_failure_fail_dagrun"]
            return owner
        if isinstance(owner, Factory):
            if name == "override":
                return Factory(owner.function, owner.flavour, {**owner.options, **kwargs}, owner.node)
            if name == "partial":
                return Partial(owner, kwargs, tuple(args))
            if name in ("expand", "expand_kwargs", "map"):
                return self._mapped(self._flow_task(owner, args, kwargs, node, at), args, kwargs, node, at)
        if isinstance(owner, GroupFactory):
            if name == "override":
                return GroupFactory(owner.function, {**owner.kwargs, **kwargs})
            if name == "partial":
                return Partial(owner, kwargs, tuple(args))
            if name in ("expand", "expand_kwargs"):
                return self._mapped(self._run_group(owner, args, kwargs, at), args, kwargs, node, at)
        if isinstance(owner, OwnClass) and name == "partial" and _is_operator_class(owner.node):
            return Partial(owner, kwargs)
        if isinstance(owner, Partial) and name in ("expand", "expand_kwargs"):
            merged = {**owner.kwargs, **(kwargs if name == "expand" else {})}
            made: Any = None
            if isinstance(owner.maker, Factory):
                made = self._flow_task(owner.maker, list(owner.args), merged, node, at)
            elif isinstance(owner.maker, Named):
                made = self._operator(owner.maker.name, owner.maker.last, [], merged, node, at)
            elif isinstance(owner.maker, OwnClass):
                made = self._operator(owner.maker.node.name, owner.maker.node.name, [], merged, node, at)
            elif isinstance(owner.maker, GroupFactory):
                made = self._run_group(owner.maker, list(owner.args), merged, at)
            for other in outputs_in(args) if made is not None else ():
                ends(made, True)[0].after(other, at.module.span(node))
            return NotImplemented if made is None else self._mapped(made, args, kwargs, node, at)
        if isinstance(owner, Partial) and name == "override" and isinstance(owner.maker, Factory):
            return Partial(Factory(owner.maker.function, owner.maker.flavour, {**owner.maker.options, **kwargs}),
                           owner.kwargs, owner.args)  # fmt: skip
        if isinstance(owner, Output | Group) and name in ("map", "zip", "concat"):
            return owner
        return NotImplemented

    def _mapped(self, made: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        for task in ends(made, True):
            task.mapped = at.module.span(node)
            task.items = next(iter((*kwargs.values(), *args)), None)
        return made

    def _at_parse(self, name: str, node: ast.Call, at: Evaluator) -> None:
        message = (
            f"`{shown(name.rpartition('.')[0].rpartition('.')[2])}.{name.rpartition('.')[2]}` at the top of the "
            "file asks the database each time the file is read."
        )
        self.reading.say("warning", "work-at-parse", message, at.module.span(node))


def _makes_assets(name: str) -> bool:
    """Whether it is the decorator that makes assets."""
    return name.startswith("airflow.sdk.") and name.endswith((".asset", ".asset.multi"))


def _things(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_things(item) for item in value)
    return isinstance(value, Task | Output | Group)


def _is_operator_class(node: ast.ClassDef) -> bool:
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if name.endswith(_ENDINGS):
            return True
    return False


def _teardown(value: Any) -> Task | None:
    task = value.task if isinstance(value, Output) else value
    return task if isinstance(task, Task) and task.role == "teardown" else None
