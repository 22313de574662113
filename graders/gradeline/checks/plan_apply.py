"""What was planned and looked at is exactly what is then done to the infrastructure.

What it looks for
    Each command that changes infrastructure gets a plan that an earlier job of the same run saved: the same file,
    handed over, or the same change set.  It runs for the main branch only; a proposed change only plans.  A service
    that does this by itself counts.

What does not count
    A change without a saved plan, which plans anew when nobody looks any more; also right behind a plan.  A saved plan
    that another file is applied instead of, and one that does not reach the job.  A plan and its change in one job with
    nothing between earn half: the plan is the one that is done, but nobody can look at it.  A plan that ends with
    another status when there are changes, which then are never made.

How to repair
    Save the plan, keep it as an artifact, and let a later job apply that file.

Parameters
    ``only``: names of branches that may change something (``main``); ``tag`` for version tags.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, unseen
from gradeline.facts.approvals import asked_before
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.plan_apply import Move, fetched_elsewhere, fits, left_for, moves, reaches, service_file
from gradeline.facts.shell_records import ENDS
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(code="I3", family="iac", params={"only": WORDS})


def run(case: Case, only: str | list[str] = ("main",), pipelines: list[str] | None = None) -> Verdict:  # type: ignore[assignment]
    chosen = case.select(pipelines)
    found = {id(facts): moves(facts) for facts in chosen}
    changes = [(facts, one) for facts in chosen for one in found[id(facts)] if not one.plans]
    if not changes:
        return _service(case) or _nothing(chosen, [one for all_ in found.values() for one in all_])
    proofs: list[Evidence] = []
    half: Verdict | None = None
    unclear: Verdict | None = None
    for facts, change in changes:
        plans = [one for one in found[id(facts)] if one.plans]
        if change.family == "service" or _lasts(change):
            plans = [one for all_ in found.values() for one in all_ if one.plans]
        verdict = _wrong_event(facts, change, listed(only)) or _planned(facts, change, plans)
        if verdict.status == "unmet" and change.saved and not _wrong_event(facts, change, listed(only)):
            others = [(owner, one) for owner in chosen if owner is not facts for one in found[id(owner)] if one.plans]
            verdict = _from_another_run(facts, change, others) or verdict
        if verdict.status == "unmet":
            return verdict
        if verdict.status == "partial":
            half = half or verdict
        elif verdict.status == "cannot_tell":
            unclear = unclear or verdict
        proofs.extend(verdict.evidence)
    message = "What was planned is what is done, and a proposed change only plans."
    return unclear or half or Verdict("met", message, tuple(dict.fromkeys(proofs)))


def _service(case: Case) -> Verdict | None:
    """A service beside the pipeline that plans in the pull request and applies what was approved there."""
    path = service_file(case.project.paths)
    if not path:
        return None
    proof = (Evidence(Span(path, 1), "proof", "the service applies the plan of the pull request"),)
    return Verdict("met", "A service applies what was planned and approved.", proof)


def _nothing(chosen: tuple[PipelineFacts, ...], plans: list[Move]) -> Verdict:
    hidden = next(unseen(chosen), None)
    if hidden is not None:
        return hidden
    if plans:
        place = (Evidence(plans[0].item.span, "problem", "planned, and never done"),)
        return Verdict("unmet", "There is a plan, and nothing applies it.", place)
    return absent(chosen, ("deploy",))


def _wrong_event(facts: PipelineFacts, change: Move, only: tuple[str, ...]) -> Verdict | None:
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in change.item.scenarios or _allowed(scenario, only):
            continue
        if change.family == "service" and scenario.kind == "review":
            continue
        places = (Evidence(change.item.span, "problem", f"reached on {scenario.title}"),
                  Evidence(scenario.trigger.span, "context", f"starts on {scenario.title}"))  # fmt: skip
        return Verdict("unmet", f"`{change.item.text}` also runs on {scenario.title}.", places)
    return None


def _allowed(scenario: Scenario, only: tuple[str, ...]) -> bool:
    if scenario.kind in ("tag", "release"):
        return "tag" in only
    if scenario.kind in ("push", "manual", "schedule"):
        return scenario.branch is None or scenario.branch in only
    return scenario.kind != "review" and scenario.kind != "merge-queue" and not scenario.untrusted


def _planned(facts: PipelineFacts, change: Move, plans: list[Move]) -> Verdict:
    item = change.item
    if not change.saved:
        message = f"`{item.text}` makes a plan of its own at that moment, and nobody has seen it."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "takes no saved plan"),))
    mine = [plan for plan in plans if fits(plan, change, facts)]
    if not mine:
        return next(unseen([facts]), None) or _no_plan(change, plans)
    if change.family == "service":
        return Verdict("met", "", (*mine[0].item.proof("plans"), *item.proof("does what was planned")))
    near: Verdict | None = None
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        verdict = _in_scenario(facts, change, mine, scenario)
        if verdict.status == "unmet":
            return verdict
        near = verdict if near is None or verdict.status == "partial" else near
    assert near is not None
    return near


def _no_plan(change: Move, plans: list[Move]) -> Verdict:
    other = next((plan for plan in plans if plan.family == change.family), None)
    evidence = [Evidence(change.item.span, "problem", "nothing saved this plan")]
    if other is not None:
        said = "saves another one" if other.saved else "saves no plan"
        evidence.append(Evidence(other.item.span, "context", said))
    return Verdict("unmet", f"No job saves the plan that `{change.item.text}` applies.", tuple(evidence))


def _in_scenario(facts: PipelineFacts, change: Move, plans: list[Move], scenario: Scenario) -> Verdict:
    item = change.item
    lost: Verdict | None = None
    for plan in plans:
        if scenario.id not in plan.item.scenarios:
            continue
        if plan.item.unit.id == item.unit.id:
            proofs = (*plan.item.proof("saves the plan"), *item.proof("does what was planned"))
            if _paused(facts, plan, change):
                return Verdict("met", "", proofs)
            message = f"`{item.text}` follows its plan in the same job, so nobody can look at it before."
            return Verdict("partial", message, (Evidence(item.span, "problem", "nothing between plan and change"),
                                                Evidence(plan.item.span, "context", "planned here")))  # fmt: skip
        if plan.item.unit.id not in facts.simulator.ancestors.get(item.unit.id, frozenset()):
            message = f"{item.unit.title!r} does not wait for {plan.item.unit.title!r}, which makes the plan."
            lost = lost or Verdict("unmet", message, (Evidence(item.span, "problem", "may run before the plan"),
                                                      Evidence(plan.item.span, "context", "planned here")))  # fmt: skip
        elif not reaches(facts, plan, change, scenario):
            message = f"`{item.text}` works on a machine of its own, and nothing brings it the saved plan."
            lost = lost or Verdict("unmet", message, (Evidence(item.span, "problem", "the plan is not there"),
                                                      Evidence(plan.item.span, "context", "saved here")))  # fmt: skip
        elif _stopped_by_changes(facts, plan, change, scenario):
            message = f"`{plan.item.text}` ends with 2 when there are changes, and then `{item.text}` does not run."
            return Verdict("unmet", message, (Evidence(plan.item.span, "problem", "with changes the run ends here"),
                                              Evidence(item.span, "context", "not reached then")))  # fmt: skip
        else:
            return Verdict("met", "", (*plan.item.proof("saves the plan"), *item.proof("does what was planned")))
    if lost is None and _lasts(change):  # it was made by an earlier run, and is asked for by its name
        return Verdict("met", "", (*plans[0].item.proof("saves the plan"), *item.proof("does what was planned")))
    message = f"On {scenario.title}, `{item.text}` runs without a plan of that run."
    return lost or Verdict("unmet", message, (Evidence(item.span, "problem", "no plan in this run"),))


def _stopped_by_changes(facts: PipelineFacts, plan: Move, change: Move, scenario: Scenario) -> bool:
    """Whether a plan that tells about changes by its status keeps them from being made."""
    made = plan.item.invocation
    statuses = facts.toolbox.endings(made.words, dict(made.environment)) if made is not None else ()
    if not statuses:
        return False
    wanted = set(change.item.keys)
    for key in plan.item.keys:
        runs = [run for run in facts.runs(scenario, [f"{key}{ENDS}{statuses[-1]}"]).results if key in run.reached]
        if runs and not any(wanted & set(run.reached) for run in runs):
            return True
    return False


def _from_another_run(
    facts: PipelineFacts, change: Move, plans: list[tuple[PipelineFacts, Move]]
) -> Verdict | None:
    """The plan of another pipeline, whose files this one fetches: which run they are from is not in the files."""
    if change.family != "terraform" or not fetched_elsewhere(facts, change):
        return None
    for owner, plan in plans:
        if fits(plan, change) and left_for(owner, plan, facts, change):
            message = f"`{change.item.text}` takes a plan that another run has left. Which run that is cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(change.item.span, "problem", "a plan of another run"),
                                                    Evidence(plan.item.span, "context", "planned here")))  # fmt: skip
    return None


def _lasts(change: Move) -> bool:
    """Whether a change takes what an earlier run has left on the platform, by a name that is given to it."""
    return change.family == "cloudformation" and change.saved == HIDDEN


def _paused(facts: PipelineFacts, plan: Move, change: Move) -> bool:
    """Whether a person is asked between the two."""
    first, last = plan.item.span, change.item.span
    return any(
        approval.span.path == first.path and first.line <= approval.span.line <= last.line
        for approval in asked_before(facts, change.item)
    )
