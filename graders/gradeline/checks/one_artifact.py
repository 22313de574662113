"""What was tested and scanned is the very thing that is published.

What it looks for
    In every run that publishes, the image or package is built once.  The published name leads back to
    that build and to what the scanner looked at, through tags, copies, archives and artifacts.

What does not count
    A second build for publishing, a scan of another image or of a name that nobody built, and a job that
    publishes without getting anything from the job that built.  A second build by the same job from the
    same sources earns half: its layer cache makes it likely, not certain, that the result is the same.

How to repair
    Build once, hand the result on as an artifact or by its digest, and publish that.

Parameters
    ``kind``: ``image`` (default) or ``package``.
"""

from __future__ import annotations

from typing import Literal

from gradeline.checks.contract import Check
from gradeline.checks.support.explain import absent
from gradeline.facts.case import Case
from gradeline.facts.single_build import judge
from gradeline.result import Evidence, Verdict

CHECK = Check(code="F9", family="flow", params={"kind": {"enum": ["image", "package"]}})
_ORDER: tuple[Literal["unmet", "cannot_tell", "partial"], ...] = ("unmet", "cannot_tell", "partial")


def run(case: Case, kind: str = "image", pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
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
