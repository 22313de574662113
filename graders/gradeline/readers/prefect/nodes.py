"""Flows and their calls of tasks, before they become a pipeline."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradeline.model.expression import Expression
from gradeline.model.pipeline import Edge
from gradeline.readers.flows.values import Own
from gradeline.records import field, record
from gradeline.source import Span


@record
class TaskDef:
    """A function under ``@task``, with its options."""

    function: Own
    options: dict[str, Any] = field(default_factory=dict)
    node: ast.Call | None = None
    plain: bool = False  # ``task(function)``: the function is one of the package, whose program it is known by


@record
class FlowDef:
    """A function under ``@flow``."""

    function: Own
    options: dict[str, Any] = field(default_factory=dict)
    node: ast.Call | None = None
    span: Span = field(default_factory=lambda: Span("", 1))


class Work:
    """One call of a task in a flow.  ``raised``: its failure ends the flow."""

    def __init__(self, name: str, task: TaskDef, node: ast.Call, span: Span) -> None:
        self.name = name
        self.task = task
        self.node = node
        self.span = span
        self.needs: list[Edge] = []
        self.raised = False
        self.condition: Expression | None = None
        self.condition_span: Span | None = None
        self.tolerated: Span | None = None
        self.mapped: Span | None = None
        self.items: Any = None
        self.approval: Span | None = None
        self.elsewhere: Span | None = None  # it starts a deployment, whose flow is another one
        self.keyed = False  # a parameter of the flow goes in
        self.within: tuple[Expression, ...] = ()  # the tests under which it is called
        self.given: dict[str, Any] = {}  # the values of its arguments by name

    def __repr__(self) -> str:
        return f"Work({self.name})"


@record
class Future:
    """What ``.submit`` gives, or a state."""

    work: Work


@record
class Result:
    """The value of a task, or of a part of it (``whole`` false)."""

    work: Work
    whole: bool = True


@record
class Allowed:
    """``allow_failure(x)``: whoever takes it does not mind that it failed."""

    value: Any


class Deployment:
    """How a flow is started: its own settings as a file gives them."""

    def __init__(self, name: str, span: Span) -> None:
        self.name = name
        self.span = span
        self.schedules: list[tuple[str, str, Span]] = []  # cron or "", time zone or "", place
        self.limit: tuple[int, bool, Span] | None = None  # how many runs, whether the new one is cancelled
        self.after: Span | None = None
        self.image: tuple[str, Span] | None = None
        self.env: list[tuple[str, str, Span]] = []
        self.hidden: Span | None = None


def works_in(value: Any, allowed: bool = False, depth: int = 0) -> Iterator[tuple[Work, bool]]:
    """The task runs a value is made of, each with whether its failure is accepted."""
    if isinstance(value, Future | Result):
        yield value.work, allowed
    elif isinstance(value, Allowed):
        yield from works_in(value.value, True, depth + 1)
    elif depth < 6:
        parts: Any = ()
        if isinstance(value, list | tuple):
            parts = value
        elif isinstance(value, dict):
            parts = value.values()
        elif hasattr(value, "parts"):
            parts = value.parts
        elif hasattr(value, "args") and isinstance(value.args, tuple):
            parts = (*value.args, *value.kwargs.values())
        for item in parts:
            yield from works_in(item, allowed, depth + 1)
