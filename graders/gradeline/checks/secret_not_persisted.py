"""A secret ends with the step that uses it: nothing keeps it.

What it looks for
    No secret goes into an image, an artifact, a cache, a log, an output, or the environment of later
    steps.  Scripts of the repository are followed.  With ``where: images``: a build takes its secrets through
    mounts only.  With ``where: infrastructure``: a secret parameter is kept from being shown or from being kept, and
    so is each output made of something secret; a parameter has no secret default.
    With ``where: plans``: a saved plan of infrastructure is encrypted, or kept for a few days only, and no state is
    kept.

What does not count
    A secret as build argument, a file with credentials in an artifact or a cache (also one that a script
    wrote a secret into), tracing or printing the environment while secrets are in it, and handing a
    secret on through an output.  In a build file: arguments and variables that hold secrets, copying a file
    with credentials, and deleting such a file in a later layer.  For plans: a state in an artifact, a plan in a
    cache, and a plan that is shown as JSON.

How to repair
    Give image builds their secrets as build secrets, write credentials outside of what is uploaded, and
    bind the secret again where it is needed.

Parameters
    ``where``: ``pipelines``, ``images``, ``infrastructure`` or ``plans``; ``days`` is how long a plan that is not
    encrypted may be kept (7).  ``needed``: true when nothing works without a
    secret: a build that takes none in through a mount, or infrastructure without a parameter or a store for one, has
    to get it in another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gradeline.checks.contract import Check
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.secret_flow import secrets_of
from gradeline.facts.secret_persistence import Kept, kept_secrets
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="S4",
    family="secrets",
    params={"where": {"enum": ["pipelines", "images", "infrastructure", "plans"]}, "needed": {"type": "boolean"},
            "days": {"type": "integer", "minimum": 1}},
    reads=("pipelines", "images", "infrastructure"),
)


def run(
    case: Case, where: str = "pipelines", needed: bool = False, days: int = 7, pipelines: list[str] | None = None
) -> Verdict:
    if where == "plans":
        from gradeline.checks.support.kept_plans import kept_plans

        return kept_plans(case.select(pipelines), days, case.project.paths)
    if where == "images":
        return _images(case, needed, pipelines)
    if where == "infrastructure":
        from gradeline.checks.support.infrastructure_secrets import shown_secrets
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, shown_secrets(stacks, needed))
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    bad = _worst(kept for facts in chosen for kept in kept_secrets(facts))
    if bad is not None:
        return bad
    proofs = tuple(proof for facts in chosen for proof in _proofs(facts))
    return Verdict("met", "No secret outlives the step that uses it.", tuple(dict.fromkeys(proofs)))


def _images(case: Case, needed: bool, patterns: list[str] | None) -> Verdict:
    from gradeline.checks.support.explain import unseen
    from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
    from gradeline.facts.image_layers import installs
    from gradeline.facts.image_secrets import image_secrets, secret_mounts, used_secrets

    images = chosen_images(case, patterns)
    if not images:
        return NO_IMAGE
    bad = _worst(kept for facts in images for kept in image_secrets(facts))
    if bad is not None:
        return bad
    if needed:
        for facts in images:
            if next(used_secrets(facts), None) is None:
                first = next(installs(facts), None)
                span = facts.image.span if first is None else first.item.span
                place = Evidence(span, "problem", "fetches without a mounted secret")
                message = f"No command of `{facts.image.path}` gets the secret it needs through a mount."
                return guarded(images, next(unseen([facts.build]), None) or Verdict("unmet", message, (place,)))
    mounts = [Evidence(span, "proof", "a mount leaves nothing") for facts in images for span in secret_mounts(facts)]
    whole = [Evidence(facts.image.span, "proof", "no secret is used in here") for facts in images]
    return guarded(images, Verdict("met", "No secret stays in a layer of the image.", tuple(mounts or whole)))


def _worst(found: Iterable[Kept]) -> Verdict | None:
    uncertain: Kept | None = None
    for kept in found:
        if kept.certain:
            return _verdict("unmet", kept)
        uncertain = uncertain or kept
    return None if uncertain is None else _verdict("cannot_tell", uncertain)


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
