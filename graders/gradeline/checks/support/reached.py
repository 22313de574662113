"""Work that only some branches, or tags, may reach."""

from __future__ import annotations

from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict


def reached_only(
    chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...], on: tuple[str, ...], early: bool
) -> Verdict:
    """Whether the work is reached from the listed branches or a tag, and from nowhere else.

    ``early`` asks that no machine is taken for it in the other runs.
    """
    found = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    proofs: list[Evidence] = []
    late: Evidence | None = None
    for facts, item in found:
        stranger = elsewhere(facts, item, on)
        if stranger is not None:
            return also_runs(item, stranger)
        proofs.append(Evidence(item.unit.condition_span or item.unit.span, "proof", f"limits `{item.text}`"))
        if item.unit.late_condition:
            place = item.unit.condition_span or item.unit.span
            late = late or Evidence(place, "problem", "looked at on the machine itself")
    if early and late is not None:
        message = "It is reached from there only, but every other run takes a machine for it, just to skip it."
        return Verdict("partial", message, (late,))
    return Verdict("met", f"It is reached from {' and '.join(on)} only.", tuple(dict.fromkeys(proofs)))


def elsewhere(facts: PipelineFacts, item: Activity, on: tuple[str, ...]) -> Scenario | None:
    """A way to reach the activity that is not among the allowed ones."""
    return next(
        (known for known in facts.pipeline.scenarios if known.id in item.scenarios and not _allowed(known, on)), None
    )


def also_runs(item: Activity, scenario: Scenario) -> Verdict:
    return Verdict(
        "unmet",
        f"`{item.text}` also runs on {scenario.title}.",
        (
            Evidence(item.unit.condition_span or scenario.trigger.span, "problem", f"lets {scenario.title} through"),
            Evidence(item.span, "context", "reached from there"),
        ),
    )


def _allowed(scenario: Scenario, on: tuple[str, ...]) -> bool:
    if scenario.kind in ("tag", "release"):
        return "tag" in on
    if scenario.kind in ("push", "manual", "schedule"):
        return scenario.branch in on
    # Started by another pipeline, which has limits of its own.
    return scenario.kind in ("called", "after") and not scenario.untrusted
