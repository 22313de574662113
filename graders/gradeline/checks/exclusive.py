"""Overlapping runs are handled on purpose: superseded checks stop, releases wait.

What it looks for
    Mode ``cancel``: two runs for the same ref share a group and the newer one ends the older; two
    different pull requests do not share it; runs on the kept branch are not ended.  Mode ``queue``: the
    job that publishes or deploys has a group, and a newer run waits instead of ending it.  Mode ``any``: two
    runs never do the work at the same time, whichever of them gives way.  With ``locked``, what changes infrastructure
    also waits some time for the lock of its state, and never goes without it.

What does not count
    One constant group for all refs, a group that is different for every run, ending runs on the kept
    branch, and ending a release half way.  A lock that is switched off, and a change that gives up at once when
    somebody else has the lock.

How to repair
    Build the group from what has to be kept apart, and decide about ending by the event.

Parameters
    ``mode``: ``cancel``, ``queue`` or ``any``.  ``per_ref``: true demands a group per ref; with ``any`` only of a
    group that ends older runs.  ``keep``: branches whose
    runs must finish.  ``tool``: the class whose jobs need the group (modes ``queue`` and ``any``), or whose pipelines
    do (mode ``cancel``; without it, each pipeline that runs on requests); with ``into`` only jobs that work on this
    environment.  ``locked``: true asks for the lock of the state as well (modes ``queue`` and ``any``).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import goes_to
from gradeline.facts.evaluate import known_truth
from gradeline.facts.scenarios import depends_on
from gradeline.model.pipeline import Exclusive, Scenario, Unit
from gradeline.records import replace
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="B3",
    family="bounds",
    params={
        "mode": {"enum": ["cancel", "queue", "any"]},
        "per_ref": {"type": "boolean"},
        "keep": {"type": "array", "items": {"type": "string"}},
        "tool": WORDS,
        "into": {"type": "string"},
        "locked": {"type": "boolean"},
    },
    required=("mode",),
)


def run(
    case: Case,
    mode: str,
    per_ref: bool = False,
    keep: list[str] | None = None,
    tool: str | list[str] | None = None,
    into: str = "",
    locked: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if mode != "cancel":
        verdict = _queue(chosen, listed(tool), mode == "any", into, per_ref)
        if not locked or verdict.status == "unmet":
            return verdict
        from gradeline.checks.support.state_lock import waits_for_lock

        other = waits_for_lock(case, chosen)
        if other.status != "met":
            return other
        return replace(verdict, evidence=tuple(dict.fromkeys((*verdict.evidence, *other.evidence))))
    if tool is not None:
        chosen = tuple(facts for facts in chosen if facts.doing(*listed(tool))) or chosen
    verdicts = [_cancel(facts, per_ref, tuple(keep or ())) for facts in chosen if facts.scenarios("review")]
    if not verdicts:
        return Verdict("unmet", "No pipeline runs on pull or merge requests, so nothing can be superseded.")
    return next((verdict for verdict in verdicts if verdict.status != "met"), verdicts[0])


def _cancel(facts: PipelineFacts, per_ref: bool, keep: tuple[str, ...]) -> Verdict:
    groups = _groups(facts)
    if not groups:
        return Verdict(
            "unmet",
            "Nothing stops a run that a newer one has replaced.",
            (Evidence(facts.pipeline.span, "problem", "no concurrency group here"),),
        )
    alone = next((unit for unit in _working(facts) if unit.exclusive is None), None)
    if facts.pipeline.exclusive is None and alone is not None:
        return Verdict(
            "unmet",
            f"The job {alone.title!r} has no group, so its old runs go on.",
            (Evidence(alone.span, "problem", "no concurrency group here"),),
        )
    for unit, exclusive in groups:
        verdict = _cancels_reviews(facts, unit, exclusive, per_ref) or _keeps(facts, unit, exclusive, keep)
        if verdict is not None:
            return verdict
    return Verdict(
        "met",
        "Superseded runs stop, and runs that must finish do.",
        tuple(Evidence(exclusive.span, "proof", "one group per ref") for _, exclusive in groups[:3]),
    )


def _cancels_reviews(facts: PipelineFacts, unit: Unit, exclusive: Exclusive, per_ref: bool) -> Verdict | None:
    scenario = next(item for item in facts.scenarios("review"))
    place = exclusive.group.span
    if depends_on(facts, exclusive.group, unit, scenario, ("run", "commit")):
        return Verdict(
            "unmet",
            "Every run gets a group of its own, so a newer run never replaces an older one.",
            (Evidence(place, "problem", "differs from run to run"),),
        )
    if per_ref and not depends_on(facts, exclusive.group, unit, scenario, ("ref",)):
        return Verdict(
            "unmet",
            "All pull requests share one group, so they stop each other.",
            (Evidence(place, "problem", "the same for every ref"),),
        )
    cancels = _cancel_value(facts, unit, exclusive, scenario)
    if cancels is None:
        return Verdict(
            "cannot_tell",
            "Whether an older run is ended is computed at run time.",
            (Evidence(exclusive.span, "problem", "computed at run time"),),
        )
    if not cancels:
        return Verdict(
            "unmet",
            f"On {scenario.title}, the older run is not ended.",
            (Evidence(exclusive.span, "problem", "waits instead of ending it"),),
        )
    return None


def _keeps(facts: PipelineFacts, unit: Unit, exclusive: Exclusive, keep: tuple[str, ...]) -> Verdict | None:
    for scenario in facts.scenarios("push"):
        if scenario.branch not in keep:
            continue
        if depends_on(facts, exclusive.group, unit, scenario, ("run", "commit")):
            continue
        if _cancel_value(facts, unit, exclusive, scenario) is not False:
            return Verdict(
                "unmet",
                f"On {scenario.title}, a newer run ends the older one, so a commit may stay unchecked.",
                (Evidence(exclusive.span, "problem", f"also ends runs on {scenario.branch}"),),
            )
    return None


def _queue(
    chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...], ends: bool, into: str, per_ref: bool
) -> Verdict:
    """``ends``: a newer run may end the older one as well; with ``per_ref`` only one of the same ref."""
    everything_done = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    found = sorted(everything_done, key=lambda one: len(one[1].trail))  # what stands in a pipeline itself first
    if into and "rollback" in classes:  # what brings the old version back waits for a failure
        found += [(facts, item) for facts in chosen for item in facts.dormant if item.readings_of(("rollback",))]
    if into:
        everything = found
        found = [(facts, item) for facts, item in everything if goes_to(facts, item, into, {}) is not False]
        if everything and not found:
            elsewhere = Evidence(everything[0][1].span, "problem", "goes somewhere else")
            return Verdict("unmet", f"Nothing is deployed to {into!r}.", (elsewhere,))
    if not found:
        return absent(chosen, classes)
    proofs: list[Evidence] = []
    for facts, item in found:
        exclusives = list(_around(facts, item.unit))
        if not exclusives:
            return Verdict(
                "unmet",
                f"Two runs may do `{item.text}` at the same time.",
                (Evidence(item.unit.span, "problem", "nothing keeps two runs apart"),),
            )
        asked = [known for known in facts.pipeline.scenarios if known.id in item.scenarios]
        proposed = any(known.kind == "review" for known in asked)
        for scenario in asked:
            for exclusive in exclusives:
                cancels = _cancel_value(facts, item.unit, exclusive, scenario)
                if cancels is None or (cancels and not ends):
                    return Verdict(
                        "unmet" if cancels else "cannot_tell",
                        f"On {scenario.title}, a newer run may end this one while it does `{item.text}`.",
                        (Evidence(exclusive.span, "problem", "ends the older run"),),
                    )
                others = per_ref and cancels and scenario.kind == "review"
                if others and not depends_on(facts, exclusive.group, item.unit, scenario, ("ref",)):
                    return Verdict(
                        "unmet",
                        f"On {scenario.title}, a run of another change may end this one while it does `{item.text}`.",
                        (Evidence(exclusive.group.span, "problem", "the same for every ref"),),
                    )
            # Who starts a run by hand starts it once; proposals come many at a time.
            if per_ref and ends and proposed and scenario.kind != "review":
                continue
            if all(depends_on(facts, known.group, item.unit, scenario, ("run",)) for known in exclusives):
                return Verdict(
                    "unmet",
                    "Every run gets a group of its own, so two runs still overlap.",
                    (Evidence(exclusives[-1].group.span, "problem", "differs from run to run"),),
                )
            # On a branch each push brings another commit; a tag is one commit anyhow.
            if scenario.branch and all(
                depends_on(facts, known.group, item.unit, scenario, ("run", "commit")) for known in exclusives
            ):
                return Verdict(
                    "unmet",
                    f"On {scenario.title}, every commit gets a group of its own, so two of them still overlap.",
                    (Evidence(exclusives[-1].group.span, "problem", "differs from commit to commit"),),
                )
        proofs.append(Evidence(exclusives[-1].span, "proof", "one run at a time"))
    sentence = "Two runs never do it at the same time." if ends else "Runs that publish wait for each other and finish."
    return Verdict("met", sentence, tuple(dict.fromkeys(proofs)))


def _around(facts: PipelineFacts, unit: Unit) -> Iterator[Exclusive]:
    """The groups of the pipeline, of the unit, and of the calls that it stands in."""
    if facts.pipeline.exclusive is not None:
        yield facts.pipeline.exclusive
    units = {known.id: known for known in facts.pipeline.units}
    around: Unit | None = unit
    while around is not None:
        if around.exclusive is not None:
            yield around.exclusive
        around = units.get(around.inside) if around.inside is not None else None


def _groups(facts: PipelineFacts) -> list[tuple[Unit, Exclusive]]:
    working = _working(facts)
    if facts.pipeline.exclusive is not None and working:
        return [(working[0], facts.pipeline.exclusive)]
    return [(unit, unit.exclusive) for unit in working if unit.exclusive is not None]


def _working(facts: PipelineFacts) -> list[Unit]:
    """The jobs that may be replaced: those that run for proposed changes."""
    reviews = facts.scenarios("review")
    return [
        unit
        for unit in facts.pipeline.units
        if unit.kind == "work"
        and unit.steps
        and any(run.ran(unit.id) for scenario in reviews for run in facts.runs(scenario).results)
    ]


def _cancel_value(facts: PipelineFacts, unit: Unit, exclusive: Exclusive, scenario: Scenario) -> bool | None:
    if exclusive.cancel is None:
        return False
    return known_truth(exclusive.cancel, facts.moment(unit, scenario))
