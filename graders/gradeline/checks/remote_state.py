"""The state lies in one place for everybody, encrypted, and locked while somebody changes it.

What it looks for
    Each root of the infrastructure says where its state is kept, with encryption and with a lock.  Some stores do
    both by themselves, others only when they are asked.  With ``separate``: each environment has a state of its own,
    by a key for each, by workspaces, or by settings that are given when a folder is initialised.

What does not count
    A state on a disk, a store that locks only when asked and was not asked, and a state that was committed.

How to repair
    Name a store, switch its encryption on, and switch its lock on.  A committed state has to leave the repository,
    and everything secret in it has to be made anew.

Parameters
    ``separate``: true to ask whether environments keep their states apart, instead of how safe the state is.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.stacks import NO_STACK, chosen_stacks, guarded, sentence, softened
from gradeline.facts.case import Case
from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.infrastructure_state import separation, state, stored_file
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(code="I1", family="iac", params={"separate": {"type": "boolean"}}, reads=("infrastructure",))


def run(case: Case, separate: bool = False, pipelines: list[str] | None = None) -> Verdict:
    stacks = chosen_stacks(case, pipelines)
    if not stacks:
        return NO_STACK
    return softened(stacks, _judged(case, stacks, separate))


def _judged(case: Case, stacks: tuple[StackFacts, ...], separate: bool) -> Verdict:
    if separate:
        found = separation(stacks)
        role = "proof" if found.holds else "problem"
        places = tuple(Evidence(span, role, found.how) for span in found.spans)  # type: ignore[arg-type]
        places = places or (Evidence(stacks[0].stack.span, "problem", found.how),)
        verdict = Verdict("met" if found.holds else "unmet", sentence(found.how), places)
        return guarded(stacks, verdict, ("terraform",))
    committed = next((path for path in case.project.paths if stored_file(path)), None)
    if committed is not None:
        message = f"`{committed}` is a state, and it is in the repository with everything that is secret in it."
        return Verdict("unmet", message, (Evidence(Span(committed, 1), "problem", "a committed state"),))
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    old = False
    for kept in (one for stack in stacks for one in state(stack)):
        answer = kept.answer
        place = (Evidence(answer.span, "problem", answer.sentence),)
        if answer.holds is False:
            return Verdict("unmet", sentence(answer.sentence), place)
        if answer.holds is None:
            unclear = unclear or Verdict("cannot_tell", sentence(answer.sentence), place)
        old = old or kept.old
        proofs.append(Evidence(answer.span, "proof", answer.sentence))
    note = " The way it is locked is one that Terraform gives up." if old else ""
    message = f"The state is kept in one place, encrypted and locked.{note}"
    return unclear or guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))), ("terraform",))
