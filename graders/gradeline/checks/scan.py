"""A security scan can stop the pipeline.

What it looks for
    A live step runs a scanner of the wanted kind, with arguments that let its findings fail the run.
    With ``exceptions``, each finding that this scanner is told to leave out is named by its id, and its entry says
    why and until when.

What does not count
    A scan that only reports, one whose findings are tolerated, one that runs only on another event, and
    one that looks only for harmless findings.  A scan of an image that the pipeline does not build, while it
    builds another.  An exception for a whole group of findings, one without a reason, one without an end, one
    whose end lies beyond the year 2100, and a list that no scan reads.

How to repair
    Give the scanner the option that turns findings into a failure, and run it on the event that matters.  Write
    exceptions into the scanner's list, in the form that takes a reason and a date.

Parameters
    ``kind``: ``secret``, ``image``, ``dependency``, ``sast`` or ``iac``.  ``scenario``: the event it must run on.
    ``exceptions``: true asks for the lists of exceptions instead; ``min`` is how many entries they have at least
    (0).  A statement that the product is not affected (VEX) needs a reason, but no end.  ``policy``: true when a
    linter that only knows the language is not enough.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, Check
from gradeline.checks.support.explain import absent
from gradeline.checks.support.running import Fits, runs
from gradeline.facts.case import Activity, Case, PipelineFacts
from gradeline.facts.image_refs import looks_at_other
from gradeline.facts.waivers import lacks, lists_of
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="G6",
    family="gates",
    params={
        "kind": {"enum": ["secret", "image", "dependency", "sast", "iac"]},
        "scenario": SCENARIO,
        "exceptions": {"type": "boolean"},
        "min": {"type": "integer", "minimum": 0},
        "policy": {"type": "boolean"},
    },
    required=("kind",),
    reads=("pipelines", "repository"),
)


def run(
    case: Case,
    kind: str,
    scenario: str | None = None,
    exceptions: bool = False,
    min: int = 0,
    policy: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    tool = kind if kind == "sast" else f"{kind}-scan"
    if exceptions:
        return _exceptions(chosen, tool, min)
    fits = _of(chosen) if kind == "image" else _judges if policy else None
    return runs(chosen, (tool,), scenario=scenario, fits=fits)


def _judges(_: PipelineFacts, item: Activity) -> Verdict | None:
    """What is wrong with a scan that only knows the language."""
    if not item.readings_of(["iac-lint"]):
        return None
    message = f"`{item.text}` finds mistakes of the language, and nothing that is open or unprotected."
    return Verdict("unmet", message, (Evidence(item.span, "problem", "knows no rules about security"),))


def _of(chosen: tuple[PipelineFacts, ...]) -> Fits:
    def fits(facts: PipelineFacts, item: Activity) -> Verdict | None:
        other = looks_at_other(chosen, facts, item)
        if other is None:
            return None
        scanned, built = other
        return Verdict(
            "unmet",
            f"`{item.text}` scans {scanned}, but the pipeline builds {built}.",
            (Evidence(item.span, "problem", "looks at another image"),),
        )

    return fits


def _exceptions(chosen: tuple[PipelineFacts, ...], tool: str, least: int) -> Verdict:
    # Whether the scan can stop anything is another question: its list is read either way.
    found = [(facts, facts.doing(tool, effect=None)) for facts in chosen]
    if not any(items for _, items in found):
        return absent(chosen, (tool,))
    lists = [known for facts, items in found if items for known in lists_of(facts, items)]
    for known in lists:
        for waiver in known.waivers:
            missing = lacks(waiver)
            if missing:
                name = f"The exception for {waiver.finding[:40]}" if waiver.finding else "An exception"
                problem = (Evidence(waiver.span, "problem", missing),)
                return Verdict("unmet", f"{name} does not hold: {missing}.", problem)
        if not known.used and known.waivers:
            problem = (Evidence(known.span, "problem", "no scan reads this list"),)
            return Verdict("unmet", f"No scan reads `{known.path}`, so its exceptions mean nothing.", problem)
    for known in lists:
        if known.problem:
            problem = (Evidence(known.span, "problem", known.problem),)
            return Verdict("cannot_tell", f"Not all exceptions can be seen: {known.problem}.", problem)
    waivers = [waiver for known in lists for waiver in known.waivers]
    items = [item for _, some in found for item in some]
    if len(waivers) < least:
        message = f"There are {len(waivers)} exceptions where at least {least} are needed."
        return Verdict("unmet", message, (Evidence(items[0].span, "problem", "reads too short a list"),))
    proofs = tuple(Evidence(waiver.span, "proof", f"{waiver.finding}: says why and until when") for waiver in waivers)
    if not proofs:
        return Verdict("met", "The scan leaves no finding out.", tuple(e for item in items for e in item.proof()))
    return Verdict("met", "Every exception says why and until when.", proofs)
