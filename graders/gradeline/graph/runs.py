"""Which runs there are, and which jobs and steps take part in them."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.case import PipelineFacts
from gradeline.facts.runs import NEVER, Run
from gradeline.graph.drawing import RunKind, State
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.records import record
from gradeline.words import Words

_TRIED_SCENARIOS = 3
_TRIED_FAILURES = 12


@record
class Kind:
    """Scenarios that reach the same.  ``steps`` are the (unit, step) pairs that run in at least one world."""

    number: int
    scenarios: tuple[Scenario, ...]
    states: dict[str, State]
    steps: frozenset[tuple[str, str]]

    def shown(self) -> RunKind:
        return RunKind(self.number, tuple(scenario.title for scenario in self.scenarios))


def kinds(facts: PipelineFacts) -> tuple[Kind, ...]:
    """The different runs of a pipeline, in the order in which its scenarios are listed."""
    found: dict[object, list[Scenario]] = {}
    for scenario in facts.pipeline.scenarios:
        states, steps = _shape(facts, scenario)
        found.setdefault((tuple(states.items()), steps), []).append(scenario)
    shapes = [_shape(facts, alike[0]) for alike in found.values()]
    return tuple(
        Kind(number, tuple(alike), states, steps)
        for number, (alike, (states, steps)) in enumerate(zip(found.values(), shapes, strict=True), start=1)
    )


def choose(facts: PipelineFacts, event: str) -> Scenario | None:
    """The scenario called ``event``: its id, the beginning of its id, or its kind."""
    wanted = event.strip().casefold()
    scenarios = facts.pipeline.scenarios
    exact = (scenario for scenario in scenarios if scenario.id.casefold() == wanted)
    close = (scenario for scenario in scenarios if scenario.id.casefold().startswith(wanted))
    alike = (scenario for scenario in scenarios if scenario.kind == wanted)
    return next((scenario for group in (exact, close, alike) for scenario in group), None) if wanted else None


def only(facts: PipelineFacts, scenario: Scenario) -> Kind:
    """One scenario by itself."""
    states, steps = _shape(facts, scenario)
    return Kind(1, (scenario,), states, steps)


def why_not(facts: PipelineFacts, unit: Unit, scenario: Scenario, words: Words) -> str:
    """Why a unit does not run, or only may run, in a scenario; a sentence without its end."""
    worlds = facts.runs(scenario).results
    run = next((run for run in worlds if not run.ran(unit.id)), worlds[0])
    if run.refused:
        return words("drawn.not.refused", why=run.refused)
    if unit in facts.simulator.cyclic:
        return words("drawn.not.cyclic")
    held = _held_up(facts, unit, run)
    if held:
        return words("drawn.not.held", names=_names(held, words))
    if run.unit_results.get(unit.id) == "absent" and unit.presence is not None:
        return words("drawn.not.absent")
    if any(run.ran(unit.id) for run in worlds):
        asked = next((one for world in worlds for one in world.assumptions), None)
        if asked is None:
            return words("drawn.not.unknown")
        return words("drawn.not.person") if asked.choice else words("drawn.not.depends", what=asked.text)
    return words("drawn.not.false")


def only_after_failure(facts: PipelineFacts, unit: Unit, steps: Iterable[Step] = ()) -> bool:
    """Whether a unit, or one of its ``steps``, that no successful run reaches does run when something fails.

    Asked by letting other units and the commands before it fail, one after the other, in the first scenarios.
    """
    wanted = {step.id for step in steps}
    failures = [f"failure:{other}" for other in sorted(facts.simulator.ancestors.get(unit.id, ()))]
    if wanted:
        failures += [item.keys[0] for item in facts.activities if item.unit.id == unit.id]
    for scenario in facts.different_scenarios[:_TRIED_SCENARIOS]:
        for failure in failures[:_TRIED_FAILURES]:
            for run in facts.runs(scenario, [failure]).results:
                ran = {item.place.step for item in run.steps if item.place.unit == unit.id and item.raw != "skipped"}
                if run.ran(unit.id) and (not wanted or wanted & ran):
                    return True
    return False


def _shape(facts: PipelineFacts, scenario: Scenario) -> tuple[dict[str, State], frozenset[tuple[str, str]]]:
    worlds = facts.runs(scenario).results
    states = {unit.id: _state(unit.id, worlds) for unit in facts.pipeline.units}
    steps = frozenset(
        (item.place.unit, item.place.step) for run in worlds for item in run.steps if item.raw != "skipped"
    )
    return states, steps


def _state(unit: str, worlds: Iterable[Run]) -> State:
    results = [run.unit_results.get(unit) for run in worlds]
    ran = [result not in NEVER for result in results]
    if all(ran):
        return "runs"
    if any(ran):
        return "depends"
    return "absent" if all(result == "absent" for result in results) else "skipped"


def _held_up(facts: PipelineFacts, unit: Unit, run: Run) -> list[str]:
    """The units this one needs that did not run, direct ones first."""
    if unit.inside is not None and not run.ran(unit.inside):
        return [unit.inside]
    if not unit.implicit_success:
        return []
    direct = [edge.unit for edge in unit.needs if not run.ran(edge.unit) and edge.kind == "success"]
    if direct or facts.pipeline.looks_back == "needs":
        return direct
    return sorted(other for other in facts.simulator.needed.get(unit.id, ()) if not run.ran(other))


def _names(units: list[str], words: Words) -> str:
    first = ", ".join(units[:3])
    return first if len(units) <= 3 else words("drawn.and_more", named=first, number=len(units) - 3)
