"""A security scan can stop the pipeline.

What it looks for
    A live step runs a scanner of the wanted kind, with arguments that let its findings fail the run.
    With ``exceptions``, each finding that this scanner is told to leave out is named by its id, and its entry says
    why and until when.  With ``before``, the scan stands before what it is to stop.

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
    linter that only knows the language is not enough.  ``paths``: folders that it must look at; a saved plan of what is
    in them is as good.  ``before``: a tool class; nothing of that class happens when the scan has failed.  ``high``:
    true when findings of high severity have to stop it, and not only the critical ones.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.checks.support.running import Fits, runs
from gradeline.facts.activities import Activity, Judgement
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.image_refs import looks_at_other
from gradeline.facts.saved_plans import plan_looked_at
from gradeline.facts.scan_limits import lets_high_pass
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
        "paths": WORDS,
        "before": WORDS,
        "high": {"type": "boolean"},
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
    paths: str | list[str] | None = None,
    before: str | list[str] | None = None,
    high: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    tool = kind if kind == "sast" else f"{kind}-scan"
    if exceptions:
        return _exceptions(chosen, tool, min)
    fits = _of(chosen) if kind == "image" else _judges if policy else None
    fits = _stops_high(tool, fits) if high else fits
    verdict = runs(chosen, (tool,), scenario=scenario, fits=fits) if not paths else _runs_on(
        chosen, tool, listed(paths), scenario, fits
    )
    if policy and verdict.status == "unmet":
        verdict = _nearer(chosen, tool, fits) or verdict
    if before is None or verdict.status != "met":
        return verdict
    return _stands_before(chosen, tool, listed(before), fits) or verdict


def _runs_on(
    chosen: tuple[PipelineFacts, ...], tool: str, paths: tuple[str, ...], scenario: str | None, fits: Fits | None
) -> Verdict:
    """The same for scans of certain folders, or of what was planned for them."""

    def fits_here(facts: PipelineFacts, item: Activity) -> Verdict | None:
        wrong = fits(facts, item) if fits is not None else None
        if wrong is not None or plan_looked_at(facts, item, paths):
            return wrong
        for path in paths:
            answer = facts.toolbox.does_work_on(item, (tool,), path)
            if answer.holds is not True and not _each_file(facts, item, tool, path):
                place = (Evidence(item.span, "problem", answer.reason),)
                return Judgement(answer.holds, answer.reason, place).verdict()
        return None

    return runs(chosen, (tool,), scenario=scenario, fits=fits_here)


def _each_file(facts: PipelineFacts, item: Activity, tool: str, path: str) -> bool:
    """Whether every file of infrastructure code right in a folder is looked at: ``conftest test *.tf``."""
    inside = f"{path.rstrip('/')}/"
    here = [one for one in facts.project.paths if one.startswith(inside) and "/" not in one[len(inside) :]]
    files = [one for one in here if one.endswith((".tf", ".tofu"))]
    return bool(files) and all(facts.toolbox.does_work_on(item, (tool,), one).holds is True for one in files)


def _stands_before(
    chosen: tuple[PipelineFacts, ...], tool: str, targets: tuple[str, ...], fits: Fits | None
) -> Verdict | None:
    """What gets past the scans, if anything does."""
    for facts in chosen:
        reached = tuple(facts.doing(*targets))
        if not reached:
            continue
        scans = tuple(item for item in facts.doing(tool) if fits is None or fits(facts, item) is None)
        after = {scenario.id for scenario in facts.scenarios("after")}
        if not scans and all(set(item.scenarios) <= after for item in reached):
            message = f"Whether the run before `{reached[0].text}` was stopped by the scan cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(reached[0].span, "problem", "runs after another run"),))
        if not scans:
            message = f"`{reached[0].text}` runs without such a scan before it."
            return Verdict("unmet", message, (Evidence(reached[0].span, "problem", "nothing scans before"),))
        judgement = facts.gated(reached, scans)
        if not judgement.holds:
            return judgement.verdict()
    return None


def _judges(_: PipelineFacts, item: Activity) -> Verdict | None:
    """What is wrong with a scan that only knows the language."""
    if not item.readings_of(["iac-lint"]):
        return None
    message = f"`{item.text}` finds mistakes of the language, and nothing that is open or unprotected."
    return Verdict("unmet", message, (Evidence(item.span, "problem", "knows no rules about security"),))


def _stops_high(tool: str, fits: Fits | None) -> Fits:
    """The same, and what is wrong with a scan that fails for critical findings only."""

    def fits_high(facts: PipelineFacts, item: Activity) -> Verdict | None:
        wrong = fits(facts, item) if fits is not None else None
        if wrong is not None:
            return wrong
        answers = [lets_high_pass(reading) for reading in item.readings_of([tool]) if reading.effect == "works"]
        if answers and all(answer is True for answer in answers):
            message = f"`{item.text}` lets findings of high severity pass."
            return Verdict("unmet", message, (Evidence(item.span, "problem", "only fails for the critical ones"),))
        if answers and False not in answers:
            message = f"From which severity on `{item.text}` fails is computed at run time."
            return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "computed at run time"),))
        return None

    return fits_high


def _nearer(chosen: tuple[PipelineFacts, ...], tool: str, fits: Fits | None) -> Verdict | None:
    """What is wrong with a scanner that is there, rather than with a linter that is no scanner."""
    for facts in chosen:
        for item in facts.activities:
            readings = item.readings_of([tool])
            if not readings or item.readings_of(["iac-lint"]):
                continue
            if all(reading.effect == "pretends" for reading in readings):
                place = (Evidence(item.span, "problem", readings[0].reason),)
                return Verdict("unmet", f"`{item.text}` cannot stop anything: {readings[0].reason}.", place)
            miss = fits(facts, item) if fits is not None else None
            if miss is not None:
                return miss
    return None


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
