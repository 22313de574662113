"""Nothing gets past the gate: a target runs only after its gate succeeded.

What it looks for
    On every event that reaches the target, a failing gate must stop it.  The grader lets every gate
    fail and looks whether the target is still reached; if it is, the way it was reached is shown.
    With ``aggregate``, one final job must run in every case and fail when any other job failed.
    With ``order``, each kind of work is such a gate for the next one, and each has a job of its own that is
    listed in the file.

What does not count
    A gate in a job the target does not wait for, a target whose condition ignores failures, a gate
    whose failure is tolerated, a gate that is skipped while the target runs, and a final job that is
    skipped (a skipped job counts as success for a required check).  A target whose own failure nobody hears of:
    it only looks like work.  For ``order``: two kinds of work in one
    job, and jobs that a program makes up while it runs.

How to repair
    Make the target's job wait for the gate's job, and let nothing between them swallow the failure.

Parameters
    ``gate``: a tool class, or a list of classes that must all gate.  ``target``: the class that must
    be gated.  ``aggregate``: true asks for the final job instead.  ``order``: a list of classes, each a gate
    for the next; a list in it holds classes whose order among each other is free.  ``quarantine``: true lets an
    image be sent to a registry before the gate, when only the step after the gate gives its digest the names
    people use.  ``fast`` and ``slow``: kinds of tests; the fast ones alone must gate each run of the slow ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.aggregate import final_unit
from gradeline.checks.support.explain import absent, noun
from gradeline.facts.case import Activity, Case, PipelineFacts
from gradeline.facts.quarantine import releases
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F4",
    family="flow",
    params={
        "gate": WORDS,
        "target": WORDS,
        "aggregate": {"type": "boolean"},
        "order": {"type": "array", "items": WORDS, "minItems": 2},
        "quarantine": {"type": "boolean"},
        "fast": WORDS,
        "slow": WORDS,
    },
)


def run(
    case: Case,
    gate: str | list[str] | None = None,
    target: str | list[str] | None = None,
    aggregate: bool = False,
    order: list[str | list[str]] | None = None,
    quarantine: bool = False,
    fast: str | list[str] | None = None,
    slow: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if aggregate:
        return final_unit(chosen)
    if fast or slow:
        from gradeline.checks.support.layered import layered

        return layered(case, chosen, listed(fast) or ("unit",), listed(slow) or ("model", "integration"))
    if order:
        from gradeline.checks.support.staged import staged

        groups = tuple(listed(group) for group in order)
        verdict = staged(chosen, groups, _gated)
        last = [(facts, item) for facts in chosen for name in groups[-1] for item in facts.doing(name)]
        return _failing_silently(last) or verdict if verdict.status == "met" else verdict
    targets = [(facts, item) for facts in chosen for item in facts.doing(*listed(target))]
    if not targets:
        return absent(chosen, listed(target))
    proofs: list[Evidence] = []
    for facts in chosen:
        mine = tuple(item for owner, item in targets if owner is facts)
        mine = releases(facts, mine) if quarantine else mine
        for name in listed(gate) if mine else ():
            verdict = _gated(facts, name, mine)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    silent = _failing_silently(targets)
    if silent is not None:
        return silent
    return Verdict(
        "met",
        f"Nothing reaches {noun(listed(target))} before {_all(gate)} succeeded.",
        tuple(dict.fromkeys(proofs)),
    )


def _failing_silently(targets: Iterable[tuple[PipelineFacts, Activity]]) -> Verdict | None:
    """What is behind a gate does real work only when somebody hears of its failure."""
    judged = [facts.blocking(item) for facts, item in targets]
    if not judged or any(judgement.holds is not False for judgement in judged):
        return None
    return judged[0].verdict()


def _all(gate: str | list[str] | None) -> str:
    return " and ".join(noun((name,)) for name in listed(gate))


def _gated(facts: PipelineFacts, name: str, targets: tuple[Activity, ...]) -> Verdict:
    gates = facts.doing(name)
    if not gates:
        missing = absent([facts], (name,))
        if any(item.role == "problem" for item in missing.evidence):
            return missing
        target = targets[0]
        return Verdict(
            missing.status,
            f"{missing.message} So nothing gates `{target.text}`.",
            (Evidence(target.span, "problem", "runs without that gate"),),
        )
    judgement = facts.gated(targets, gates)
    if judgement.holds:
        proofs = [proof for item in (*gates, *targets) for proof in item.proof()]
        return Verdict("met", "", tuple(proofs))
    return judgement.verdict()
