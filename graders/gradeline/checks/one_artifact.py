"""What was tested and scanned is the very thing that is published.

What it looks for
    In every run that publishes, the image or package is built once.  The published name leads back to
    that build and to what the scanner looked at, through tags, copies, archives and artifacts.
    With ``environments``: each of them gets the same image in one run: the digest that the run was given, that one
    job found out, that runs in the environment before, or that the files of the commit name.

What does not count
    A second build for publishing, a scan of another image or of a name that nobody built, and a job that
    publishes without getting anything from the job that built.  A second build by the same job from the
    same sources earns half: its layer cache makes it likely, not certain, that the result is the same.  For
    environments: a name that is looked up again for each of them, a name that moves, and different settings.

How to repair
    Build once, hand the result on as an artifact or by its digest, and publish that.

Parameters
    ``kind``: ``image`` (default) or ``package``.  ``environments``: the environments that have to get the same image,
    first to last; ``targets``: for an environment, other names by which a command says that it means it.
    ``elsewhere``: true when the pipeline that deploys may not build an image itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts import promotion
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.single_build import judge
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F9",
    family="flow",
    params={
        "kind": {"enum": ["image", "package"]},
        "environments": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "targets": {"type": "object", "additionalProperties": WORDS},
        "elsewhere": {"type": "boolean"},
    },
)
_ORDER: tuple[Literal["unmet", "cannot_tell", "partial"], ...] = ("unmet", "cannot_tell", "partial")


def run(
    case: Case,
    kind: str = "image",
    environments: list[str] | None = None,
    targets: dict[str, str | list[str]] | None = None,
    elsewhere: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if environments:
        return _promoted(chosen, tuple(environments), targets or {}, elsewhere)
    findings = [finding for facts in chosen for finding in judge(facts, "image" if kind == "image" else "package")]
    if not findings:
        return absent(chosen, ("push-image",) if kind == "image" else ("publish",))
    for status in _ORDER:
        for finding in findings:
            if finding.status == status:
                sentence = f"{finding.sentence[:1].upper()}{finding.sentence[1:]}."
                return Verdict(status, sentence, finding.evidence)
    proofs: list[Evidence] = [proof for finding in findings for proof in finding.evidence]
    return Verdict("met", f"The {kind} is built once, and that is what is published.", tuple(dict.fromkeys(proofs)))


def _promoted(
    chosen: tuple[PipelineFacts, ...],
    environments: tuple[str, ...],
    targets: Mapping[str, str | list[str]],
    elsewhere: bool,
) -> Verdict:
    names = {name: listed(targets.get(name)) for name in environments}
    findings = [finding for facts in chosen for finding in promotion.judge(facts, environments, names)]
    if not findings:
        verdict = absent(chosen, ("deploy",))
        if chosen and any(facts.doing("deploy") for facts in chosen):
            first = next(item for facts in chosen for item in facts.doing("deploy"))
            sentence = f"No run deploys to all of {', '.join(environments)}."
            verdict = Verdict("unmet", sentence, (Evidence(first.span, "problem", "does not go to all of them"),))
        return verdict
    for build in (item for facts in chosen for item in facts.doing("build-image") if elsewhere):
        sentence = f"`{build.text}` builds an image where only what was built before may be deployed."
        return Verdict("unmet", sentence, (Evidence(build.span, "problem", "builds once more"),))
    for status in _ORDER:
        for finding in findings:
            if finding.status == status:
                return Verdict(finding.status, finding.sentence, finding.evidence)
    return Verdict("met", findings[0].sentence, findings[0].evidence)
