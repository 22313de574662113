"""Every credential comes from the platform's store or from a short-lived login.

What it looks for
    Variables and inputs that hold a credential get it from the store, from an earlier step that obtained
    it, or from a login that exchanges the run's identity.

What does not count
    A written value, also as a fallback for an empty entry of the store or as a default in the shell, and
    values that everybody can read: plain configuration variables, and inputs that are typed in.  With
    ``registry: run-token``, a stored key for a registry that takes the token of the run.  In infrastructure, a
    parameter that nothing hides, an entry of a store that is kept as plain text, and the name of a secret instead of
    what is in it.

How to repair
    Put the value into the store and bind its name.  Let the run fail when the entry is missing.

Parameters
    ``required``: true when the pipeline has to use a credential at all.
    ``of``: ``pipelines`` (the default), ``receivers``, the keys by which alerts reach chats and pagers, or
    ``infrastructure``, the secret settings of resources, or ``plays``, what their tasks are given.
    ``registry``: ``run-token`` asks that logins to such a registry use the token that each run gets by itself.
"""

from __future__ import annotations

from typing import Literal

from gradeline.checks.contract import Check
from gradeline.facts.case import Case
from gradeline.facts.registry_logins import registry_logins
from gradeline.facts.secret_sources import Sourced, credential_sources, stored
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="S2",
    family="secrets",
    params={
        "required": {"type": "boolean"},
        "registry": {"enum": ["run-token"]},
        "of": {"enum": ["pipelines", "receivers", "infrastructure", "plays"]},
    },
    reads=("pipelines", "monitoring", "infrastructure", "playbooks"),
)


def run(
    case: Case,
    required: bool = False,
    registry: str | None = None,
    of: str = "pipelines",
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "receivers":
        return _receivers(case)
    if of == "plays":
        from gradeline.checks.support.plays import secrets_of_plays

        return secrets_of_plays(case, required, pipelines)
    if of == "infrastructure":
        return _infrastructure(case, required, pipelines)
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    proofs: list[Evidence] = []
    unknown: Sourced | None = None
    for facts in chosen if registry else ():
        for login in registry_logins(facts):
            if login.stored is not None:
                message = f"`{login.item.text}` uses the stored `{login.stored.name}`; the token of the run would do."
                evidence = (
                    Evidence(login.item.span, "problem", "logs in with a stored key"),
                    Evidence(login.stored.span, "context", "the key is bound here"),
                )
                return Verdict("unmet", message, evidence)
            proofs.extend(login.item.proof("logs in with the token of the run"))
    for facts in chosen:
        for source in credential_sources(facts):
            if source.status in ("written", "open"):
                return _problem(source, "unmet")
            if source.status == "unknown":
                unknown = unknown or source
            else:
                proofs.append(Evidence(source.span, "proof", source.sentence))
    if unknown is not None:
        return _problem(unknown, "cannot_tell")
    if required and not any(True for facts in chosen for _ in stored(facts)):
        places = tuple(Evidence(facts.pipeline.span, "problem", "no credential is used in here") for facts in chosen)
        return Verdict("unmet", "Nothing takes a credential from the store, so nothing could log in.", places)
    if not proofs:
        proofs = [Evidence(facts.pipeline.span, "proof", "no credential is used in here") for facts in chosen]
        return Verdict("met", "The pipelines use no credential.", tuple(proofs))
    return Verdict("met", "Every credential comes from the store or a short-lived login.", tuple(dict.fromkeys(proofs)))


def _receivers(case: Case) -> Verdict:
    """The keys by which alerts reach chats and pagers: in files on the host, in a secret, or filled in later."""
    from gradeline.checks.support.watching import hidden

    monitoring = case.project.monitoring
    if not monitoring.routings:
        return hidden(Verdict("unmet", "There is no tree of routes, so nobody hears of an alert."), monitoring)
    for routing in monitoring.routings:
        for name, value in routing.keys.items():
            message = f"`{name}` stands in {routing.path}. Whoever reads the file can use it."
            return hidden(Verdict("unmet", message, (Evidence(value.span, "problem", "a written key"),)), monitoring)
    proofs = tuple(Evidence(routing.span, "proof", "holds no key") for routing in monitoring.routings)
    return hidden(Verdict("met", "No key of a chat or a pager stands in a file.", proofs), monitoring)


def _infrastructure(case: Case, required: bool, patterns: list[str] | None) -> Verdict:
    """The secret settings of resources: from a store, from a hidden parameter, or made and kept by the platform."""
    from gradeline.checks.support.stacks import NO_STACK, chosen_stacks, guarded, sentence, softened, unseen_modules
    from gradeline.facts.infrastructure_secret_sources import secret_settings
    from gradeline.facts.infrastructure_secrets import dynamic

    stacks = chosen_stacks(case, patterns)
    if not stacks:
        return NO_STACK
    proofs: list[Evidence] = [Evidence(span, "proof", "from a store") for one in stacks for span in dynamic(one)]
    unclear: Verdict | None = None
    for answer in (answer for stack in stacks for answer in secret_settings(stack)):
        place = (Evidence(answer.span, "problem", answer.sentence),)
        if answer.holds is False:
            return softened(stacks, Verdict("unmet", sentence(answer.sentence), place))
        if answer.holds is None:
            unclear = unclear or Verdict("cannot_tell", sentence(answer.sentence), place)
        proofs.append(Evidence(answer.span, "proof", answer.sentence))
    if unclear is not None:
        return unclear
    if required and not proofs:
        place = (Evidence(stacks[0].stack.span, "problem", "looked through every file of this folder"),)
        message = "No resource gets a secret, so it must come from somewhere else."
        return unseen_modules(stacks) or softened(stacks, Verdict("unmet", message, place))
    whole = [Evidence(stack.stack.span, "proof", "no secret in here") for stack in stacks]
    message = "Every secret setting gets its value from a store or from a hidden parameter."
    return guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs or whole))))


def _problem(source: Sourced, status: Literal["unmet", "cannot_tell"]) -> Verdict:
    sentence = f"{source.sentence[:1].upper()}{source.sentence[1:]}."
    return Verdict(status, sentence, (Evidence(source.span, "problem", source.sentence),))
