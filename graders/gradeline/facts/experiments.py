"""Questions about the runs of a pipeline that are answered by experiments: something fails, and what is reached?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gradeline.facts.activities import Activity, Judgement
from gradeline.facts.runs import Run
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Hop

if TYPE_CHECKING:
    from gradeline.facts.case import PipelineFacts


def blocking(facts: PipelineFacts, activity: Activity, keys: Iterable[str] | None = None) -> Judgement:
    """Whether the run fails whenever this activity fails (in each leg on its own)."""
    unknown: Judgement | None = None
    for key in activity.keys if keys is None else keys:
        for scenario in facts.different_scenarios:
            if not any(key in run.reached for run in facts.runs(scenario).results):
                continue
            worlds = facts.runs(scenario, [key])
            outcomes = [run for run in worlds.results if key in run.reached]
            passing = [run for run in outcomes if not run.failed]
            if not passing and (not worlds.complete or any(run.cut for run in worlds.results)):
                place = (Evidence(activity.span, "problem", "not every possibility was followed"),)
                unknown = unknown or Judgement(None, "too many possibilities to follow them all", place)
            if not outcomes or not passing:
                continue
            reason, evidence = _swallowed(facts, activity, key, passing[0])
            if len(passing) == len(outcomes):
                return Judgement(False, reason, evidence)
            unknown = unknown or Judgement(None, reason, evidence)
    return unknown or Judgement(True)


def doubt(facts: PipelineFacts, activity: Activity, scenarios: Iterable[Scenario]) -> Judgement | None:
    """Why the activity may never run: it is only reached when a variable that nothing sets has some value.

    A run that fails where the activity is missing hides nothing, so it is no reason for doubt.
    """
    reason: Judgement | None = None
    for scenario in scenarios:
        worlds = facts.runs(scenario).results
        reaching = [run for run in worlds if any(key in run.reached for key in activity.keys)]
        if not reaching:
            continue
        missing = any(not run.failed and not any(key in run.reached for key in activity.keys) for run in worlds)
        unset = [next((item for item in run.assumptions if item.unset), None) for run in reaching]
        if not missing or None in unset:
            return None
        first = unset[0]
        assert first is not None
        sentence = f"whether `{activity.text}` runs depends on ${first.unset}, which nothing here sets"
        place = first.span or activity.span
        reason = reason or Judgement(None, sentence, (Evidence(place, "problem", f"${first.unset} has no value here"),))
    return reason


def _swallowed(facts: PipelineFacts, activity: Activity, key: str, run: Run) -> tuple[str, tuple[Evidence, ...]]:
    """Where the failure of ``key`` got lost in ``run``."""
    place = run.reached[key].place
    ended = next((item for item in run.steps if item.place == place), None)
    if ended is not None and ended.raw == "success":
        return (
            f"when `{activity.text}` fails, its step still ends with success",
            (Evidence(activity.span, "problem", "this exit status is lost"),),
        )
    if ended is not None and ended.result == "success":
        return (
            f"the step that runs `{activity.text}` is allowed to fail",
            (Evidence(activity.step.span, "problem", "a failure of this step is tolerated"),),
        )
    outer = next((item for item in run.steps if item.raw == "failure" and item.result == "success"), None)
    if outer is not None and run.legs.get((place.unit, place.leg)) == "success":
        return (
            f"a step around `{activity.text}` is allowed to fail",
            (Evidence(activity.step.span, "problem", "a failure in here is tolerated"),),
        )
    for unit in facts.pipeline.units if run.unit_results.get(place.unit) == "failure" else ():
        accepted = next((edge for edge in unit.needs if edge.unit == place.unit and run.ran(unit.id)), None)
        if accepted is not None and unit.kind != "exit":
            return (
                f"when `{activity.text}` fails, {unit.title!r} goes on, and the run ends as its last jobs do",
                (
                    Evidence(accepted.span, "problem", "the failure is accepted here"),
                    Evidence(activity.span, "context", "this failed"),
                ),
            )
    return (
        f"the job that runs `{activity.text}` is allowed to fail",
        (Evidence(activity.unit.tolerate_span or activity.unit.span, "problem", "a failure of this job is tolerated"),),
    )


def gated(
    facts: PipelineFacts,
    targets: tuple[Activity, ...],
    gates: tuple[Activity, ...],
    among: tuple[Scenario, ...] | None = None,
) -> Judgement:
    """Whether every run that reaches a target has passed a gate that would have stopped it.

    The experiment: all gates fail at once.  A target that is still reached was not gated, and the
    way it was reached is the counter-example.  ``among``: only runs of these scenarios count.
    """
    failing = frozenset(key for gate in gates for key in gate.keys)
    open_worlds: Judgement | None = None
    for scenario in facts.unlike(facts.pipeline.scenarios if among is None else among):
        if not any(scenario.id in target.scenarios for target in targets):
            continue
        worlds = facts.runs(scenario, failing)
        escaped = [
            (run, target)
            for run in worlds.results
            for target in targets
            if any(key in run.reached for key in target.keys)
        ]
        if not escaped:
            if not worlds.complete:
                open_worlds = open_worlds or Judgement(None, "too many possibilities to follow them all")
            continue
        run, target = escaped[0]
        reason, evidence = _why_open(run, target, gates), _open_evidence(run, target, gates)
        path = path_to(facts, run, target, gates)
        if _certain(facts, scenario, targets, gates, [run for run, _ in escaped]):
            return Judgement(False, reason, evidence, path)
        open_worlds = open_worlds or Judgement(None, reason, evidence, path)
    return open_worlds or Judgement(True)


def _certain(
    facts: PipelineFacts,
    scenario: Scenario,
    targets: tuple[Activity, ...],
    gates: tuple[Activity, ...],
    escaped: list[Run],
) -> bool:
    """Whether the escape is not only a matter of something unknown that skips the gate.

    A gate that ran, failed and did not stop the target is certain.  A gate that did not run is
    certain when the target escapes in as many worlds as it is reached without the experiment, or
    when only people's choices lead there.
    """
    if not all(run.guessed for run in escaped):
        return True
    failing = {key for gate in gates for key in gate.keys}
    if any(failing & set(run.reached) for run in escaped):
        return True
    keys = {key for target in targets for key in target.keys}
    reaching = sum(1 for run in facts.runs(scenario).results if keys & set(run.reached))
    return len({id(run) for run in escaped}) >= reaching


def _why_open(run: Run, target: Activity, gates: tuple[Activity, ...]) -> str:
    reached = [gate for gate in gates if any(key in run.reached for key in gate.keys)]
    event = run.scenario.title
    if not reached:
        return f"on {event}, `{target.text}` runs although no gate runs before it"
    return f"on {event}, `{target.text}` still runs when `{reached[0].text}` fails"


def _open_evidence(run: Run, target: Activity, gates: tuple[Activity, ...]) -> tuple[Evidence, ...]:
    found = [Evidence(target.span, "problem", f"reached although the gate failed: `{target.text}`")]
    if target.unit.condition_span is not None:
        found.append(Evidence(target.unit.condition_span, "context", "the condition of the job that is reached"))
    for gate in gates:
        if any(key in run.reached for key in gate.keys):
            found.append(Evidence(gate.span, "context", f"this failed and nothing stopped: `{gate.text}`"))
            break
    return tuple(found)


def path_to(facts: PipelineFacts, run: Run, target: Activity, gates: tuple[Activity, ...]) -> tuple[Hop, ...]:
    """A way from the event to the target that ran, avoiding units with a gate where it can."""
    avoided = {gate.unit.id for gate in gates}
    chain = [target.unit]
    seen = {target.unit.id}
    while True:
        candidates = [
            (edge, unit)
            for edge in chain[0].needs
            if (unit := facts.pipeline.unit(edge.unit)) is not None and unit.id not in seen
        ]
        if not candidates:
            break
        candidates.sort(key=lambda item: (item[1].id in avoided, item[0].span))
        chain.insert(0, candidates[0][1])
        seen.add(candidates[0][1].id)
    hops = [Hop(run.scenario.title, run.scenario.trigger.span)]
    for unit in chain:
        result = run.unit_results.get(unit.id, "skipped")
        note = "" if result == "success" else f" ({result})"
        hops.append(Hop(f"{unit.title}{note}", unit.span))
    hops.append(Hop(f"`{target.text}`", target.span))
    return tuple(hops)
