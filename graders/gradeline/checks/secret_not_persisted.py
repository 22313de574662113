"""A secret ends with the step that uses it: nothing keeps it.

What it looks for
    No secret goes into an image, an artifact, a cache, a log, an output, or the environment of later
    steps.  Scripts of the repository are followed.

What does not count
    A secret as build argument, a file with credentials in an artifact or a cache (also one that a script
    wrote a secret into), tracing or printing the environment while secrets are in it, and handing a
    secret on through an output.

How to repair
    Give image builds their secrets as build secrets, write credentials outside of what is uploaded, and
    bind the secret again where it is needed.

Parameters
    None.
"""

from __future__ import annotations

from typing import Literal

from gradeline.checks.contract import Check
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.secret_flow import secrets_of
from gradeline.facts.secret_persistence import Kept, kept_secrets
from gradeline.result import Evidence, Verdict

CHECK = Check(code="S4", family="secrets")


def run(case: Case, pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    uncertain: Kept | None = None
    for facts in chosen:
        for kept in kept_secrets(facts):
            if kept.certain:
                return _verdict("unmet", kept)
            uncertain = uncertain or kept
    if uncertain is not None:
        return _verdict("cannot_tell", uncertain)
    proofs = tuple(proof for facts in chosen for proof in _proofs(facts))
    return Verdict("met", "No secret outlives the step that uses it.", tuple(dict.fromkeys(proofs)))


def _verdict(status: Literal["unmet", "cannot_tell"], kept: Kept) -> Verdict:
    evidence = [Evidence(kept.span, "problem", kept.sentence)]
    if kept.cause is not None:
        evidence.append(Evidence(kept.cause, "context", "the secret is written here"))
    return Verdict(status, f"{kept.sentence[:1].upper()}{kept.sentence[1:]}.", tuple(evidence))


def _proofs(facts: PipelineFacts) -> list[Evidence]:
    """Where secrets are bound; the whole pipeline when it uses none."""
    bound = [
        Evidence(variable.span, "proof", "used in its step and kept nowhere")
        for unit in facts.pipeline.units
        for step in unit.walk()
        for variable in step.env
        if secrets_of(variable.value)
    ]
    return bound or [Evidence(facts.pipeline.span, "proof", "no secret is kept by anything in here")]
