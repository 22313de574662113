"""What steps really do besides commands: the effects of those steps that some run reaches, and in which legs.

An effect counts only where a run gets to it.  A cache in a step that never runs is no cache, and one that
is restored in one leg of a matrix is none in the other legs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Generic, TypeVar

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.moment import Moment
from gradeline.facts.runs import Run
from gradeline.model.effects import Checkout, Effect
from gradeline.model.expression import Expression, NeedsReport, NeedsResults, Status, StepResult, UnitResult, walk
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.records import record

E = TypeVar("E", bound=Effect)
At = tuple[tuple[Scenario, int], ...]


@record
class Performed(Generic[E]):
    """One effect of one step.  ``at`` are the scenarios and matrix legs with a world in which it happens."""

    unit: Unit
    step: Step
    effect: E
    at: At

    @property
    def scenarios(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(scenario.id for scenario, _ in self.at))

    def legs(self, scenario: Scenario) -> tuple[int, ...]:
        return tuple(leg for other, leg in self.at if other.id == scenario.id)


@record
class Together:
    """One world of one leg in which a command runs, and the steps of its job that run in that world too."""

    scenario: Scenario
    leg: int
    steps: frozenset[str]


def performed(facts: PipelineFacts, kind: type[E], unit: Unit | None = None) -> Iterator[Performed[E]]:
    """Every effect of the kind that happens in some run without a failure, in the order of the file."""
    for one in facts.pipeline.units if unit is None else (unit,):
        for step in one.walk():
            yield from _of(one, step, kind, facts.reached_steps.get((one.id, step.id), ()))


def possible(facts: PipelineFacts, kind: type[E], unit: Unit | None = None) -> Iterator[Performed[E]]:
    """Every effect of the kind that happens, also those that wait for a failure."""
    for one in facts.pipeline.units if unit is None else (unit,):
        for step in one.walk():
            yield from _of(one, step, kind, possible_at(facts, one, step))


def possible_at(facts: PipelineFacts, unit: Unit, step: Step) -> At:
    """The scenarios and legs in which a step runs, or may run when something before it fails."""
    at = facts.reached_steps.get((unit.id, step.id), ())
    if at or not any(_awaits_failure(condition) for condition in (unit.condition, step.condition)):
        return at
    return facts.reached_units.get(unit.id) or tuple((scenario, 0) for scenario in facts.pipeline.scenarios)


def _awaits_failure(condition: Expression | None) -> bool:
    asks = (Status, StepResult, UnitResult, NeedsResults, NeedsReport)
    return condition is not None and any(isinstance(node, asks) for node in walk(condition))


def _of(unit: Unit, step: Step, kind: type[E], at: At) -> Iterator[Performed[E]]:
    for effect in step.effects if at else ():
        if isinstance(effect, kind):
            yield Performed(unit, step, effect, at)


def performed_at(facts: PipelineFacts, kind: type[E], unit: Unit, scenario: Scenario, leg: int) -> list[Performed[E]]:
    """The effects of the kind in one leg of one scenario."""
    return [
        item
        for item in performed(facts, kind, unit)
        if any(other.id == scenario.id and number == leg for other, number in item.at)
    ]


def sees_change(facts: PipelineFacts, scenario: Scenario) -> bool:
    """Whether a run that a proposed change starts has that change before it.

    A run with extra rights has the code of the target branch, unless a step fetches the change
    (GitHub Docs, "Events that trigger workflows", pull_request_target).
    """
    if not scenario.privileged:
        return True
    return any(item.effect.unreviewed and item.legs(scenario) for item in performed(facts, Checkout))


def moments(facts: PipelineFacts, item: Performed[E]) -> Iterator[Moment]:
    """The start of each leg in which it happens; the same leg in other scenarios may have other values."""
    for scenario, leg in item.at:
        yield start(facts, item, scenario, leg)


def start(facts: PipelineFacts, item: Performed[E], scenario: Scenario, leg: int) -> Moment:
    """The start of a leg with the variables of the step: no other step has published anything yet.  Made once for all
    who ask; nobody may change it."""
    key = (item.unit.id, id(item.step), id(scenario), leg)
    known = facts.starts_of_steps.get(key)
    if known is None:
        known = facts.starts_of_steps[key] = facts.moment(item.unit, scenario, leg)  # keeps the scenario, and so its id
        known.bindings = item.step.env
    return known


def together(facts: PipelineFacts, unit: Unit, items: Collection[Activity]) -> Iterator[Together]:
    """The worlds of each leg in which one of the commands runs, each kind of world once."""
    keys = {key for item in items if item.unit.id == unit.id for key in item.keys}
    seen: set[tuple[str, int, frozenset[str]]] = set()
    known: dict[int, list[tuple[int, frozenset[str]]]] = {}
    for scenario in facts.pipeline.scenarios:
        for run in facts.runs(scenario).results:
            # Scenarios that go the same way share the steps of their runs, which keep them: an id stays its own.
            if id(run.steps) not in known:
                known[id(run.steps)] = list(_legs(run, unit, keys))
            for leg, steps in known[id(run.steps)]:
                if (scenario.id, leg, steps) not in seen:
                    seen.add((scenario.id, leg, steps))
                    yield Together(scenario, leg, steps)


def _legs(run: Run, unit: Unit, keys: set[str]) -> Iterator[tuple[int, frozenset[str]]]:
    """The legs in which a run reaches one of the keys, with the steps of the unit that run there."""
    for leg in sorted({reached.place.leg for key, reached in run.reached.items() if key in keys}):
        yield leg, frozenset(
            item.place.step
            for item in run.steps
            if item.place.unit == unit.id and item.place.leg == leg and item.raw != "skipped"
        )
