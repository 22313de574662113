"""The image that is shipped runs as an ordinary user and carries only what it needs.

What it looks for
    Part ``nonroot``: the last user of the shipped image is not root; what it inherits from its base image
    counts.  Part ``minimal``: the shipped image starts from a small base, gets what others stages made, and
    holds no compilers.

What does not count
    A user that is set in a builder only, root at the end, a user with the number 0, and one that nothing
    adds to the image.  A final stage that starts from the builder, a full base image, build tools that stay,
    and copying the whole folder into it.  One small stage that does everything earns half.

How to repair
    Make things in one stage and copy them into a small one.  Set the user after the last command that needs
    to be root, by its number.

Parameters
    ``part``: ``nonroot``, ``minimal`` or ``confined``: every container that manifests start is an ordinary user,
    cannot gain rights, and has given up those it does not need.  ``numbered``: true when the number of the user must
    be known, as some platforms demand; a name alone then earns half.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
from gradeline.facts.case import Case
from gradeline.facts.image_user import burdens, owner
from gradeline.facts.images import ImageFacts
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="Q3",
    family="structure",
    params={"part": {"enum": ["nonroot", "minimal", "confined"]}, "numbered": {"type": "boolean"}},
    required=("part",),
    reads=("images", "manifests"),
)


def run(case: Case, part: str, numbered: bool = False, pipelines: list[str] | None = None) -> Verdict:
    if part == "confined":
        from gradeline.checks.support.confined import confined

        return confined(case, pipelines)
    images = chosen_images(case, pipelines)
    if not images:
        return NO_IMAGE
    verdicts = [_nonroot(facts, numbered) if part == "nonroot" else _minimal(facts) for facts in images]
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in verdicts:
            if verdict.status == status:
                return guarded(images, verdict)
    proofs = tuple(item for verdict in verdicts for item in verdict.evidence)
    return guarded(images, Verdict("met", verdicts[0].message, proofs))


def _nonroot(facts: ImageFacts, numbered: bool) -> Verdict:
    found = owner(facts)
    if found is None:
        return Verdict(
            "unmet", f"`{facts.image.path}` has no stage.", (Evidence(facts.image.span, "problem", "no FROM"),)
        )
    problem = (Evidence(found.span, "problem", found.reason or f"runs as {found.shown}"),)
    if found.root is None:
        return Verdict("cannot_tell", f"Who the image runs as cannot be seen: {found.reason}.", problem)
    if found.root:
        message = f"The image cannot run as `{found.shown}`: {found.reason}." if found.reason else ""
        return Verdict("unmet", message or f"The image runs as {found.shown}.", problem)
    if numbered and not found.numbered:
        message = f"The image runs as `{found.shown}`, but the number of that user stands nowhere."
        return Verdict("partial", message, problem)
    return Verdict(
        "met", "The image runs as an ordinary user.", (Evidence(found.span, "proof", f"runs as {found.shown}"),)
    )


def _minimal(facts: ImageFacts) -> Verdict:
    found = list(burdens(facts))
    for item in found:
        if item.kind in ("full-base", "build-tools", "whole-context"):
            message = f"{item.sentence[:1].upper()}{item.sentence[1:]}."
            return Verdict("unmet", message, (Evidence(item.span, "problem", item.sentence),))
    for item in found:
        if item.kind == "unknown-base":
            message = f"How large the image is cannot be seen: {item.sentence}."
            return Verdict("cannot_tell", message, (Evidence(item.span, "problem", item.sentence),))
    for item in found:
        message = "There is one stage only: what made the image stays in it."
        return Verdict("partial", message, (Evidence(item.span, "problem", item.sentence),))
    stage = facts.shipped
    place = stage.span if stage is not None else facts.image.span
    return Verdict("met", "The shipped image holds only what it needs.", (Evidence(place, "proof", "a small base"),))
