"""Values that a platform computes when a pipeline runs, in one form for every platform.

A reader turns its own language (``${{ }}``, GitLab rules, Jenkins ``when``) into these nodes, so
that facts can ask "is this true when a pull request is opened and the tests failed?" without
knowing where the question came from.  Evaluation has three answers: a value, or *unknown*.
"""

from __future__ import annotations

from typing import Literal as Choice

from gradeline.records import record
from gradeline.source import Span

Value = str | float | bool | None


@record
class Constant:
    value: Value
    span: Span


@record
class Name:
    """A value looked up by its path in the scenario, the matrix leg, the environment or the inputs,
    for example ``("github", "ref")`` or ``("matrix", "python")``.

    ``untrusted`` marks text that somebody without write access can choose (a pull request title).
    ``unset`` marks a setting that nothing in the files gives a value: it may have one on the platform.
    """

    path: tuple[str, ...]
    span: Span
    untrusted: bool = False
    unset: bool = False


@record
class Secret:
    """A credential of the platform's store.  ``automatic`` is the job token every run gets."""

    name: str
    span: Span
    automatic: bool = False


@record
class UnitResult:
    """``success``, ``failure``, ``cancelled``, ``skipped`` or ``absent`` of another unit (its id).
    ``raw`` asks for the result before a failure was tolerated."""

    unit: str
    span: Span
    raw: bool = False


@record
class NeedsResults:
    """The results of all units this unit waits for, as a list (``needs.*.result``)."""

    span: Span


@record
class NeedsReport:
    """Result and outputs of all units this unit waits for, as one object (``needs``): ``units`` are the names in the
    object with the ids of the units."""

    units: tuple[tuple[str, str], ...]
    span: Span


@record
class StepResult:
    """Result of an earlier step of the same unit.  ``tolerated`` true is the result after
    a tolerated failure was turned into success (GitHub ``conclusion``), false the raw one (``outcome``)."""

    step: str
    span: Span
    tolerated: bool = False


@record
class Output:
    """A value that a unit or an earlier step published under ``name``."""

    owner: Choice["unit", "step"]
    id: str
    name: str
    span: Span


@record
class Status:
    """A question about the run so far: ``success``, ``failure``, ``unstable``, ``cancelled`` or ``always``.

    ``marked``: the run as a whole will end as failed although its units went on.
    """

    kind: Choice["success", "failure", "unstable", "cancelled", "always", "marked"]
    span: Span


@record
class Operation:
    """``operator`` is one of ``==`` ``!=`` ``<`` ``<=`` ``>`` ``>=`` ``and`` ``or`` ``not``, or matches a
    pattern: ``=~`` somewhere, ``!~`` nowhere, ``==~`` as a whole.  ``loose`` comparison ignores letter case and
    converts numbers as GitHub does."""

    operator: str
    operands: tuple[Expression, ...]
    span: Span
    loose: bool = False


@record
class Call:
    """``function`` in lower case: ``contains``, ``startswith``, ``endswith``, ``format``, ``join``,
    ``tojson``, ``fromjson``, ``hashfiles``, ... .  A function the evaluator does not know is unknown."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span


@record
class Decision:
    """Something a person decides while the pipeline runs, such as starting a job by hand.  It can go
    both ways whatever the files say, so it is no gap in what is known."""

    question: str
    span: Span


@record
class Unresolved:
    """Something that cannot be known from the files, with the reason shown to people."""

    reason: str
    span: Span


@record
class Template:
    """Text with expressions inside; its value is always a string."""

    parts: tuple[str | Expression, ...]
    span: Span


Expression = (
    Constant
    | Name
    | Secret
    | UnitResult
    | NeedsResults
    | NeedsReport
    | StepResult
    | Output
    | Status
    | Operation
    | Call
    | Decision
    | Unresolved
    | Template
)


def children(node: Expression) -> tuple[Expression, ...]:
    """The direct sub-expressions of ``node``."""
    if isinstance(node, Operation):
        return node.operands
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Template):
        return tuple(part for part in node.parts if not isinstance(part, str))
    return ()


def walk(node: Expression) -> list[Expression]:
    """``node`` and everything below it, parents first, without recursion."""
    found: list[Expression] = []
    todo: list[Expression] = [node]
    while todo:
        current = todo.pop()
        found.append(current)
        todo.extend(reversed(children(current)))
    return found
