"""Cloud access by short-lived tokens instead of stored keys.

What it looks for
    A job that logs in to a cloud exchanges the run's identity token for short-lived credentials, and
    only jobs that do so (or that sign with that identity) may ask for the token.  No stored cloud key
    appears anywhere, under whatever name.

    With ``apart``, a job that only looks at the infrastructure gets another role than one that changes it, and so does
    each job that runs for a proposed change.

What does not count
    A role together with access keys, a stored key in a variable of another name, and the right to ask
    for identity tokens on jobs that never use one.

How to repair
    Let the login exchange the identity token, delete the stored keys, and give the right to that job only.

Parameters
    ``provider``: ``any``, ``aws``, ``gcp``, ``azure`` or ``vault``.  ``apart``: two tool classes, such as
    ``[iac-plan, deploy]``: what only reads, and what changes.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.explain import unseen, unseen_in
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.cloud_keys import static_keys
from gradeline.facts.logins import logins
from gradeline.model.effects import Login
from gradeline.model.pipeline import Unit
from gradeline.records import replace
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="S6",
    family="secrets",
    params={
        "provider": {"enum": ["any", "aws", "gcp", "azure", "vault"]},
        "apart": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    },
)


def run(
    case: Case, provider: str = "any", apart: list[str] | None = None, pipelines: list[str] | None = None
) -> Verdict:
    chosen = case.select(pipelines)
    verdict = _short_lived(chosen, provider)
    if apart is None or verdict.status == "unmet":
        return verdict
    from gradeline.checks.support.roles_apart import roles_apart

    other = roles_apart(chosen, apart[0], apart[1])
    if verdict.status == "cannot_tell" and other.status == "met":
        return verdict
    if other.status == "met":
        return replace(other, evidence=tuple(dict.fromkeys((*verdict.evidence, *other.evidence))))
    return other


def _short_lived(chosen: tuple[PipelineFacts, ...], provider: str) -> Verdict:
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts in chosen:
        for key in static_keys(facts):
            return Verdict(
                "unmet", f"A stored cloud key is used: {key.text}.", (Evidence(key.span, "problem", key.text),)
            )
        for unit in facts.pipeline.units:
            logins_here = _logins(facts, unit, provider)
            for login in logins_here:
                if login.static:
                    return Verdict(
                        "unmet",
                        f"The login to {login.provider} is given stored keys.",
                        (Evidence(login.static[0].span, "problem", "a key that lives for ever"),),
                    )
                if not login.federated:
                    return Verdict(
                        "unmet",
                        f"The login to {login.provider} does not exchange an identity token.",
                        (Evidence(login.span, "problem", "not federated"),),
                    )
                if unit.permissions.level("id-token") == "none" and unit.permissions.declared:
                    return Verdict(
                        "unmet",
                        f"The job {unit.title!r} may not ask for an identity token, so its login fails.",
                        (Evidence(unit.permissions.span or unit.span, "problem", "id-token is missing"),),
                    )
                proofs.append(Evidence(login.span, "proof", f"short-lived login to {login.provider}"))
            problem = _idle_right(facts, unit)
            if problem is not None and problem.status == "unmet":
                return problem
            unclear = unclear or problem
    if unclear is not None:
        return unclear
    if not proofs:
        hidden = next(unseen(chosen), None)
        if hidden is not None:
            return hidden
        return Verdict("unmet", "No job logs in to a cloud with a short-lived token.")
    return Verdict("met", "Cloud access is short-lived, and no key is stored.", tuple(proofs))


def _logins(facts: PipelineFacts, unit: Unit, provider: str) -> list[Login]:
    # A store that gives its secrets for an identity token replaces a stored key just as well, and so does a package
    # registry that takes it (trusted publishing).
    return [
        login
        for login in logins(facts, unit)
        if (login.kind == "cloud" or login.federated) and provider in ("any", login.provider)
    ]


def _idle_right(facts: PipelineFacts, unit: Unit) -> Verdict | None:
    if unit.kind != "work" or unit.permissions.level("id-token") != "write" or not unit.permissions.declared:
        return None
    if any(login.federated for login in logins(facts, unit)):
        return None
    if not any(place == unit.id for place, _ in facts.reached_steps):
        return None  # it waits for a failure, and then does what others do as well
    mine = [item for item in facts.activities if item.unit.id == unit.id]
    readings = [reading for item in mine for reading in item.readings]
    if any({"id-token:write", "*"} & (reading.scopes | reading.possible_scopes) for reading in readings):
        return None
    hidden = next(unseen_in(facts, unit), None)
    if hidden is not None:
        return hidden
    return Verdict(
        "unmet",
        f"The job {unit.title!r} may ask for identity tokens but never uses one.",
        (Evidence(unit.permissions.span or unit.span, "problem", "this right is not used"),),
    )
