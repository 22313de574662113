"""The one final job that a branch rule can require: it always runs and tells the truth."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.facts.case import PipelineFacts
from gradeline.model.expression import NeedsReport, NeedsResults, UnitResult
from gradeline.model.pipeline import Scenario, Unit
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


def final_unit(pipelines: Sequence[PipelineFacts]) -> Verdict:
    """Met when some pipeline has a job that fails whenever any other job failed or was cancelled."""
    best: Verdict | None = None
    for facts in pipelines:
        for unit in _candidates(facts):
            verdict = _honest(facts, unit)
            if verdict.status == "met":
                return verdict
            best = best or verdict
    return best or Verdict("unmet", "No job waits for all the others, so no single check tells how the run ended.")


def _candidates(facts: PipelineFacts) -> list[Unit]:
    """Jobs that wait for others and that nothing waits for, the one with most needs first.  A called workflow ends when
    its last job does, and that is no job that waits."""
    needed = {edge.unit for unit in facts.pipeline.units if unit.kind != "exit" for edge in unit.needs}
    found = [unit for unit in facts.pipeline.units if unit.kind == "work" and unit.needs and unit.id not in needed]
    return sorted(found, key=lambda unit: (-len(unit.needs), unit.span))


def _honest(facts: PipelineFacts, unit: Unit) -> Verdict:
    scenarios = typical(facts, unit)
    if not scenarios:
        return Verdict(
            "unmet",
            f"The job {unit.title!r} does not run on a change.",
            (Evidence(unit.span, "problem", "no event reaches it"),),
        )
    for scenario in scenarios:
        baseline = facts.runs(scenario)
        if any(run.unit_results.get(unit.id) == "failure" for run in baseline.results):
            return Verdict(
                "unmet",
                f"The job {unit.title!r} fails even when every other job succeeded.",
                (Evidence(unit.span, "problem", "fails in a good run"),),
            )
        for other in facts.pipeline.units:
            if other is unit or other.kind != "work" or baseline.results[0].unit_results.get(other.id) != "success":
                continue
            for ending in ("failure", "cancelled"):
                for run in facts.runs(scenario, [f"{ending}:{other.id}"]).results:
                    result = run.unit_results.get(unit.id)
                    if run.unit_results.get(other.id) == ending and result != "failure":
                        unread = sorted(facts.simulator.unread.get(unit.id, ()))
                        place = unread[0] if unread else _other_language(unit)
                        if place is not None and result == "success":
                            return _unread(unit, other, ending, place)
                        return _dishonest(unit, other, ending, str(result))
    return Verdict(
        "met",
        f"The job {unit.title!r} always runs and fails when any other job did not succeed.",
        (
            Evidence(unit.condition_span or unit.span, "proof", "runs whatever happened before"),
            Evidence(unit.span, "proof", "reports on every job"),
        ),
    )


def _dishonest(unit: Unit, other: Unit, ending: str, result: str) -> Verdict:
    happened = "fails" if ending == "failure" else "is cancelled"
    if result in ("skipped", "absent"):
        message = (
            f"When {other.title!r} {happened}, {unit.title!r} is skipped. "
            "A required check that is skipped counts as passed."
        )
    else:
        message = f"When {other.title!r} {happened}, {unit.title!r} still ends with success."
    evidence = [Evidence(unit.span, "problem", f"ends as {result}")]
    if unit.condition_span is not None:
        evidence.append(Evidence(unit.condition_span, "context", "its condition"))
    evidence.append(Evidence(other.span, "context", f"this job {happened}"))
    return Verdict("unmet", message, tuple(evidence))


# What ends a script of another language with a failure: such a script may tell the truth, and nobody here can read it.
_ENDINGS = ("exit", "raise", "assert", "throw", "setFailed")
_TOLD = (NeedsReport, NeedsResults, UnitResult)


def _other_language(unit: Unit) -> Span | None:
    """A step that is told how other jobs ended, in a language that is not followed."""
    for step in unit.walk():
        script = step.script if step.kind == "script" else step.inputs.get("script")
        if script is None or (step.kind == "script" and (step.shell is None or step.shell.program in ("bash", "sh"))):
            continue
        texts = (*step.inputs.values(), script, *(variable.value for variable in (*unit.env, *step.env)))
        told = any(isinstance(node, _TOLD) for text in texts for node in text.expressions())
        if told and any(word in script.raw for word in _ENDINGS):
            return step.span
    return None


def _unread(unit: Unit, other: Unit, ending: str, place: Span) -> Verdict:
    happened = "fails" if ending == "failure" else "is cancelled"
    return Verdict(
        "cannot_tell",
        f"How {unit.title!r} ends when {other.title!r} {happened} depends on a command that cannot be followed.",
        (
            Evidence(place, "problem", "what it answers is not known"),
            Evidence(other.span, "context", f"this job {happened}"),
        ),
    )


def typical(facts: PipelineFacts, unit: Unit) -> list[Scenario]:
    """A review and a push in which the unit is reached: enough to judge what it reports."""
    chosen: list[Scenario] = []
    for kind in ("review", "push", "tag", "manual", "merge-queue", "schedule", "release", "called", "after", "other"):
        for scenario in facts.scenarios(kind):
            runs = facts.runs(scenario).results
            if any(run.ran(unit.id) for run in runs):
                chosen.append(scenario)
                break
    return chosen[:2]
