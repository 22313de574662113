"""A person decides before anything reaches production.

What it looks for
    The job that publishes or deploys is tied to the protected environment (its rules live on the
    platform, so only the tie can be seen), or a pause that waits for a person stands in every way to it, or a job that
    does nothing but wait in that environment.
    It runs only for a version tag or the main branch.  With ``asks``, the pipeline itself stops until a
    person lets it go on: at the job, or at a job or step it waits for.

What does not count
    The environment on another job that works, a pause beside the way or one that ends by itself, and a job that also
    runs for other branches or for proposed changes.  For ``asks``, a question that nobody has to answer
    because the run goes on and passes without it.  With ``named`` a pause that anybody may end, with
    ``limited`` one that may last for ever, with ``free`` one that keeps a machine busy meanwhile.

How to repair
    Put the environment on the job that does the work, and limit the events that reach it.  Say who may answer
    and for how long the run waits, and let it wait without a machine.

Parameters
    ``environment``: its name; without it only a pause counts.  ``tools``: the classes that need it.
    ``only``: ``tag`` and branch names.  ``asks``: true demands that the files themselves hold the question.
    ``named``, ``limited``, ``free``: true asks it of the pause.  ``into``: only what works on this environment;
    ``unsaid``: true when what says no environment counts as well.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.approvals import asked_before, question_before
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import goes_to
from gradeline.model.effects import Approval
from gradeline.model.pipeline import Scenario, Unit
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="G5",
    family="gates",
    params={
        "environment": {"type": "string"},
        "tools": WORDS,
        "only": WORDS,
        "asks": {"type": "boolean"},
        "named": {"type": "boolean"},
        "limited": {"type": "boolean"},
        "free": {"type": "boolean"},
        "into": {"type": "string"},
        "unsaid": {"type": "boolean"},
    },
    required=("tools",),
)


def run(
    case: Case,
    tools: list[str],
    environment: str | None = None,
    only: list[str] | None = None,
    asks: bool = False,
    named: bool = False,
    limited: bool = False,
    free: bool = False,
    into: str = "",
    unsaid: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    found = [(facts, item) for facts in chosen for item in facts.doing(*listed(tools))]
    if into:
        everything = found
        found = [(facts, item) for facts, item in everything if goes_to(facts, item, into, {}) is not False]
        # What says nothing about where it goes is what should say it.
        silent = [(facts, item) for facts, item in everything if item.unit.environment is None]
        found = [*found, *(one for one in silent if one not in found)] if unsaid else found or silent
        if everything and not found:
            elsewhere = Evidence(everything[0][1].span, "problem", "goes somewhere else")
            return Verdict("unmet", f"Nothing is deployed to {into!r}.", (elsewhere,))
    if not found:
        return absent(chosen, listed(tools))
    proofs: list[Evidence] = []
    for facts, item in found:
        paused = asked_before(facts, item)
        wished = _wished(item, paused, (named, limited, free)) if paused else None
        tied = None if paused and not asks else _tied(facts, item, environment)
        problem = wished or tied or _limited(facts, item, listed(only))
        if problem is not None:
            return problem
        good = [approval for approval in paused if not _fault(approval, (named, limited, free))]
        proofs.extend(Evidence(approval.span, "proof", f"`{item.text}` waits for a person") for approval in good)
        if asks:
            question = _asked(facts, item)
            if question.status != "met":
                return question
            proofs.extend(question.evidence)
        if item.unit.environment is None and environment is not None and not paused:
            proofs.extend(Evidence(unit.span, "proof", f"`{item.text}` waits for this job, and it for {environment!r}")
                          for unit in _doors(facts, item, environment))  # fmt: skip
        if item.unit.environment is not None and environment is not None:
            proofs.append(Evidence(item.unit.environment.span, "proof", f"`{item.text}` waits for {environment!r}"))
    named_one = environment is not None and any(item.unit.environment for _, item in found)
    waits = f"the environment {environment!r}" if named_one else "a person"
    return Verdict("met", f"Publishing waits for {waits}.", tuple(dict.fromkeys(proofs)))


def _wished(item: Activity, paused: tuple[Approval, ...], wishes: tuple[bool, bool, bool]) -> Verdict | None:
    """What is wrong with every pause before the activity; None when one of them is as it should be."""
    faults = [_fault(approval, wishes) for approval in paused]
    if not all(faults):
        return None
    return Verdict(
        "unmet",
        f"`{item.text}` waits for a person, but {faults[0]}.",
        (Evidence(paused[0].span, "problem", faults[0]), Evidence(item.span, "context", "waits for it")),
    )


def _fault(approval: Approval, wishes: tuple[bool, bool, bool]) -> str:
    named, limited, free = wishes
    if named and not approval.people:
        return "anybody may answer"
    if limited and approval.limit is None:
        return "the waiting may last for ever"
    return "a machine is kept busy meanwhile" if free and approval.holds_runner else ""


def _tied(facts: PipelineFacts, item: Activity, environment: str | None) -> Verdict | None:
    declared = item.unit.environment
    if declared is None:
        hidden = next((unit for unit in facts.pipeline.units if unit.opaque is not None), None)
        if hidden is not None and hidden.opaque is not None and _before(facts, hidden.id, item):
            return Verdict(
                "cannot_tell",
                f"Whether {hidden.title!r} asks a person cannot be seen: {hidden.opaque.reason}.",
                (Evidence(hidden.opaque.span, "problem", hidden.opaque.reason),),
            )
        step = next((other for other in facts.activities if other.step.opaque and _may_ask(facts, other, item)), None)
        if step is not None:
            return Verdict(
                "cannot_tell",
                f"Whether `{step.text}` asks a person cannot be seen: {step.opaque}.",
                (Evidence(step.span, "problem", step.opaque),),
            )
        if environment is not None and _doors(facts, item, environment):
            return None
        elsewhere = next((unit for unit in facts.pipeline.units if unit.environment is not None), None)
        evidence = [
            Evidence(item.unit.span, "problem", "nobody is asked before this job"),
            Evidence(item.span, "context", item.text),
        ]
        if elsewhere is not None and elsewhere.environment is not None:
            evidence.append(Evidence(elsewhere.environment.span, "context", f"only {elsewhere.title!r} has one"))
        return Verdict(
            "unmet", f"Before `{item.text}` runs, nobody is asked.", tuple(evidence)
        )
    legs = tuple(dict.fromkeys(place.leg for place in item.places if place.unit == item.unit.id)) or (0,)
    for scenario in facts.pipeline.scenarios:
        for leg in legs if scenario.id in item.scenarios else ():
            name = facts.moment(item.unit, scenario, leg).text(declared.name)
            if name is None:
                return Verdict(
                    "cannot_tell",
                    f"The environment of {item.unit.title!r} is computed at run time.",
                    (Evidence(declared.span, "problem", "computed at run time"),),
                )
            if environment is not None and name.lower() != environment.lower():
                return Verdict(
                    "unmet",
                    f"`{item.text}` runs in the environment {name!r}, not in {environment!r}.",
                    (Evidence(declared.span, "problem", f"environment {name!r}"),),
                )
    return None


def _doors(facts: PipelineFacts, item: Activity, environment: str) -> tuple[Unit, ...]:
    """Jobs that do nothing but wait in the environment, and without which the activity is never reached."""
    doors: list[Unit] = []
    for unit in facts.pipeline.units:
        declared = unit.environment
        if declared is None or unit.id not in facts.simulator.ancestors.get(item.unit.id, frozenset()):
            continue
        works = any(one.readings for one in facts.activities if one.unit.id == unit.id) or unit.opaque is not None
        names = {facts.moment(unit, scenario).text(declared.name) for scenario in facts.pipeline.scenarios
                 if scenario.id in item.scenarios}  # fmt: skip
        if not works and {(name or "").lower() for name in names} == {environment.lower()}:
            doors.append(unit)
    for scenario in facts.pipeline.scenarios if doors else ():
        if scenario.id in item.scenarios:
            worlds = facts.runs(scenario, [f"failure:{unit.id}" for unit in doors])
            if not worlds.complete or any(key in run.reached for run in worlds.results for key in item.keys):
                return ()
    return tuple(doors)


def _may_ask(facts: PipelineFacts, step: Activity, item: Activity) -> bool:
    """Whether a step that cannot be seen comes before the activity."""
    if step.unit.id != item.unit.id:
        return _before(facts, step.unit.id, item)
    order = [known.id for known in item.unit.walk()]
    return order.index(step.step.id) < order.index(item.step.id)


def _before(facts: PipelineFacts, unit_id: str, item: Activity) -> bool:
    return unit_id in facts.simulator.ancestors.get(item.unit.id, frozenset())


def _asked(facts: PipelineFacts, item: Activity) -> Verdict:
    """Whether each run that reaches the activity has waited for a person before."""
    proofs: list[Evidence] = []
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        question = question_before(facts, item, scenario)
        if question.approval is not None and question.certain:
            proofs.append(Evidence(question.approval.span, "proof", "the run waits here for a person"))
            continue
        if question.approval is None:
            return Verdict(
                "unmet",
                f"On {scenario.title}, `{item.text}` runs without asking anybody.",
                (Evidence(item.unit.span, "problem", "nobody is asked"), Evidence(item.span, "context", item.text)),
            )
        if question.approval.optional:
            return Verdict(
                "unmet",
                f"On {scenario.title}, nobody has to decide about `{item.text}`: the run passes without an answer.",
                (Evidence(question.approval.span, "problem", "nobody has to answer"),),
            )
        return Verdict(
            "cannot_tell",
            f"Whether anybody is asked on {scenario.title} depends on something that is not in the files.",
            (Evidence(question.approval.span, "problem", "not in every run"),),
        )
    return Verdict("met", "A person is asked.", tuple(dict.fromkeys(proofs)))


def _limited(facts: PipelineFacts, item: Activity, only: tuple[str, ...]) -> Verdict | None:
    if not only:
        return None
    for scenario in facts.pipeline.scenarios:
        if scenario.id in item.scenarios and not _allowed(scenario, only):
            return Verdict(
                "unmet",
                f"`{item.text}` also runs on {scenario.title}.",
                (
                    Evidence(scenario.trigger.span, "problem", f"starts on {scenario.title}"),
                    Evidence(item.span, "context", "reached from there"),
                ),
            )
    return None


def _allowed(scenario: Scenario, only: tuple[str, ...]) -> bool:
    if scenario.kind in ("tag", "release"):
        return "tag" in only
    if scenario.kind in ("push", "manual", "schedule") or (scenario.kind == "other" and not scenario.untrusted):
        return scenario.branch in only
    # Started by another pipeline, which has limits of its own.
    return scenario.kind in ("called", "after") and not scenario.untrusted
