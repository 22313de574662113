"""Whether a machine that stays is left without what the work put there, also after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.after_failure import Reaction, of_activity, react, since_start
from gradeline.facts.case import PipelineFacts
from gradeline.facts.leftovers import clears, covers, same_machine
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict

_ORDER = ("reacts", "unknown", "sometimes", "hides", "misses", "idle", "never")
_STATUS: dict[str, Literal["cannot_tell", "partial"]] = {"unknown": "cannot_tell", "sometimes": "partial"}
MAX_CANDIDATES = 20


def tidied(chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...], paths: tuple[str, ...]) -> Verdict:
    """Every path is removed on the machine of each job that does the work, whatever failed there."""
    found = {(facts.pipeline.path, item.unit.id): (facts, item) for facts in chosen for item in facts.doing(*classes)}
    if not found:
        return absent(chosen, classes)
    proofs: list[Evidence] = []
    for facts, item in found.values():
        cleaning = list(_cleaning(facts, item.unit))[:MAX_CANDIDATES]
        for path in paths:
            verdict = _removed(facts, item, cleaning, path)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    sentence = "What the work leaves on its machine is removed, whatever happens."
    return Verdict("met", sentence, tuple(dict.fromkeys(proofs)))


def _cleaning(facts: PipelineFacts, unit: Unit) -> Iterator[Activity]:
    for item in (*facts.activities, *facts.dormant):
        if clears(item) and same_machine(facts, item.unit, unit):
            yield item


def _removed(facts: PipelineFacts, work: Activity, cleaning: list[Activity], path: str) -> Verdict:
    reactions: list[Reaction] = []
    unclear: Activity | None = None
    late: Activity | None = None
    for item in cleaning:
        if item in facts.dormant:
            late = late or item
            continue
        known = covers(facts, item, path)
        if known is None:
            unclear = unclear or item
        if known is not True:
            continue
        reactor = of_activity(item)
        reactions.append(react(facts, reactor, since_start(facts, reactor), here=True))
        if reactions[-1].status == "reacts":
            return Verdict("met", "", reactions[-1].evidence)
    if unclear is not None:
        message = f"Whether `{unclear.text}` removes {path} cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(unclear.span, "problem", "what it removes cannot be seen"),))
    if reactions:
        best = min(reactions, key=lambda reaction: _ORDER.index(reaction.status))
        sentence = f"{best.sentence[:1].upper()}{best.sentence[1:]}."
        return Verdict(_STATUS.get(best.status, "unmet"), sentence, best.evidence, best.path)
    if late is not None:
        message = f"`{late.text}` only runs after a failure, so {path} stays after a good run."
        return Verdict("unmet", message, (Evidence(late.span, "problem", "not reached in a good run"),))
    place = Evidence(work.unit.span, "problem", f"leaves {path} there")
    return Verdict("unmet", f"{path} stays on the machine of {work.unit.title!r}.", (place,))
