"""Whether a person is asked before something happens: the experiment in which everybody asked says no."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.evaluate import known_truth
from gradeline.model.effects import Approval
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record


def approvals(facts: PipelineFacts) -> tuple[tuple[Unit, Approval, str], ...]:
    """Every pause that waits for a person: its unit, and the key by which an experiment refuses it."""
    found: list[tuple[Unit, Approval, str]] = []
    for unit in facts.pipeline.units:
        if unit.approval is not None and not unit.approval.optional:
            found.append((unit, unit.approval, f"failure:{unit.id}"))
        for step in unit.walk():
            for effect in step.effects:
                if isinstance(effect, Approval) and not effect.optional:
                    found.extend(
                        (unit, effect, f"{unit.id}/{step.id}/{leg}/use")
                        for leg in range(len(facts.simulator.legs(unit)))
                    )
    return tuple(found)


def asked_before(facts: PipelineFacts, item: Activity) -> tuple[Approval, ...]:
    """The approvals without which ``item`` is not reached in any run that reaches it; empty when there are none."""
    known = approvals(facts)
    own = tuple(approval for unit, approval, _ in known if unit.id == item.unit.id and unit.approval is approval)
    if own:
        return own
    if not known:
        return ()
    refused = [key for _, _, key in known]
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        worlds = facts.runs(scenario, refused)
        if not worlds.complete or any(key in run.reached for run in worlds.results for key in item.keys):
            return ()
    earlier = facts.simulator.ancestors.get(item.unit.id, frozenset()) | {item.unit.id}
    return tuple(approval for unit, approval, _ in known if unit.id in earlier)


@record
class Question:
    """The best question on the way to an activity: one that has to be answered before an optional one.

    ``certain``: it is asked in every run of the scenario, and the run does not go on without an answer.
    """

    approval: Approval | None
    certain: bool = False


def question_before(facts: PipelineFacts, item: Activity, scenario: Scenario) -> Question:
    """The question that a run of the scenario waits for before it reaches the activity."""
    best = Question(None)
    for unit, approval in _on_the_way(facts, item):
        if not any(run.ran(unit.id) for run in facts.runs(scenario).results):
            continue
        asked = True
        if approval.condition is not None:
            known = known_truth(approval.condition, facts.moment(unit, scenario))
            if known is False:
                continue
            asked = known is True
        question = Question(approval, asked and not approval.optional)
        if question.certain:
            return question
        if best.approval is None or (best.approval.optional and not approval.optional):
            best = question
    return best


def _on_the_way(facts: PipelineFacts, item: Activity) -> Iterator[tuple[Unit, Approval]]:
    """Questions of the unit itself, of its earlier steps, and of everything it waits for."""
    if item.unit.approval is not None:
        yield item.unit, item.unit.approval
    for step in item.unit.walk():
        if step.id == item.step.id:
            break
        yield from ((item.unit, effect) for effect in step.effects if isinstance(effect, Approval))
    before = facts.simulator.ancestors.get(item.unit.id, frozenset())
    for unit in facts.pipeline.units:
        if unit.id not in before:
            continue
        if unit.approval is not None:
            yield unit, unit.approval
        for step in unit.walk():
            yield from ((unit, effect) for effect in step.effects if isinstance(effect, Approval))
