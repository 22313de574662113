"""The failure of a command fails the pipeline, in every leg that matters.

What it looks for
    When a command of the wanted class fails, the run must fail too.  In a matrix this is asked leg by
    leg.  A leg may be allowed to fail only when it is an experiment: the leg with the version that
    runs in production must never be.  With ``of: tasks``: no task of a play hides its failure.

What does not count
    Tolerance for the whole job, an exit status lost in the shell, and, where the exercise asks for
    it, a matrix that leaves the choice between "stop the other legs" and "let them finish" unsaid.  For tasks:
    ignored errors, a condition that is never true, and a rescue that goes on as if nothing had happened.

How to repair
    Remove the tolerance from the leg that runs in production, and say how the matrix treats failures.

Parameters
    ``tool``: the tool class of the commands.  ``fail_fast``: ``explicit`` demands that the matrix states its choice.
    ``of``: ``commands`` of pipelines (the default), or ``tasks`` of plays.
    ``production``: ``{of: python, include: kit}`` names the version that must never be tolerated.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.checks.support.versions import leg_version, production_version, same_version
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F2",
    family="flow",
    params={
        "tool": WORDS,
        "fail_fast": {"enum": ["explicit"]},
        "production": {"type": "object"},
        "of": {"enum": ["commands", "tasks"]},
    },
    reads=("pipelines", "playbooks"),
)


def run(
    case: Case,
    tool: str | list[str] | None = None,
    fail_fast: str | None = None,
    production: Mapping[str, str] | None = None,
    of: str = "commands",
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "tasks":
        return _tasks(case, pipelines)
    classes = listed(tool)
    chosen = case.select(pipelines)
    found = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    proofs: list[Evidence] = []
    unsaid = _unsaid([item for _, item in found]) if fail_fast else None
    if unsaid is not None:
        return unsaid
    for facts, item in found:
        # The command may name its leg: then each leg has a command of its own.
        legs = [other for owner, other in found if owner is facts and other.unit is item.unit]
        problem = _tolerated(case, facts, item, legs, production)
        if problem is not None:
            return problem
        proofs.extend(item.proof())
        if item.unit.matrix is not None and item.unit.matrix.fail_fast_span is not None:
            proofs.append(Evidence(item.unit.matrix.fail_fast_span, "proof", "the matrix says how it treats failures"))
    return Verdict("met", f"A failure of {noun(classes)} fails the run.", tuple(dict.fromkeys(proofs)))


def _tasks(case: Case, patterns: list[str] | None) -> Verdict:
    from gradeline.checks.support.plays import NO_PLAY, judged
    from gradeline.facts.playbooks import chosen, live, tolerated

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = [one for play in plays for one in tolerated(play)]
    places = [task.span for play in plays for task, _ in live(play)]
    return judged(case.project.playbooks, plays, found, "A task that fails stops its play.", places)


def _tolerated(
    case: Case, facts: PipelineFacts, item: Activity, legs: list[Activity], production: Mapping[str, str] | None
) -> Verdict | None:
    """What is wrong with a command whose failure is tolerated.  ``legs`` are the commands of the same job."""
    several = len({place.leg for other in legs for place in other.places}) > 1
    language = production.get("of", "python") if production else None
    wanted = production_version(case, language) if language else None
    tolerated_somewhere = False
    for place, key in ((place, key) for place in item.places for key in item.keys if key.startswith(place.key)):
        judgement = facts.blocking(item, [key])
        if judgement.holds:
            continue
        version = leg_version(facts, item, place.leg, language) if language else None
        experimental = version is not None and wanted is not None and not same_version(version, wanted)
        if experimental and several and judgement.holds is False:
            tolerated_somewhere = True
            continue
        return judgement.verdict()
    if tolerated_somewhere and all(facts.blocking(other, [key]).holds is False for other in legs for key in other.keys):
        return Verdict(
            "unmet",
            "Every leg of the matrix is allowed to fail.",
            (Evidence(item.unit.tolerate_span or item.unit.span, "problem", "tolerated in every leg"),),
        )
    return None


def _unsaid(found: list[Activity]) -> Verdict | None:
    """What is wrong when matrices have to state their choice; a job beside them without legs has none to state."""
    matrices = [item.unit.matrix for item in found if item.unit.matrix is not None]
    if not matrices:
        unit = found[0].unit
        return Verdict(
            "unmet",
            f"The job {unit.title!r} has no matrix, so it says nothing about its legs.",
            (Evidence(unit.span, "problem", "no matrix here"),),
        )
    open_ = next((matrix for matrix in matrices if matrix.fail_fast_span is None), None)
    if open_ is not None:
        return Verdict(
            "unmet",
            "The matrix does not say whether one failed leg stops the others.",
            (Evidence(open_.span, "problem", "the choice is left to the default"),),
        )
    return None
