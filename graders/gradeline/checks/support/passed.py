"""What the tasks of an orchestration give each other."""

from __future__ import annotations

from gradeline.facts.case import PipelineFacts
from gradeline.result import Evidence, Verdict


def by_reference(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    """Whether nothing large goes from task to task through the orchestrator itself."""
    if not any(unit.kind == "work" and unit.steps for facts in chosen for unit in facts.pipeline.units):
        return Verdict("unmet", "There are no tasks that could give each other anything.")
    passed = [one for facts in chosen for one in facts.pipeline.passes]
    data = next((one for one in passed if one.kind == "data"), None)
    if data is not None:
        message = f"A task gives the next one {data.sentence.replace(' is ', ', which is ', 1)}."
        return Verdict("unmet", message, (Evidence(data.span, "problem", "the data itself"),))
    hidden = next((one for one in passed if one.kind == "hidden"), None)
    if hidden is not None:
        message = f"{hidden.sentence[:1].upper()}{hidden.sentence[1:]}, so it may be anything."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", "what this gives is not seen"),))
    unread = next((one for facts in chosen for one in facts.pipeline.opaque), None)
    if unread is not None:
        return Verdict("cannot_tell", f"Not all tasks can be seen: {unread.reason}.", (
            Evidence(unread.span, "problem", unread.reason),))  # fmt: skip
    proofs = tuple(Evidence(one.span, "proof", one.sentence) for one in passed) or tuple(
        Evidence(facts.pipeline.span, "proof", "no task gives another one a value") for facts in chosen
    )
    return Verdict("met", "Tasks give each other small values and places only.", proofs)
