"""DAGs, task groups and tasks as a file builds them up, before they become a pipeline."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from gradeline.model.code import Module
from gradeline.readers.flows.values import Own
from gradeline.records import field, record
from gradeline.source import Span


class Dag:
    """One DAG: what it was made with, and its tasks in the order they were made."""

    def __init__(
        self, dag_id: str, kwargs: Mapping[str, Any], node: ast.Call | None, module: Module, span: Span, named: bool
    ) -> None:
        self.dag_id = dag_id
        self.module = module
        self.kwargs = kwargs
        self.node = node
        self.span = span
        self.named = named
        self.tasks: list[Task] = []
        self.members: tuple[Dag, ...] = ()  # when it is several that follow each other: all of them,
        self.parts: tuple[Dag, ...] = ()  # and those that are started first

    def __repr__(self) -> str:
        return f"Dag({self.dag_id})"


class Group:
    """A task group; the edges of a group are those of its first and last tasks."""

    def __init__(self, name: str, parent: Group | None, kwargs: Mapping[str, Any]) -> None:
        self.name: str = name if parent is None else f"{parent.name}.{name}"
        self.parent = parent
        self.kwargs = kwargs
        self.tasks: list[Task] = []

    def __repr__(self) -> str:
        return f"Group({self.name})"

    def roots(self) -> list[Task]:
        mine = set(map(id, self.tasks))
        return [task for task in self.tasks if not any(id(other) in mine for other, _ in task.before)]

    def leaves(self) -> list[Task]:
        waited = {id(other) for task in self.tasks for other, _ in task.before}
        return [task for task in self.tasks if id(task) not in waited]


class Task:
    """One task.  ``kwargs`` are its own settings over those of its groups and its DAG; ``function`` is set for a
    Python task, ``operator`` is the last part of the class's name otherwise."""

    def __init__(
        self, name: str, operator: str, kwargs: dict[str, Any], node: ast.Call, module: Module, span: Span
    ) -> None:
        self.name = name
        self.operator = operator
        self.kwargs = kwargs
        self.node = node
        self.module = module
        self.span = span
        self.before: list[tuple[Task, Span]] = []
        self.function: Own | None = None
        self.role = ""  # branch, short_circuit, sensor, setup, teardown
        self.mapped: Span | None = None
        self.items: Any = None  # what a mapped task is mapped over
        self.arguments: list[Any] = []
        self.dag: Dag | None = None
        self.full = ""
        self.loops = False  # it stands in a loop whose rounds are not known

    def __repr__(self) -> str:
        return f"Task({self.name})"

    def after(self, other: Task, span: Span) -> None:
        if other is not self and all(known is not other for known, _ in self.before):
            self.before.append((other, span))


@record
class Output:
    """What a task hands on (an XComArg)."""

    task: Task


@record
class Produced:
    """An asset that a function under ``@asset`` makes, and its task; ``outlets`` are those of ``@asset.multi``."""

    name: str
    uri: str
    task: Task
    node: ast.Call
    span: Span
    outlets: tuple[Any, ...] = ()


@record
class Factory:
    """A function that makes a task each time it is called: ``@task``.  ``flavour`` is ``docker``, ``branch``, ..."""

    function: Own
    flavour: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    node: ast.Call | None = None


@record
class Partial:
    """``Operator.partial(...)`` or ``task.partial(...)`` before ``expand``."""

    maker: Any
    kwargs: dict[str, Any]
    args: tuple[Any, ...] = ()


@record
class DagFactory:
    """A function under ``@dag``: calling it makes the DAG."""

    function: Own
    kwargs: dict[str, Any]
    node: ast.Call | None


@record
class GroupFactory:
    function: Own
    kwargs: dict[str, Any]


def tasks_in(value: Any, depth: int = 0) -> Iterator[Task]:
    """The tasks that a value stands for or takes something from."""
    if isinstance(value, Task):
        yield value
    elif isinstance(value, Output):
        yield value.task
    elif depth < 6:
        if isinstance(value, list | tuple):
            for item in value:
                yield from tasks_in(item, depth + 1)
        elif isinstance(value, dict):
            for item in value.values():
                yield from tasks_in(item, depth + 1)
        elif hasattr(value, "parts") and isinstance(value.parts, tuple):
            for item in value.parts:
                yield from tasks_in(item, depth + 1)


def outputs_in(value: Any, depth: int = 0) -> Iterator[Task]:
    """The tasks whose results are arguments in a value."""
    if isinstance(value, Output):
        yield value.task
    elif isinstance(value, list | tuple | dict) and depth < 6:
        for item in value.values() if isinstance(value, dict) else value:
            yield from outputs_in(item, depth + 1)


def ends(value: Any, first: bool) -> list[Task]:
    """The tasks that an end of ``a >> b`` means; of a group its first or its last ones."""
    if isinstance(value, Group):
        return value.roots() if first else value.leaves()
    if isinstance(value, list | tuple):
        return [task for item in value for task in ends(item, first)]
    return list(tasks_in(value))
