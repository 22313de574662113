"""Who may do what in a cloud: the judgement behind ``least-privilege`` with the subject ``cloud``."""

from __future__ import annotations

from gradeline.checks.support.stacks import NO_STACK, guarded, sentence, unseen_modules
from gradeline.facts.infrastructure import StackFacts, called
from gradeline.facts.infrastructure_identities import Identity, Trust, identities, lasting_keys, loose_grants
from gradeline.facts.infrastructure_networks import openings
from gradeline.result import Evidence, Verdict

_ABOUT = ("iam", "role", "policy", "service_account", "identity", "credential", "module", "locals")
_SUBJECTS = {
    "anybody": "can be taken by everybody who has an account anywhere",
    "none": "does not say whose tokens it means",
    "open": "takes the tokens of more than one repository",
    "repository": "takes the tokens of every branch and pull request of the repository",
}


def rights(stacks: tuple[StackFacts, ...], roles: int, federated: bool) -> Verdict:
    """Whether identities are separate and narrow, and whether a pipeline's token is tied down."""
    if not stacks:
        return NO_STACK
    proofs: list[Evidence] = []
    half: Verdict | None = None
    unclear: Verdict | None = None
    for stack in stacks:
        for verdict in (_wide(stack), _separate(stack, roles), _trusted(stack, federated)):
            if verdict.status == "unmet":
                return verdict
            if verdict.status == "cannot_tell":
                unclear = unclear or verdict
            if verdict.status == "partial":
                half = half or verdict
            proofs.extend(verdict.evidence)
    message = "Each identity has its own rights, and each right names what it is for."
    return unclear or half or guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))), _ABOUT)


def _wide(stack: StackFacts) -> Verdict:
    found = [grant for identity in identities(stack) for grant in identity.grants]
    for grant in (*found, *loose_grants(stack)):
        if grant.wide:
            place = (Evidence(grant.span, "problem", grant.wide),)
            return Verdict("unmet", sentence(grant.wide), place)
    return Verdict("met", "", tuple(Evidence(grant.span, "proof", "names what it is for") for grant in found))


def _separate(stack: StackFacts, roles: int) -> Verdict:
    known = identities(stack)
    for identity in known:
        for reason, span in identity.hidden:
            return Verdict("cannot_tell", sentence(reason), (Evidence(span, "problem", reason),))
    holding = [one for one in known if one.grants]
    if len(holding) < roles:
        place = holding[0].resource.head if holding else known[0].resource.head if known else stack.stack.span
        count = "No identity has" if not holding else f"Only {len(holding)} of {roles} identities have"
        message = f"{count} rights of its own." if not holding else f"{count} rights of their own."
        return unseen_modules((stack,)) or Verdict("unmet", message, (Evidence(place, "problem", message),))
    seen: dict[object, Identity] = {}
    for identity in holding:
        mark = frozenset(grant.mark for grant in identity.grants)
        if mark in seen and roles > 1:
            first = seen[mark]
            message = f"`{called(identity.resource)}` may do exactly what `{called(first.resource)}` may do."
            places = (Evidence(identity.resource.head, "problem", "the same rights"),
                      Evidence(first.resource.head, "context", "the same rights"))  # fmt: skip
            return Verdict("unmet", message, places)
        seen[mark] = identity
    return Verdict("met", "", tuple(Evidence(one.resource.head, "proof", "has rights of its own") for one in holding))


def _trusted(stack: StackFacts, federated: bool) -> Verdict:
    trusts = [(identity, trust) for identity in identities(stack) for trust in identity.trusts]
    if federated and not any(trust.subject != "anybody" for _, trust in trusts):
        message = "No identity can be taken with a token of the pipeline, so the pipeline would need a key."
        place = (Evidence(stack.stack.span, "problem", "looked through every file of this folder"),)
        return unseen_modules((stack,)) or Verdict("unmet", message, place)
    for key in lasting_keys(stack) if federated else ():
        message = f"`{called(key)}` makes a key that lasts, and whoever has it gets in."
        return Verdict("unmet", message, (Evidence(key.head, "problem", "a key that lasts"),))
    half: Verdict | None = None
    for identity, trust in trusts:
        verdict = _tied(identity, trust)
        if verdict.status == "unmet":
            return verdict
        if verdict.status == "partial":
            half = half or verdict
    proofs = tuple(Evidence(trust.subject_span, "proof", "says whose tokens it takes") for _, trust in trusts)
    return half or Verdict("met", "", proofs)


def _tied(identity: Identity, trust: Trust) -> Verdict:
    name = called(identity.resource)
    if trust.subject in ("anybody", "none", "open"):
        message = f"`{name}` {_SUBJECTS[trust.subject]}."
        return Verdict("unmet", message, (Evidence(trust.subject_span, "problem", _SUBJECTS[trust.subject]),))
    if not trust.audience:
        message = f"`{name}` takes tokens that were made for somebody else: it does not look at their audience."
        return Verdict("unmet", message, (Evidence(trust.span, "problem", "the audience is not looked at"),))
    if trust.subject == "repository":
        message = f"`{name}` {_SUBJECTS['repository']}."
        return Verdict("partial", message, (Evidence(trust.subject_span, "problem", _SUBJECTS["repository"]),))
    return Verdict("met", "")


def reachable(stacks: tuple[StackFacts, ...], allowed: tuple[int, ...]) -> Verdict:
    """Whether the whole world reaches no port but those that are meant for it."""
    if not stacks:
        return NO_STACK
    unclear: Verdict | None = None
    for stack in stacks:
        for found in openings(stack):
            if found.first == found.last and found.first in allowed:
                continue
            ports = str(found.first) if found.first == found.last else f"{found.first} to {found.last}"
            if found.holds is False:
                message = f"`{found.name}` lets the whole world reach port {ports}."
                return Verdict("unmet", message, (Evidence(found.span, "problem", "the whole world"),))
            message = f"Who may reach port {ports} through `{found.name}` is not known."
            unclear = unclear or Verdict("cannot_tell", message, (Evidence(found.span, "problem", "not known"),))
    whole = tuple(Evidence(stack.stack.span, "proof", "nothing is open to the whole world") for stack in stacks)
    message = "Nothing can be reached by the whole world but what is meant for it."
    return unclear or guarded(stacks, Verdict("met", message, whole))
