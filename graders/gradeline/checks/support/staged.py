"""Kinds of work one after the other, each in a job of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from gradeline.checks.support.explain import absent, noun
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.result import Evidence, Verdict

Gated = Callable[[PipelineFacts, str, tuple[Activity, ...]], Verdict]
Groups = tuple[tuple[str, ...], ...]


def staged(chosen: tuple[PipelineFacts, ...], order: Groups, gated: Gated) -> Verdict:
    """Whether one pipeline does all of it in this order; ``gated`` says whether a class gates some commands."""
    names = tuple(name for group in order for name in group)
    for name in names:
        if not any(facts.doing(name) for facts in chosen):
            return absent(chosen, (name,))
    verdicts = [_in_one(facts, order, gated) for facts in chosen if any(facts.doing(name) for name in names)]
    return next((verdict for verdict in verdicts if verdict.status == "met"), verdicts[0])


def _in_one(facts: PipelineFacts, order: Groups, gated: Gated) -> Verdict:
    names = tuple(name for group in order for name in group)
    if facts.pipeline.program is not None:
        return Verdict(
            "unmet",
            "A program makes up the stages while it runs, so the file does not list them.",
            (Evidence(facts.pipeline.program, "problem", "a program begins here"),),
        )
    for name in names:
        if not facts.doing(name):
            return absent([facts], (name,))
        mixed = _mixed(facts, name, names)
        if mixed is not None:
            return mixed
    proofs: list[Evidence] = []
    for before, after in pairwise(order):
        targets = tuple(item for name in after for item in facts.doing(name))
        for name in before:
            verdict = gated(facts, name, targets)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    message = "Each kind of work has a job of its own, and they come in order."
    return Verdict("met", message, tuple(dict.fromkeys(proofs)))


def _mixed(facts: PipelineFacts, name: str, names: tuple[str, ...]) -> Verdict | None:
    """What is wrong when no job, or no leg of one, does only this kind of the work."""
    others = [item for other in names if other != name for item in facts.doing(other)]
    shared: tuple[Activity, Activity] | None = None
    for item in facts.doing(name):
        beside = [other for other in others if _together(item, other)]
        if not beside:
            return None
        shared = shared or (item, beside[0])
    assert shared is not None
    item, other = shared
    return Verdict(
        "unmet",
        f"{item.unit.title!r} does two kinds of work: {noun((name,))}, and `{other.text}`.",
        (
            Evidence(item.span, "problem", "not in a job of its own"),
            Evidence(other.span, "context", "in the same job"),
        ),
    )


def _together(item: Activity, other: Activity) -> bool:
    legs = {place.leg for place in item.places}
    return item.unit.id == other.unit.id and bool(legs & {place.leg for place in other.places})
