"""Whether each job works with one release of the program for infrastructure."""

from __future__ import annotations

from gradeline.checks.support.explain import unseen, unseen_in
from gradeline.facts.case import PipelineFacts
from gradeline.facts.terraform_commands import terraform_commands
from gradeline.facts.terraform_versions import ProgramVersion, is_release, is_series, versions
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict


def one_release(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    proofs: list[Evidence] = []
    half: Verdict | None = None
    unclear: Verdict | None = None
    for facts in chosen:
        units = {one.item.unit.id: one.item.unit for one in terraform_commands(facts)}
        for unit in units.values():
            verdict = _unit(facts, unit)
            if verdict.status == "unmet":
                return verdict
            half = half or (verdict if verdict.status == "partial" else None)
            unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
            proofs.extend(verdict.evidence)
    if unclear is not None or half is not None:
        return unclear or half  # type: ignore[return-value]
    if not proofs:
        return next(unseen(chosen), None) or Verdict("unmet", "No job runs a program for infrastructure.")
    return Verdict("met", "Every job works with one release of the program.", tuple(dict.fromkeys(proofs)))


def _unit(facts: PipelineFacts, unit: Unit) -> Verdict:
    found = tuple(versions(facts, unit))
    if not found:
        hidden = next(unseen_in(facts, unit), None)
        if hidden is not None:
            return hidden
        message = f"The job {unit.title!r} works with whatever version the machine has."
        return Verdict("unmet", message, (Evidence(unit.span, "problem", "nothing sets the version"),))
    judged = [_of(unit, one) for one in found]
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in judged:
            if verdict.status == status:
                return verdict
    return Verdict("met", "", tuple(item for verdict in judged for item in verdict.evidence))


def _of(unit: Unit, one: ProgramVersion) -> Verdict:
    if one.text is None:
        message = f"The version that {unit.title!r} works with is not in the files."
        return Verdict("cannot_tell", message, (Evidence(one.span, "problem", "computed at run time"),))
    if is_release(one.text):
        return Verdict("met", "", (Evidence(one.span, "proof", f"version {one.shown}"),))
    if is_series(one.text):
        message = f"`{one.shown}` is a series of releases: the job {unit.title!r} takes the newest of them."
        return Verdict("partial", message, (Evidence(one.span, "problem", "not one release"),))
    message = f"The job {unit.title!r} takes whatever version is newest."
    if one.text and one.text != "latest":
        message = f"`{one.shown}` is no single release: the job {unit.title!r} takes what is newest in that range."
    return Verdict("unmet", message, (Evidence(one.span, "problem", one.shown or "no version"),))
