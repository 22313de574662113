"""Whether a command of a kind really runs and can stop the run: what the checks of tools and of scans share."""

from __future__ import annotations

from collections.abc import Callable

from gradeline.checks.support.explain import absent, noun
from gradeline.facts.activities import Activity, Judgement
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import sees_change
from gradeline.result import Evidence, Verdict

Fits = Callable[[PipelineFacts, Activity], Verdict | None]


EVENTS = {
    "review": "a pull or merge request",
    "push": "a push",
    "tag": "a new tag",
    "schedule": "a schedule",
    "manual": "a start by hand",
}


def runs(
    chosen: tuple[PipelineFacts, ...],
    classes: tuple[str, ...],
    paths: tuple[str, ...] = (),
    scenario: str | None = None,
    fits: Fits | None = None,
) -> Verdict:
    """The verdict on live commands of the classes; ``fits`` says what is wrong with one of them, if anything."""
    candidates = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not candidates:
        return absent(chosen, classes)
    if fits is not None:
        judged = [(facts, item, fits(facts, item)) for facts, item in candidates]
        candidates = [(facts, item) for facts, item, miss in judged if miss is None]
        if not candidates:
            return next(miss for _, _, miss in judged if miss is not None)
    in_time = [(facts, item) for facts, item in candidates if _on(facts, item, scenario)]
    if not in_time:
        item = candidates[0][1]
        return Verdict(
            "unmet",
            f"`{item.text}` does not run on {EVENTS.get(scenario or '', 'the event that needs it')}.",
            (Evidence(item.span, "problem", "runs only on other events"),),
        )
    proofs: list[Evidence] = []
    for path in paths or ("",):
        verdict = _covered(in_time, classes, path, scenario)
        if verdict.status != "met":
            return verdict
        proofs.extend(item for item in verdict.evidence if item not in proofs)
    return Verdict("met", f"The pipeline runs {noun(classes)}, and a failure stops it.", tuple(proofs))


def _on(facts: PipelineFacts, item: Activity, scenario: str | None) -> bool:
    if scenario is None:
        return True
    return any(known.id in item.scenarios and sees_change(facts, known) for known in facts.scenarios(scenario))


def _covered(
    candidates: list[tuple[PipelineFacts, Activity]], classes: tuple[str, ...], path: str, scenario: str | None
) -> Verdict:
    """The verdict for one path: the first candidate that covers it and blocks, or the best reason.

    A candidate that may do so leaves the question open, whatever the others lack.
    """
    problem: Verdict | None = None
    unclear: Verdict | None = None
    for facts, item in candidates:
        answer = facts.toolbox.does_work_on(item, classes, path)
        if answer.holds is not True:
            reason = (Evidence(item.span, "problem", answer.reason),)
            missed = Judgement(answer.holds, answer.reason, reason).verdict()
            problem = problem or missed
            unclear = unclear or (missed if answer.holds is None else None)
            continue
        judgement = facts.blocking(item)
        if judgement.holds:
            judgement = facts.doubt(item, facts.scenarios(*((scenario,) if scenario else ()))) or judgement
        if judgement.holds:
            return Verdict("met", "", item.proof())
        problem = judgement.verdict()  # right but not blocking is a nearer miss than a wrong path
        unclear = unclear or (problem if judgement.holds is None else None)
    assert problem is not None
    return unclear or problem
