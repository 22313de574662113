"""Components and their uses in a pipeline, before they become units."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradeline.model.expression import Expression
from gradeline.readers.flows.values import Own
from gradeline.readers.kubeflow.answers import always, answer_of, tells_end
from gradeline.records import field, record
from gradeline.source import Span


@record
class Component:
    """A function under ``@dsl.component`` or ``@dsl.container_component``; ``opaque`` says why there is none."""

    function: Own | None
    options: dict[str, Any] = field(default_factory=dict)
    node: ast.Call | None = None
    container: bool = False
    opaque: str = ""


@record
class PipelineDef:
    function: Own
    options: dict[str, Any]
    span: Span


class Use:
    """One use of a component in a pipeline: a task of KFP."""

    def __init__(self, name: str, component: Component, node: ast.Call, span: Span) -> None:
        self.name = name
        self.component = component
        self.node = node
        self.span = span
        self.inputs: dict[str, Any] = {}
        self.scopes: tuple[object, ...] = ()
        self.before: list[tuple[Use, Span]] = []
        self.settings: dict[str, tuple[list[Any], dict[str, Any], Span]] = {}
        self.variables: list[tuple[list[Any], dict[str, Any], Span]] = []
        self.secrets: list[tuple[str, str, Span]] = []
        self.condition: Expression | None = None
        self.condition_span: Span | None = None
        self.handler: list[Use] | None = None
        self.handler_span: Span | None = None
        self.looped: tuple[Any, Span, Any] | None = None
        function = component.function.node if component.function is not None and not component.container else None
        written = None if isinstance(function, ast.Lambda) else function
        self.answer = answer_of(written) if written is not None else None
        self.tells_end = written is not None and tells_end(written)
        self.always = always(written) if written is not None else None

    def __repr__(self) -> str:
        return f"Use({self.name})"

    def after(self, other: Use, span: Span) -> None:
        if other is not self and all(known is not other for known, _ in self.before):
            self.before.append((other, span))


@record
class Output:
    use: Use
    name: str = "Output"


class Block:
    """``with dsl.If(...)``, ``Elif``, ``Else``, ``ParallelFor`` or ``ExitHandler``."""

    def __init__(self, kind: str, value: Any, node: ast.Call, span: Span) -> None:
        self.kind = kind
        self.value = value
        self.node = node
        self.span = span
        self.uses: list[Use] = []
        self.tests: list[Expression] = []
        self.limit: Any = None
        self.chain: object = None

    def __repr__(self) -> str:
        return f"Block({self.kind})"


class Group:
    """A nested pipeline, or the branches of one question: the tasks inside are started and awaited together."""

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.result: Any = None


def outputs_of(value: Any, depth: int = 0) -> Iterator[Output]:
    """The outputs of tasks in a value, also inside of lists, texts and comparisons."""
    if isinstance(value, Output):
        yield value
    elif isinstance(value, Group):
        yield from outputs_of(value.result, depth + 1)
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
            yield from outputs_of(item, depth + 1)


def outputs_in(value: Any) -> Iterator[Use]:
    """The tasks whose outputs are in a value."""
    for output in outputs_of(value):
        yield output.use
