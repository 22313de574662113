"""The state of one experiment with a script, and the ways in which it ends early."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradeline.facts.gate_numbers import Known, number
from gradeline.facts.gate_values import (
    EMPTY,
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Face,
    Faces,
    Scope,
    Value,
    words_of,
)
from gradeline.model.code import Codebase, Module
from gradeline.model.document import Document
from gradeline.records import field, record
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.service_world import World

MAX_STEPS = 20_000  # of one experiment
MAX_TRIAL_STEPS = 120_000  # of a trial with a whole table
_PARTS = 8  # values that are looked at in about the time of a step
MAX_CALLS = 24  # of functions inside functions
MAX_ROUNDS = 400  # of one loop
NEVER_EMPTY = frozenset({"SystemExit", "KeyboardInterrupt", "GeneratorExit"})
# Truths that are good news when they are false.
BAD_NEWS = frozenset(
    {
        "empty", "isna", "isnull", "any", "duplicated", "anomaly", "anomalies", "failed", "fail", "failures", "error",
        "errors", "drift", "detected", "missing", "violations", "is", "dry", "force", "skip", "warn", "verbose",
    }
)  # fmt: skip


class Lost(Exception):
    """The reader cannot follow; ``reason`` is a sentence part."""

    def __init__(self, span: Span, reason: str) -> None:
        super().__init__(reason)
        self.span = span
        self.reason = reason


class Raised(Exception):
    """An exception of the script.  ``said``: a ``raise``, an exit or an assertion of the script itself;
    ``library``: a library raised it, so any handler that is not for Python's own endings may be for it."""

    def __init__(
        self, lineage: tuple[str, ...], span: Span, value: Value = NONE, said: bool = False, library: bool = False
    ) -> None:
        super().__init__(lineage[0])
        self.lineage = lineage
        self.span = span
        self.value = value
        self.said = said
        self.library = library


class Returned(Exception):
    def __init__(self, value: Value) -> None:
        super().__init__("return")
        self.value = value


class Broke(Exception):
    pass


class Continued(Exception):
    pass


@record
class Comparison:
    """One comparison with something from outside.  ``count`` numbers those of the same place."""

    span: Span
    count: int
    op: str
    left: Value
    right: Value
    truth: bool
    numeric: bool = True

    @property
    def id(self) -> tuple[Span, int]:
        return (self.span, self.count)


@record(frozen=False)
class Machine:
    """The state of one experiment.  ``arguments`` are the words behind the script's name, None when unknown."""

    code: Codebase
    documents: Mapping[str, Document]
    faces: Faces
    arguments: tuple[str | None, ...] | None = ()
    produced: frozenset[str] = frozenset()  # files that the pipeline makes: what is committed there is not what counts
    empty: bool = False  # tables and collections from outside hold nothing
    directory: str = ""
    answers: frozenset[str] = frozenset()  # files whose functions are measurements: what they answer is from outside
    exact: bool = False  # a trial: what libraries compute from known numbers is computed
    service: World | None = None  # a trial: the service that is asked, and the clock
    optimized: bool = False  # assertions are left out
    aside: set[Span] = field(default_factory=set)  # where something is said that is not the output: errors, logs
    steps: int = 0
    depth: int = 0
    compared: list[Comparison] = field(default_factory=list)
    asked: dict[tuple[str, ...], tuple[Data, Face]] = field(default_factory=dict)  # truths from outside that decided
    touched: dict[tuple[str, ...], Data] = field(default_factory=dict)  # entries that were looked up
    scopes: dict[str, Scope] = field(default_factory=dict)
    counts: dict[Span, int] = field(default_factory=dict)
    said: list[tuple[str, Span]] = field(default_factory=list)  # what is printed
    written: list[tuple[Value, str, Span]] = field(default_factory=list)  # what goes into files: the path and the text
    handed: list[tuple[int, Value | None, Value, Span]] = field(default_factory=list)  # all of that with what is in it
    calls: list[Data] = field(default_factory=list)  # calls of libraries, in order
    constant: list[tuple[Span, Value, Value]] = field(default_factory=list)  # comparisons of two known things
    read: dict[str, Span] = field(default_factory=dict)  # files of the repository that were read
    main: Module | None = None
    numbers: Known = field(default_factory=Known)  # what computed values amount to
    unfollowed: tuple[Span, str] | None = None  # where a library made something of a file that was looped over
    world: Any = None  # the tables of a trial whose cells are known, see ``known_libraries.World``
    dropped: bool = False  # in a trial: rows or labels that are missing were left out by the script
    fixed: Mapping[Span, bool] = field(default_factory=dict)  # in a trial: comparisons that a damaged script makes
    truths: list[tuple[Span, bool]] = field(default_factory=list)  # in a trial: how comparisons came out

    def step(self, span: Span) -> None:
        self.steps += 1
        self.bounded(span)

    def bounded(self, span: Span) -> None:
        if self.steps > MAX_STEPS and (self.world is None or self.steps > MAX_TRIAL_STEPS):
            raise Lost(span, "it does too much to be followed")

    def worked(self, span: Span, parts: int) -> None:
        """Work that one step does on many values: a sum of a long list, a list that is made at once."""
        self.steps += parts // _PARTS
        self.bounded(span)

    def amount(self, value: Value, span: Span) -> float:
        """What a value amounts to in this experiment.  Raises NotANumber where Python would raise."""
        before = self.numbers.parts
        found = number(value, self.faces, self.numbers)
        self.worked(span, self.numbers.parts - before)
        return found

    def own(self, name: str, near: Module | None = None) -> Module | None:
        """A module of the submission that is followed."""
        found = self.code.module(name, near)
        return None if found is not None and found.path in self.answers else found

    def hand_on(self, path: Value | None, content: Value, span: Span) -> None:
        """Remember a value that is printed (no path) or written, and after how many calls of libraries."""
        self.handed.append((len(self.calls), path, content, span))

    def truth_of(self, data: Data) -> bool:
        """Whether something from outside counts as true; remembered as a decision."""
        face = self.faces.get(data.key)
        if face is None and data.key in self.faces:
            return False
        if face in (EMPTY, MISSING):
            return False
        if face is None:
            last = data.key[-1].lower() if data.key else ""
            face = not (words_of(last) & BAD_NEWS)
            if self.empty and last in ("empty", "is_empty"):
                face = True
        self.asked[data.key] = (data, bool(face))
        return bool(face)


def span_of(scope: Scope, node: ast.AST) -> Span:
    return scope.module.span(node)


def derived(data: object, *parts: Value) -> Const:
    """A known value that was computed from others."""
    return Const(data, "derived", None, (), tuple(part for part in parts if isinstance(part, Const | Expr | Data)))
