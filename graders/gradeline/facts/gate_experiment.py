"""One experiment on a script: it is run with certain numbers from outside, and this is how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradeline.facts.gate_enums import Member
from gradeline.facts.gate_machine import statement
from gradeline.facts.gate_state import Comparison, Lost, Machine, Raised
from gradeline.facts.gate_values import Const, Data, Face, Scope, Value
from gradeline.facts.registry_acts import acts
from gradeline.model.code import Codebase, Module
from gradeline.model.document import Document
from gradeline.records import field, record
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.service_world import World

# What a table may raise that holds odd things, such as lists as labels: then a trial has no answer.
ODD = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)


@record
class Run:
    """How one experiment ended.  ``status`` is the exit status, None when it could not be followed (``lost``).
    ``said``: the script itself ended it (an exit, a ``raise``, an assertion), Python did not."""

    status: int | None
    said: bool
    span: Span
    compared: tuple[Comparison, ...] = ()
    asked: Mapping[tuple[str, ...], tuple[Data, Face]] = field(default_factory=dict)
    touched: Mapping[tuple[str, ...], Data] = field(default_factory=dict)
    calls: tuple[Data, ...] = ()
    constant: tuple[tuple[Span, Value, Value], ...] = ()
    read: Mapping[str, Span] = field(default_factory=dict)
    printed: tuple[tuple[str, Span], ...] = ()
    written: tuple[tuple[Value, str, Span], ...] = ()
    handed: tuple[tuple[int, Value | None, Value, Span], ...] = ()
    lost: tuple[Span, str] | None = None
    steps: int = 0
    dropped: bool = False  # see ``Machine``
    truths: tuple[tuple[Span, bool], ...] = ()
    aside: frozenset[Span] = frozenset()  # where what is said goes to the errors or a log

    @property
    def outcome(self) -> tuple[object, ...]:
        """What others see of it: the status, the outputs it gives to the pipeline, and which aliases it moves."""
        outputs = tuple(text for path, text, _ in self.written if "GITHUB_OUTPUT" in "/".join(_place(path)))
        return (self.status, *outputs, *self.moved)

    @property
    def moved(self) -> tuple[str, ...]:
        """The aliases and stages of registered models that this run has moved, in order."""
        return tuple(one.name for one in acts(self.calls) if one.kind in ("alias", "stage"))

    def yields(self, good: Run) -> bool:
        """Whether it ends with success and has moved all that the good run moves."""
        return self.status == 0 and not set(good.moved) - set(self.moved)


def _place(path: Value) -> tuple[str, ...]:
    if isinstance(path, Data):
        return path.key
    return (str(path.data),) if isinstance(path, Const) else ()


@record
class Start:
    """How a script is started: its file and the words behind it, None for words that are not known."""

    module: Module
    arguments: tuple[str | None, ...] | None = None
    directory: str = ""
    test: str = ""  # a test function that is run instead of the file
    answers: frozenset[str] = frozenset()  # files whose functions only answer, such as the kit's evaluation
    optimized: bool = False  # by an option of Python; assertions are left out


def run(
    code: Codebase,
    documents: Mapping[str, Document],
    start: Start,
    faces: Mapping[tuple[str, ...], Face],
    produced: frozenset[str] = frozenset(),
    empty: bool = False,
    world: object = None,
    fixed: Mapping[Span, bool] | None = None,
    exact: bool = False,
    service: World | None = None,
) -> Run:
    """One experiment.  ``world``: the tables of a trial whose cells are known; ``fixed``: how some comparisons come
    out in it, whatever they compare; ``exact``: what libraries compute from known numbers is computed; ``service`` is
    what the script asks, and its clock."""
    machine = Machine(code, documents, faces, start.arguments, produced, empty, start.directory, world=world)
    machine.fixed = fixed or {}
    machine.exact, machine.service = exact, service
    machine.main = start.module
    machine.answers = start.answers
    machine.optimized = start.optimized
    status: int | None = 0
    said = True
    span = Span(start.module.path, 1)
    lost: tuple[Span, str] | None = None
    try:
        scope = Scope(start.module)
        scope.names["__name__"] = Const(start.module.path if start.test else "__main__")
        scope.names["__file__"] = Const(start.module.path)
        machine.scopes[start.module.path] = scope
        for node in start.module.tree.body:
            span = start.module.span(node)
            statement(machine, scope, node)
        if start.test:
            from gradeline.facts.gate_tests import run_test

            run_test(machine, scope, start.test)
    except Raised as error:
        status, said, span = status_of(error), error.said, error.span
    except Lost as error:
        status, lost, span = None, (error.span, error.reason), error.span
    except RecursionError:
        status, lost = None, (span, "it is nested too deeply to be followed")
    except Exception as error:
        if world is not None and isinstance(error, ODD):
            status, lost = None, (span, "what this does with a table is not followed")
        elif type(error).__name__ not in ("Returned", "Broke", "Continued"):
            raise
        else:
            status, lost = None, (span, "this statement is at an odd place")
    if lost is None:
        lost = machine.unfollowed
    if status is not None and not start.module.complete:
        first = start.module.diagnostics[0]
        status, lost = None, (first.span or span, "the file has a mistake in its syntax")
    return Run(
        status, said, span, tuple(machine.compared), machine.asked, machine.touched, tuple(machine.calls),
        tuple(machine.constant), machine.read, tuple(machine.said), tuple(machine.written), tuple(machine.handed), lost,
        machine.steps,
        machine.dropped, tuple(machine.truths),
        frozenset(machine.aside),
    )  # fmt: skip


def status_of(error: Raised) -> int:
    if "SystemExit" not in error.lineage:
        return 1
    value = error.value
    if isinstance(value, Member) and not value.alike:
        return 1  # it is shown, as any other thing
    if isinstance(value, Const):
        if value.data is None or value.data is False:
            return 0
        if isinstance(value.data, bool):
            return 1
        return int(value.data) & 255 if isinstance(value.data, int) else 1
    return 1
