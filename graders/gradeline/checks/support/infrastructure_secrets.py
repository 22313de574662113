"""Secrets that infrastructure writes down or shows: ``secret-not-persisted`` with ``where: infrastructure``."""

from __future__ import annotations

from gradeline.checks.support.stacks import NO_STACK, guarded, sentence, unseen_modules
from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.infrastructure_secrets import dynamic, exposed, is_secret_name, secret_parameters
from gradeline.result import Evidence, Verdict


def shown_secrets(stacks: tuple[StackFacts, ...], needed: bool) -> Verdict:
    if not stacks:
        return NO_STACK
    for stack in stacks:
        for one in exposed(stack):
            return Verdict("unmet", sentence(one.sentence), (Evidence(one.span, "problem", one.sentence),))
    proofs = [
        Evidence(one.head, "proof", "is not shown" if one.hidden else "is not kept")
        for stack in stacks
        for one in secret_parameters(stack)
    ]
    proofs += [
        Evidence(one.head, "proof", "is read from a store")
        for stack in stacks
        for one in stack.stack.resources
        if "secret" in one.kind.casefold() or is_secret_name(one.kind.partition("_")[2])
    ]
    proofs += [Evidence(span, "proof", "comes from a store") for stack in stacks for span in dynamic(stack)]
    if needed and not proofs:
        message = "No secret comes in as a parameter or from a store, so it must come from somewhere else."
        place = (Evidence(stacks[0].stack.span, "problem", "looked through every file of this folder"),)
        return unseen_modules(stacks) or Verdict("unmet", message, place)
    whole = tuple(Evidence(stack.stack.span, "proof", "no secret in here") for stack in stacks)
    return guarded(stacks, Verdict("met", "No secret is written down or shown.", tuple(dict.fromkeys(proofs)) or whole))
