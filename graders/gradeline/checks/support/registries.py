"""Registries that are declared: ``immutable-ref`` with ``where: registries``."""

from __future__ import annotations

from gradeline.checks.support.stacks import NO_STACK, guarded, sentence, unseen_modules
from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.infrastructure_registries import registries
from gradeline.result import Evidence, Verdict


def judged(stacks: tuple[StackFacts, ...]) -> Verdict:
    if not stacks:
        return NO_STACK
    found = [one for stack in stacks for one in registries(stack)]
    if not found:
        place = (Evidence(stacks[0].stack.span, "problem", "looked through every file of this folder"),)
        return unseen_modules(stacks) or Verdict("unmet", "No registry of images is declared.", place)
    proofs: list[Evidence] = []
    half: Verdict | None = None
    unclear: Verdict | None = None
    for registry in found:
        for answer in registry.answers:
            place = (Evidence(answer.span, "problem", answer.sentence),)
            if answer.holds is False:
                return Verdict("unmet", sentence(answer.sentence), place)
            if answer.holds is None:
                unclear = unclear or Verdict("cannot_tell", sentence(answer.sentence), place)
            proofs.append(Evidence(answer.span, "proof", answer.sentence))
        if registry.partly:
            place = (Evidence(registry.immutable.span, "problem", registry.partly),)
            half = half or Verdict("partial", sentence(registry.partly), place)
    message = "A tag stays where it is, what is pushed is scanned, and old images end."
    verdict = Verdict("met", message, tuple(dict.fromkeys(proofs)))
    return unclear or half or guarded(stacks, verdict, ("repository", "registry", "ecr", "module", "locals"))
