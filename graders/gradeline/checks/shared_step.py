"""Work that several pipelines need is a step of its own: used, strict about its callers, at a fixed version.

What it looks for
    A step that the repository defines for its pipelines does the work, and a run gets there.  It takes what it
    needs from its caller, and refuses a call that lacks something before the work begins; no call lacks anything or
    hands over what the step does not know.  The pipeline loads it at a version that stays the same, or the step lies
    beside the pipeline and has its version.

What does not count
    A step that no run uses, one that does something else, one that takes its settings from nowhere or works with
    whatever it is given, and one that is copied instead of loaded, also for a part of the work.  A branch, or no
    version at all, earns half: the step then changes under its users.

How to repair
    Move the work into the step, look at each argument first, and end the build with a message when one is missing.
    Release the step with a tag, and name that tag where it is loaded.

Parameters
    ``tool``: the class of the work that the step has to do.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.model.pipeline import Use
from gradeline.model.shared import SharedStep
from gradeline.result import Evidence, Verdict
from gradeline.source import Diagnostic

CHECK = Check(code="Q7", family="structure", params={"tool": WORDS}, required=("tool",))
_ORDER = ("unmet", "cannot_tell", "partial", "met")
# What readers say of a call that the platform refuses before anything runs.
_REFUSED = frozenset(
    {"unknown-input", "missing-input", "no-input-type", "unknown-secret", "missing-secret", "permission-not-passed"}
)
_LOOSE = {"branch": "a branch, which moves", "none": "no version", "short-sha": "a shortened hash"}


def run(case: Case, tool: str | list[str], pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
    classes = listed(tool)
    # What stands in a pipeline itself is shown before what it leads to.
    found = [(facts, item) for facts in chosen for item in sorted(facts.doing(*classes), key=_depth)]
    if not found:
        return absent(chosen, classes)
    steps = {step.path: step for step in case.project.shared}
    if not steps:
        item = found[0][1]
        return Verdict(
            "unmet",
            f"The repository defines no step that could be shared; `{item.text}` stands in the pipeline itself.",
            (Evidence(item.span, "problem", "not in a shared step"),),
        )
    called = [(facts, item, steps.get(_path(item, steps))) for facts, item in found if facts.pipeline.path not in steps]
    outside = next((item for _, item, step in called if step is None), None)
    if outside is not None or not called:
        item = outside if outside is not None else found[0][1]
        step = next(iter(steps.values()))
        return Verdict(
            "unmet",
            f"`{item.text}` does not run in a shared step, and {step.path} is not used for it.",
            (
                Evidence(item.span, "problem", "not in a shared step"),
                Evidence(step.span, "context", "could do it"),
            ),
        )
    verdicts = [_contract(step, item) or _loaded(case, facts, step, item) for facts, item, step in called if step]
    return min(verdicts, key=lambda verdict: _ORDER.index(verdict.status))


def _depth(item: Activity) -> int:
    return len(item.trail)


def _path(item: Activity, steps: dict[str, SharedStep]) -> str:
    """The file that the command, or a step around it, stands in."""
    around = [step.span.path for step in item.unit.walk() if any(inner.id == item.step.id for inner in step.walk())]
    spans = [item.span.path, item.step.span.path, *around, *(frame.span.path for frame in item.trail)]
    spans.append(item.unit.span.path)
    return next((path for path in spans if path in steps), "")


def _contract(step: SharedStep, item: Activity) -> Verdict | None:
    if not step.parameters:
        message = f"`{step.name}` takes nothing from its caller, so everybody gets the same."
        return Verdict("unmet", message, (Evidence(step.span, "problem", "has no parameters"),))
    if step.refuses is None:
        return Verdict(
            "unmet",
            f"`{step.name}` works with whatever it is given: nothing refuses a call that lacks something.",
            (Evidence(step.span, "problem", "looks at no argument"), Evidence(item.span, "context", "works with it")),
        )
    return None


def _loaded(case: Case, facts: PipelineFacts, step: SharedStep, item: Activity) -> Verdict:
    proofs = list(item.proof())
    if step.refuses is not None:
        proofs.append(Evidence(step.refuses, "proof", "refuses a call that lacks something"))
    if step.kept:
        wrong = next((said for said in facts.pipeline.diagnostics if said.code in _REFUSED and _concerns(said)), None)
        if wrong is not None and wrong.span is not None:
            place = Evidence(wrong.span, "problem", "refused")
            return Verdict("unmet", f"The call is refused: {wrong.message}", (place,))
        return Verdict("met", f"`{step.name}` does it, and refuses wrong calls.", tuple(proofs))
    libraries = [use for use in facts.pipeline.uses if use.subject == "include"]
    if not libraries:
        message = f"Nothing loads the library of `{step.name}` at a version."
        return Verdict("unmet", message, (Evidence(facts.pipeline.span, "problem", "loads no library"),))
    for use in libraries:
        firm = _version(case, use)
        place = Evidence(use.span, "problem", f"{use.name}@{use.version}" if use.version else use.name)
        if firm.kind == "computed":
            return Verdict("cannot_tell", f"The version of `{use.name}` is computed at run time.", (place,))
        if firm.kind in _LOOSE:
            return Verdict("partial", f"`{use.name}` is loaded from {_LOOSE[firm.kind]}.", (place,))
        proofs.append(Evidence(firm.span, "proof", f"loaded at {firm.version}"))
    return Verdict("met", f"`{step.name}` does it, refuses wrong calls, and stays the same.", tuple(proofs))


def _concerns(said: Diagnostic) -> bool:
    return said.severity == "error" and said.span is not None


def _version(case: Case, use: Use) -> Use:
    """The reference itself, or what the server says of a library that is loaded without a version."""
    if use.kind != "none":
        return use
    return next((known for known in case.project.controller.libraries if known.name == use.name), use)
