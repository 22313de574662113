"""Whether a pipeline starts by a plan that a reader can rely on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.facts.case import PipelineFacts
from gradeline.facts.schedules import minutes_apart
from gradeline.model.pipeline import Trigger
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_SETTINGS = {
    "timezone": "in which time zone it is meant",
    "start": "from when on it counts",
    "catchup": "what happens with runs that were missed",
    "startingDeadlineSeconds": "how late a run may still start",
    "successfulJobsHistoryLimit": "how many runs that ended well are kept",
    "failedJobsHistoryLimit": "how many runs that failed are kept",
}


def planned(chosen: tuple[PipelineFacts, ...], wanted: Mapping[str, Any]) -> Verdict:
    """Every start that is declared keeps to the plan, and at least one of some pipeline is a schedule or an event."""
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts in chosen:
        for trigger in facts.pipeline.triggers:
            verdict = _start(facts, trigger, wanted)
            if verdict is None:
                continue
            if verdict.status == "unmet":
                return verdict
            unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
            proofs.extend(verdict.evidence)
    if unclear is not None:
        return unclear
    if not proofs:
        places = tuple(Evidence(facts.pipeline.span, "problem", "starts by hand only") for facts in chosen[:3])
        return Verdict("unmet", "Nothing starts the pipeline but a person.", places)
    return Verdict("met", "It starts by a plan.", tuple(dict.fromkeys(proofs)))


def _start(facts: PipelineFacts, trigger: Trigger, wanted: Mapping[str, Any]) -> Verdict | None:
    """The verdict on one start; None for one that a person makes."""
    if trigger.event in ("manual", "workflow_dispatch", "submit"):
        return None
    start = trigger.filters.get("start", ())
    if any(text.raw == "moving" for text in start):
        message = "The start moves with the clock each time the file is read, so a run may never be due."
        return _no(message, start[0].span, "moves with the clock")
    unseen = next((one for one in facts.pipeline.opaque if one.span == trigger.span), None)
    if unseen is not None:
        message = f"What starts it cannot be seen: {unseen.reason}."
        return Verdict("cannot_tell", message, (Evidence(trigger.span, "problem", "not in the submission"),))
    if trigger.event != "schedule":
        return Verdict("met", "", (Evidence(trigger.span, "proof", f"starts on {trigger.event}"),))
    refused = next((said for said in facts.pipeline.diagnostics if said.code == "bad-cron" and said.span), None)
    if refused is not None and refused.span is not None:
        return _no(f"The schedule is refused: {refused.message}", refused.span, "refused")
    least = wanted.get("apart", 60)
    if trigger.cron is not None:
        apart = minutes_apart(trigger.cron.raw)
        if trigger.cron.holes or apart is None:
            message = "When the schedule is due is computed."
            return Verdict("cannot_tell", message, (Evidence(trigger.cron.span, "problem", "computed"),))
        if apart < least:
            often = "every minute" if apart == 1 else f"every {apart} minutes"
            message = f"It starts {often}; there have to be at least {least} minutes between two starts."
            return _no(message, trigger.cron.span, often)
    for key in wanted.get("says", ()):
        said = trigger.filters.get(key, ())
        hidden = next((text for text in said if text.holes), None)
        if hidden is not None:
            message = f"The value of `{key}` is computed."
            return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", "computed"),))
        if not said or not said[0].raw:
            meaning = _SETTINGS.get(key, f"its `{key}`")
            return _no(f"The schedule does not say {meaning}.", trigger.span, f"without `{key}`")
    return Verdict("met", "", (
        Evidence(trigger.span, "proof", "starts on a schedule"),
        *(Evidence(text.span, "proof", f"says its {key}") for key in wanted.get("says", ())
          for text in trigger.filters[key][:1]),
    ))  # fmt: skip


def _no(message: str, span: Span, shown: str) -> Verdict:
    return Verdict("unmet", message, (Evidence(span, "problem", shown),))
