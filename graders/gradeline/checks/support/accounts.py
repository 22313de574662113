"""As whom the jobs of a pipeline act, and what their processes may do.

Kubernetes documentation, "Service Accounts" (a pod that names none runs as ``default``, which everything else in the
namespace that names none runs as, too) and "Configure a Security Context".
"""

from __future__ import annotations

from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict

_SHARED = frozenset({"", "default"})


def accounts(chosen: tuple[PipelineFacts, ...], confined: bool) -> Verdict:
    """Whether every job that runs acts as an account of its own and, with ``confined``, never as root."""
    if not chosen:
        return Verdict("unmet", "There is no pipeline file whose accounts could be read.")
    proofs: list[Evidence] = []
    open_question: Verdict | None = None
    for facts in chosen:
        for unit in facts.pipeline.units:
            if unit.kind != "work" or not (unit.steps or unit.image) or not _runs(facts, unit):
                continue
            verdict = _judged(facts, unit, confined)
            if verdict.status == "unmet":
                return verdict
            if verdict.status == "cannot_tell":
                open_question = open_question or verdict
            proofs.extend(verdict.evidence)
        hidden = next((unit.opaque for unit in facts.pipeline.units if unit.opaque is not None), None)
        hidden = hidden or (facts.pipeline.opaque[0] if facts.pipeline.opaque else None)
        if hidden is not None and open_question is None:
            message = f"Not every job can be seen: {hidden.reason}."
            open_question = Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", hidden.reason),))
    if open_question is not None:
        return open_question
    if not proofs:
        return Verdict("unmet", "No job runs.", tuple(
            Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen))  # fmt: skip
    return Verdict("met", "Every job acts as an account that is made for it.", tuple(dict.fromkeys(proofs)))


def _runs(facts: PipelineFacts, unit: Unit) -> bool:
    return any(
        run.unit_results.get(unit.id) not in ("absent", "skipped")
        for scenario in facts.pipeline.scenarios
        for run in facts.runs(scenario).results
    )


def _judged(facts: PipelineFacts, unit: Unit, confined: bool) -> Verdict:
    scenario = facts.pipeline.scenarios[0]
    name = facts.moment(unit, scenario).hidden_text(unit.account) if unit.account is not None else ""
    place = unit.account.span if unit.account is not None else unit.span
    if HIDDEN in name:
        message = f"As whom {unit.title!r} acts is computed at run time."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "computed at run time"),))
    if name.strip() in _SHARED:
        message = f"{unit.title!r} acts as the default account, which every pod without an account of its own shares."
        return Verdict("unmet", message, (Evidence(place, "problem", "the default account"),))
    proofs = [Evidence(place, "proof", f"acts as {name}")]
    if confined:
        limits = unit.confinement
        if limits is None or limits.non_root is not True or limits.privileged or limits.escalation:
            where = limits.span if limits is not None else unit.span
            message = f"Nothing keeps the processes of {unit.title!r} from running as root."
            if limits is not None and limits.non_root is True:
                message = f"The processes of {unit.title!r} may get more rights than they start with."
            return Verdict("unmet", message, (Evidence(where, "problem", "not confined"),))
        proofs.append(Evidence(limits.span, "proof", "never as root"))
    return Verdict("met", "", tuple(proofs))
