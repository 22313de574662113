"""Steps of a data pipeline are done again exactly when something they depend on has changed.

What it looks for
    The steps that only compute keep their results, and what they depend on is declared: the files they use, or a
    key made of what goes in.  Steps that fetch what is new, or change something outside, are never skipped.

    With ``complete``, a stage also declares every module of the repository that its program imports, and every file
    that its command names is a dependency, an output or a file of parameters.

What does not count
    A step that is said to run always, one without declared files, a key with a fixed text, and a file that the
    command uses but that is not declared: then an old result is taken although it is wrong.

How to repair
    Declare every file that a command reads, its own code too, or build the key from what goes in.  Switch the
    memory off for steps that look at the world.

Parameters
    ``tools``: the tool classes whose steps keep their results.  ``fresh``: those whose steps must not.
    ``complete``: true asks for everything that is read or written.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.step_memory import memory_of, stage_of, undeclared
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="K4",
    family="caching",
    params={"tools": WORDS, "fresh": WORDS, "complete": {"type": "boolean"}},
    required=("tools",),
)


def run(
    case: Case,
    tools: str | list[str],
    fresh: str | list[str] | None = None,
    complete: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    proofs: list[Evidence] = []
    for name in listed(tools):
        found = [(facts, item) for facts in chosen for item in facts.doing(name)]
        if not found:
            return absent(chosen, (name,))
        for facts, item in found:
            verdict = _kept(facts, item, complete)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    for facts in chosen:
        for item in facts.doing(*listed(fresh)) if fresh else ():
            verdict = _done_again(facts, item)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    return Verdict("met", "Steps are done again when something they depend on has changed.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip


def _kept(facts: PipelineFacts, item: Activity, complete: bool) -> Verdict:
    memory = memory_of(facts, item)
    if memory.switched_off == "always":
        message = f"{item.unit.title!r} is said to run always, although it only computes."
        return Verdict("unmet", message, (Evidence(memory.span, "problem", "never keeps its result"),))
    if not memory.kept:
        message = f"{item.unit.title!r} is done again every time: nothing keeps its result."
        return Verdict("unmet", message, (Evidence(memory.span, "problem", "keeps no result"),))
    if memory.missing:
        message = f"{item.unit.title!r} may take an old result that is wrong: {memory.missing}."
        return Verdict("unmet", message, (Evidence(memory.span, "problem", memory.missing),))
    missing = undeclared(facts, item) if complete else ""
    if missing:
        message = f"{item.unit.title!r} may take an old result that is wrong: {missing}."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "not declared"),))
    return Verdict("met", "", (Evidence(memory.span, "proof", "keeps its result as long as it is right"),))


def _done_again(facts: PipelineFacts, item: Activity) -> Verdict:
    memory = memory_of(facts, item)
    stage = stage_of(facts, item.unit)
    if not memory.kept:
        return Verdict("met", "", (Evidence(memory.span, "proof", "is done every time"),))
    kind = "this stage keeps its result" if stage is not None else "its result is kept"
    message = f"{item.unit.title!r} may be skipped although the world has changed: {kind}."
    return Verdict("unmet", message, (Evidence(memory.span, "problem", "may be skipped"),))
