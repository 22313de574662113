"""Code that nobody has reviewed never runs with more rights than its author has.

What it looks for
    Runs that outsiders can cause either have no secrets, no right to write and no machine of your own,
    or they never fetch or execute the proposed change.

What does not count
    A privileged run that checks out the proposed change, also by an old version of the checkout tool or
    with its safety switched off; a privileged follow-up run that executes files from an artifact of the
    untrusted run; an own runner for changes from forks.

How to repair
    Split the work: one pipeline without rights runs the code, another with rights handles only data.

Parameters
    ``own``: labels of machines that are your own, whatever else a job says of them.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.trust import Breach, breaches
from gradeline.result import Evidence, Hop, Verdict

CHECK = Check(code="F6", family="flow", params={"own": WORDS})


def run(case: Case, own: str | list[str] | None = None, pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    unclear: Verdict | None = None
    for facts in chosen:
        for breach in breaches(facts, listed(own)):
            verdict = _verdict(facts, breach)
            if breach.certain:
                return verdict
            unclear = unclear or verdict
    if unclear is not None:
        return unclear
    return Verdict(
        "met",
        "Nothing that an outsider can start runs unreviewed code with extra rights.",
        tuple(
            Evidence(trigger.span, "proof", f"{trigger.event}: no unreviewed code with extra rights")
            for facts in chosen
            for trigger in facts.pipeline.triggers
        ),
    )


def _verdict(facts: PipelineFacts, breach: Breach) -> Verdict:
    path = (
        Hop(breach.scenario.title, breach.scenario.trigger.span),
        Hop(breach.unit.title, breach.unit.span),
        Hop(breach.what, breach.span),
    )
    return Verdict(
        "unmet" if breach.certain else "cannot_tell",
        f"On {breach.scenario.title}, {breach.sentence}.",
        (
            Evidence(breach.span, "problem", breach.sentence),
            Evidence(breach.scenario.trigger.span, "context", "this event can be caused by anybody"),
        ),
        path,
    )
