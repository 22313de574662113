"""A command of a kind really runs, and its failure stops the run.

What it looks for
    A live step that starts a tool of the wanted class with arguments that make it do its work, on
    the wanted paths, in a way that lets its failure fail the pipeline.  The tool may be wrapped: a
    task runner, a script of the repository, a container, a package runner and a shared action of the
    repository are followed to the command that runs in the end.

What does not count
    Words that are only printed or commented out, a help or dry-run option, an option that turns
    failure off, a path that does not exist, a selection that selects nothing, a step that no event
    reaches, and a step or job whose failure is tolerated or lost in the shell.

How to repair
    Run the tool itself in a step of its own, without anything behind it that hides its exit status.

Parameters
    ``tool``: a tool class or a list of which any counts.  ``paths``: folders that must all be covered.
    ``scenario``: count only commands that run on this kind of event.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.facts.case import Activity, Case, Judgement, PipelineFacts
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F1",
    family="flow",
    params={"tool": WORDS, "paths": WORDS, "scenario": SCENARIO},
    required=("tool",),
)


def run(
    case: Case,
    tool: str | list[str],
    paths: list[str] | None = None,
    scenario: str | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    classes = listed(tool)
    chosen = case.select(pipelines)
    candidates = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    in_time = [(facts, item) for facts, item in candidates if _on(facts, item, scenario)]
    if not candidates:
        return absent(chosen, classes)
    if not in_time:
        item = candidates[0][1]
        return Verdict(
            "unmet",
            f"`{item.text}` does not run on the event that needs it ({scenario}).",
            (Evidence(item.span, "problem", "runs only on other events"),),
        )
    proofs: list[Evidence] = []
    for path in listed(paths) or ("",):
        verdict = _covered(in_time, classes, path, scenario)
        if verdict.status != "met":
            return verdict
        proofs.extend(item for item in verdict.evidence if item not in proofs)
    return Verdict("met", f"The pipeline runs {noun(classes)}, and a failure stops it.", tuple(proofs))


def _on(facts: PipelineFacts, item: Activity, scenario: str | None) -> bool:
    if scenario is None:
        return True
    return any(known.id in item.scenarios for known in facts.scenarios(scenario))


def _covered(
    candidates: list[tuple[PipelineFacts, Activity]], classes: tuple[str, ...], path: str, scenario: str | None
) -> Verdict:
    """The verdict for one path: the first candidate that covers it and blocks, or the best reason.

    A candidate that may do so leaves the question open, whatever the others lack.
    """
    problem: Verdict | None = None
    unclear: Verdict | None = None
    for facts, item in candidates:
        answer = facts.toolbox.does_work_on(item, classes, path)
        if answer.holds is not True:
            reason = (Evidence(item.span, "problem", answer.reason),)
            missed = Judgement(answer.holds, answer.reason, reason).verdict()
            problem = problem or missed
            unclear = unclear or (missed if answer.holds is None else None)
            continue
        judgement = facts.blocking(item)
        if judgement.holds:
            judgement = facts.doubt(item, facts.scenarios(*listed(scenario))) or judgement
        if judgement.holds:
            return Verdict("met", "", item.proof())
        problem = judgement.verdict()  # right but not blocking is a nearer miss than a wrong path
        unclear = unclear or (problem if judgement.holds is None else None)
    assert problem is not None
    return unclear or problem
