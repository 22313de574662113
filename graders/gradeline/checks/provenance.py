"""What is published carries a proof of where it comes from.

What it looks for
    Part ``sign``: every run that publishes an image signs it, or attests to how it was made, and names it by its
    digest; the job that signs has the rights that it needs, and the other jobs do not.  Part ``sbom``: the
    run lists what the image consists of.  Part ``verify``: nothing is deployed before a signature was checked
    against the identity that has to have made it.

What does not count
    A signature over a tag, over a digest that is written into the file, or over another image; one whose
    failure is tolerated, or whose job lacks a right, so that it fails; a check that accepts everybody's
    signature.  A record of how the image was made that nobody signed earns half.

How to repair
    Hand the digest that the build gives to the step that signs, and give that job alone the right to an
    identity token.

Parameters
    ``parts``: which of ``sign``, ``sbom``, ``verify`` and ``admission``; the first two by default.  ``admission``: a
    policy of the cluster refuses images that are not signed by whom it names.  ``target``: the tool class
    that ``verify`` has to come before, ``deploy`` by default.  ``changes``: instead, ``verify`` has to come before what
    sends a change of the folders of these environments to Git; ``targets``: other names by which a command says that it
    means one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.facts import provenance
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="G8",
    family="gates",
    params={
        "parts": {"type": "array", "items": {"enum": ["sign", "sbom", "verify", "admission"]}, "minItems": 1},
        "target": WORDS,
        "changes": WORDS,
        "targets": {"type": "object", "additionalProperties": WORDS},
    },
    reads=("pipelines", "manifests"),
)


def run(
    case: Case,
    parts: list[str] | None = None,
    target: str | list[str] | None = None,
    changes: str | list[str] | None = None,
    targets: dict[str, str | list[str]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    proofs: list[Evidence] = []
    half: Verdict | None = None
    unclear: Verdict | None = None
    for part in parts or ("sbom", "sign"):
        if part == "admission":
            from gradeline.checks.support.admission import admitted

            verdict = admitted(case, pipelines)
        elif part == "sign":
            verdict = _signed(chosen)
        elif part == "sbom":
            verdict = _best(list(provenance.listed(chosen))) or absent(chosen, ("sbom",))
        else:
            verdict = _verified(chosen, listed(target) or ("deploy",), listed(changes), targets or {})
        if verdict.status == "unmet":
            return verdict
        half = half or (verdict if verdict.status == "partial" else None)
        unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
        proofs.extend(verdict.evidence)
    return unclear or half or Verdict(
        "met", "Who made it, and what is in it, can be proved.", tuple(dict.fromkeys(proofs))
    )  # fmt: skip


def _signed(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    verdicts = list(provenance.signed(chosen))
    if verdicts:
        return _worst(verdicts)
    recorded = [(facts, item) for facts in chosen for item in facts.doing("provenance")]
    nothing = absent(chosen, ("sign",))
    if not recorded or nothing.status == "cannot_tell":
        return nothing
    facts, item = recorded[0]
    judgement = facts.blocking(item)
    if not judgement.holds:
        return judgement.verdict()
    return Verdict(
        "partial",
        f"`{item.text}` records how the image is made, but nobody signs that record.",
        (Evidence(item.span, "problem", "recorded, not signed"),),
    )


def _best(verdicts: list[Verdict]) -> Verdict | None:
    for status in ("met", "cannot_tell", "unmet"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    return None


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    found = list(verdicts)
    for status in ("unmet", "cannot_tell"):
        for verdict in found:
            if verdict.status == status:
                return verdict
    return Verdict("met", "", tuple(item for verdict in found for item in verdict.evidence))


def _targets(
    facts: PipelineFacts, target: tuple[str, ...], changes: tuple[str, ...], names: Mapping[str, str | list[str]]
) -> tuple[Activity, ...]:
    """What may only happen after a signature was checked."""
    if not changes:
        return facts.doing(*target)
    from gradeline.facts import git_changes

    said = {name: listed(names.get(name)) for name in changes}
    found = (one for name in changes for one in git_changes.changes(facts, name, said))
    return tuple(one.item for one in found if not one.back)


def _verified(
    chosen: tuple[PipelineFacts, ...],
    target: tuple[str, ...],
    changes: tuple[str, ...],
    names: Mapping[str, str | list[str]],
) -> Verdict:
    proofs: list[Evidence] = []
    seen = False
    for facts in chosen:
        targets = _targets(facts, target, changes, names)
        if not targets:
            continue
        seen = True
        gates = facts.doing("verify")
        if not gates:
            missing = absent([facts], ("verify",))
            if any(item.role == "problem" for item in missing.evidence):
                return missing
            message = f"{missing.message} So `{targets[0].text}` takes whatever is there."
            return Verdict(missing.status, message, (Evidence(targets[0].span, "problem", "takes it unseen"),))
        problem = _best([provenance.named_well(facts, gate, ("verify",), "verifies") or _MET for gate in gates])
        if problem is not None and problem.status != "met":
            return problem
        judgement = facts.gated(targets, gates)
        if not judgement.holds:
            return judgement.verdict()
        proofs.extend(proof for gate in gates for proof in gate.proof())
    if not seen:
        return absent(chosen, target) if not changes else Verdict("unmet", "No pipeline changes what has to run.")
    return Verdict("met", f"Nothing reaches {noun(target)} unverified.", tuple(proofs))


_MET = Verdict("met", "")
