"""Whether pipelines leave a stack its protection and its way back: parts of ``deletion-guard`` and of ``rollback``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from gradeline.checks.support.explain import absent, unseen
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.stack_operations import Operation, operations
from gradeline.result import Evidence, Verdict

_SWITCHES = ("enable-termination-protection", "termination-protection")
_NO_WAY_BACK = ("on-failure", "on-stack-failure")
_POLICIES = ("stack-policy-body", "stack-policy-url")


def _all(chosen: Iterable[PipelineFacts]) -> list[tuple[PipelineFacts, Operation]]:
    return [(facts, one) for facts in chosen for one in operations(facts)]


def protected(case: Case, stacks: tuple[StackFacts, ...]) -> Verdict:
    """Whether something that runs makes the platform refuse to delete the stack."""
    found = _all(case.pipelines)
    for _, one in found:
        if "no-enable-termination-protection" in one.options:
            shown = (Evidence(one.item.span, "problem", "takes the protection away"),)
            return Verdict("unmet", f"`{one.item.text}` lets everybody delete the stack.", shown)
    weak: Verdict | None = None
    for facts, one in found:
        if any(one.on(switch) for switch in _SWITCHES):
            answer = facts.blocking(one.item)
            if answer.holds:
                return Verdict("met", "Nobody deletes the stack by the way.", one.item.proof("protects the stack"))
            weak = weak or answer.verdict()
    hidden = next(unseen(list(case.pipelines)), None)
    place = next((one.item.span for _, one in found if one.kind in ("execute", "at-once")), stacks[0].stack.span)
    problem = (Evidence(place, "problem", "the stack is changed here" if found else "nothing protects it"),)
    return weak or hidden or Verdict("unmet", "Nothing refuses to delete the stack as a whole.", problem)


def kept(case: Case, chosen: tuple[PipelineFacts, ...], watched: bool) -> Verdict:
    """Whether every change of a stack can go back by itself, and with ``watched`` whether something looks after it."""
    found = _all(chosen)
    changes = [(facts, one) for facts, one in found if one.kind != "other" and one.command != "delete-stack"]
    if not changes:
        return next(unseen(list(chosen)), None) or absent(chosen, ("deploy",))
    for _, one in changes:
        off = one.on("disable-rollback") or any("DO_NOTHING" in one.says(option) for option in _NO_WAY_BACK)
        if off:
            place = (Evidence(one.item.span, "problem", "switches the way back off"),)
            return Verdict("unmet", f"`{one.item.text}` leaves a failed stack as it is.", place)
    proofs = [proof for _, one in changes for proof in one.item.proof("goes back by itself")]
    if watched:
        candidates = [(one, facts.blocking(one.item)) for facts, one in found if _watches(case, one)]
        looking = [one for one, answer in candidates if answer.holds]
        if candidates and not looking:
            return candidates[0][1].verdict()
        if not looking:
            place = (Evidence(changes[-1][1].item.span, "problem", "nothing looks after what it does"),)
            message = "Nothing keeps resources of the stack from being replaced, and no alarm brings the old one back."
            return next(unseen(list(chosen)), None) or Verdict("unmet", message, place)
        proofs += [proof for one in looking for proof in one.item.proof("looks after the stack")]
    return Verdict("met", "What goes wrong with a stack is taken back.", tuple(dict.fromkeys(proofs)))


def _watches(case: Case, one: Operation) -> bool:
    """Whether it gives the stack a policy, or alarms to go back on."""
    given = [one.says(option) for option in _POLICIES if option in one.options]
    alarms = one.says("rollback-configuration")
    if alarms and ("RollbackTriggers" in alarms or alarms.startswith("file://")):
        given.append(alarms)
    folder = one.item.invocation.directory if one.item.invocation is not None else ""
    return any(_is_there(case, folder, text) for text in given)


def _is_there(case: Case, folder: str, text: str) -> bool:
    """Whether a text or the file it names is there."""
    if not text.startswith("file://"):
        return bool(text)
    return case.project.has(posixpath.normpath(posixpath.join(folder, text.removeprefix("file://"))))
