"""The pipeline starts on the events that need it, and not for work that is not needed.

What it looks for
    With ``starts_on``: a change of code on each listed event starts the pipeline.  With ``skip``: a
    change that only touches documentation does not run the heavy jobs, and a final job still reports,
    so that a required check does not wait for ever.  With ``single``: one change starts one run, also when it
    is a push to a branch with an open pull or merge request.  With ``only``: the work of some kind is reached
    from the listed branches, or from a tag, and from nowhere else; with ``early`` no machine is taken for it
    in the other runs.  With ``current``: nothing that the platform has deprecated decides about it.
    With ``planned``: it starts by a schedule whose runs are far enough apart, from a start that stands still, or by
    an event such as new data.  With ``tool``, what counts is whether a command of that class is reached.

What does not count
    Only a manual start, a filter on another branch, a path filter that leaves out the code.  For
    ``skip``, a path filter on the whole pipeline earns half: the required check then never reports.  For
    ``only``, a condition that is always true, and one that only prints where it runs.  A machine that is
    taken before the condition is looked at earns half.

How to repair
    Name the event and the branch.  To save work on documentation changes, let a small job look at the
    changed paths and give the heavy jobs a condition on its answer.

Parameters
    ``starts_on`` and ``never_on``: lists of ``{kind, branch}``, with ``every`` for each change of the code,
    whichever part of it; ``tool`` limits both to commands of a class
    (``a|b``: the first of these that some job does).
    With ``ended``, a start ``after`` something else that ended like this: ``success``, or ``failure``, which is
    everything but success.  ``of``: the class of work that ended, and
    ``named`` what the pipeline that does it is called; for an event, what the event is called.  A pipeline that does
    this work itself, and starts the commands only when it went well, is as good.
    ``skip``: ``{heavy: [classes], when: docs-only, report: true}``.  ``single``: true forbids that the same work
    is done twice for one change.  ``only``: ``{tool: [classes], on: [tag, branch names], early: true}``.
    ``current``: true forbids the platform's old ways to say when something runs.  ``planned``: ``{apart: minutes (60),
    says: [settings]}``: each schedule says these settings of the platform: ``timezone``, ``catchup``, ``start``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.explain import absent, first_of, noun
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.reached_effects import sees_change
from gradeline.facts.runs import Run
from gradeline.facts.scenarios import only_documents
from gradeline.model.pipeline import Scenario, Unit
from gradeline.result import Evidence, Verdict

_EVENTS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["kind"],
        "properties": {
            "kind": SCENARIO,
            "branch": {"type": "string"},
            "ended": {"enum": ["success", "failure"]},
            "of": {"type": "string"},
            "named": {"type": "string"},
            "every": {"type": "boolean"},
        },
    },
}
CHECK = Check(
    code="F5",
    family="flow",
    params={
        "starts_on": _EVENTS,
        "never_on": _EVENTS,
        "tool": WORDS,
        "single": {"type": "boolean"},
        "current": {"type": "boolean"},
        "planned": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "apart": {"type": "integer", "minimum": 1},
                "says": {"type": "array", "items": {"type": "string"}},
            },
        },
        "skip": {
            "type": "object",
            "additionalProperties": False,
            "required": ["heavy"],
            "properties": {
                "heavy": {"type": "array", "items": {"type": "string"}},
                "when": {"enum": ["docs-only"]},
                "report": {"type": "boolean"},
            },
        },
        "only": {
            "type": "object",
            "additionalProperties": False,
            "required": ["tool", "on"],
            "properties": {"tool": WORDS, "on": WORDS, "early": {"type": "boolean"}},
        },
    },
)
OUTDATED = "deprecated-trigger"  # what readers say about such a place
_WORDS = {
    "review": "a pull or merge request",
    "push": "a push",
    "tag": "a tag",
    "schedule": "a schedule",
    "manual": "a manual start",
    "merge-queue": "the merge queue",
    "release": "a release",
    "after": "the end of another run",
    "other": "another event",
}


def run(
    case: Case,
    starts_on: list[Mapping[str, Any]] | None = None,
    never_on: list[Mapping[str, Any]] | None = None,
    tool: str | list[str] | None = None,
    skip: Mapping[str, Any] | None = None,
    only: Mapping[str, Any] | None = None,
    planned: Mapping[str, Any] | None = None,
    single: bool = False,
    current: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file whose events could be read.")
    proofs: list[Evidence] = []
    classes = first_of(chosen, listed(tool))
    old = next((said for facts in chosen for said in facts.pipeline.diagnostics if said.code == OUTDATED), None)
    if current and old is not None and old.span is not None:
        return Verdict("unmet", old.message, (Evidence(old.span, "problem", "the old way to say it"),))
    for event in starts_on or ():
        scenario, item = _started(chosen, event, classes, change=True)
        if scenario is None and event.get("of"):
            from gradeline.checks.support.followers import follower

            same = follower(case, chosen, classes, event["of"])
            if same.status == "met":
                proofs.extend(same.evidence)
                continue
            if same.evidence:
                return same
        if scenario is None:
            hidden = classes and not any(facts.doing(*classes) for facts in chosen) and absent(chosen, classes)
            if hidden and hidden.status == "cannot_tell":
                return hidden
            return _follows_another(chosen, event) or _nobody_sends(chosen) or _not_started(chosen, event, classes)
        if event.get("every") and scenario.unseen:
            named = " and ".join(f"`{path}`" for path in scenario.unseen[:2])
            filters = scenario.trigger.filters
            written = next((text.span for name in ("paths", "paths-ignore") for text in filters.get(name, ())), None)
            where = Evidence(written or scenario.trigger.span, "problem", "leaves such a change out")
            return Verdict("unmet", f"A change of {named} alone does not start it.", (where,))
        place = scenario.trigger.span if item is None else item.span
        proofs.append(Evidence(place, "proof", f"starts on {scenario.title}"))
    for event in never_on or ():
        scenario, item = _started(chosen, event, classes, change=False)
        if scenario is not None and item is not None:
            return Verdict(
                "unmet",
                f"`{item.text}` also runs on {scenario.title}.",
                (
                    Evidence(item.span, "problem", f"runs on {scenario.title}"),
                    Evidence(scenario.trigger.span, "context", "this event starts it"),
                ),
            )
        if scenario is not None:
            return Verdict(
                "unmet",
                f"It also starts on {scenario.title}.",
                (Evidence(scenario.trigger.span, "problem", f"starts on {scenario.title}"),),
            )
    if classes and never_on and not starts_on:
        away = _elsewhere(chosen, classes, never_on)
        if away.status != "met":
            return away
        proofs.extend(away.evidence)
    if single:
        doubled = next((verdict for facts in chosen if (verdict := _doubled(facts)) is not None), None)
        if doubled is not None:
            return doubled
        proofs.extend(
            Evidence(trigger.span, "proof", f"starts on {trigger.event}")
            for facts in chosen
            for trigger in facts.pipeline.triggers
        )
    if planned is not None:
        from gradeline.checks.support import planned as plans

        return plans.planned(chosen, planned)
    if only is not None:
        from gradeline.checks.support.reached import reached_only

        return reached_only(chosen, listed(only["tool"]), listed(only["on"]), bool(only.get("early")))
    if skip is not None:
        return _skips(chosen, tuple(skip["heavy"]), bool(skip.get("report")))
    return Verdict("met", "The events that need it start the pipeline.", tuple(dict.fromkeys(proofs)))


def _started(
    chosen: tuple[PipelineFacts, ...], event: Mapping[str, Any], classes: tuple[str, ...], change: bool
) -> tuple[Scenario | None, Activity | None]:
    """A scenario of the event; with ``change`` one that has the changed code before it, with classes one that
    reaches such a command."""
    for facts in chosen:
        for scenario in facts.scenarios(event["kind"]):
            if not scenario.new_code or only_documents(scenario):
                continue
            if change and not sees_change(facts, scenario):
                continue
            if event.get("branch") not in (None, scenario.branch):
                continue
            if event.get("ended") is not None and not _ended(scenario, event["ended"]):
                continue
            if _other(scenario, event):
                continue
            if not classes:
                return scenario, None
            item = next((one for one in facts.doing(*classes) if facts.does(one, classes, scenario)), None)
            if item is not None:
                return scenario, item
    return None, None


def _other(scenario: Scenario, event: Mapping[str, Any]) -> bool:
    """Whether it starts after a pipeline, or on an event, with another name than the one that is meant."""
    types = scenario.trigger.filters.get("types", ()) if scenario.kind == "other" else ()
    names = scenario.follows or tuple(one.raw for one in types)
    return bool(event.get("named") and names) and event["named"] not in names


def _follows_another(chosen: tuple[PipelineFacts, ...], event: Mapping[str, Any]) -> Verdict | None:
    for facts in chosen:
        for scenario in facts.scenarios(event["kind"]):
            if _other(scenario, event):
                filters = scenario.trigger.filters
                place = next(iter(filters.get("workflows" if scenario.follows else "types", ())), None)
                span = place.span if place is not None else scenario.trigger.span
                if not scenario.follows:
                    message = f"It waits for the event `{place.raw if place else ''}`, and another one is sent."
                    return Verdict("unmet", message, (Evidence(span, "problem", "nobody sends this event"),))
                message = f"It waits for the end of `{scenario.follows[0]}`; what it has to follow has another name."
                return Verdict("unmet", message, (Evidence(span, "problem", "waits for another one"),))
    return None


def _ended(scenario: Scenario, wanted: str) -> bool:
    return scenario.ended == wanted or (wanted == "failure" and scenario.ended == "started")


def _elsewhere(
    chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...], events: list[Mapping[str, Any]]
) -> Verdict:
    """That a command stays away from an event says something only when it runs at all."""
    found = [item for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    kinds = {event["kind"] for event in events}
    for facts in chosen:
        for unit in facts.pipeline.units:
            if unit.opaque is not None and any(scenario.kind in kinds for scenario in facts.pipeline.scenarios):
                message = f"What {unit.title!r} does cannot be followed: {unit.opaque.reason}."
                return Verdict("cannot_tell", message, (Evidence(unit.opaque.span, "problem", unit.opaque.reason),))
    return Verdict("met", "", tuple(proof for item in found for proof in item.proof()))


def _nobody_sends(chosen: tuple[PipelineFacts, ...]) -> Verdict | None:
    """An event that is waited for although its source has none of this name."""
    for facts in chosen:
        for said in facts.pipeline.diagnostics:
            if said.code == "no-event" and said.span is not None:
                return Verdict("unmet", said.message, (Evidence(said.span, "problem", "nobody sends it"),))
    return None


def _not_started(
    chosen: tuple[PipelineFacts, ...], event: Mapping[str, Any], classes: tuple[str, ...] = ()
) -> Verdict:
    wanted = _WORDS.get(event["kind"], event["kind"])
    where = f" to {event['branch']}" if event.get("branch") else ""
    triggers = [trigger for facts in chosen for trigger in facts.pipeline.triggers]
    evidence = tuple(Evidence(trigger.span, "problem", f"starts on {trigger.event}") for trigger in triggers[:3])
    seen = ", ".join(dict.fromkeys(trigger.event for trigger in triggers)) or "nothing"
    if classes:
        message = f"On {wanted}{where}, {noun(classes)} does not run. It starts on: {seen}."
        return Verdict("unmet", message, evidence)
    return Verdict("unmet", f"A code change by {wanted}{where} does not start it. It starts on: {seen}.", evidence)


def _doubled(facts: PipelineFacts) -> Verdict | None:
    """Two runs of the pipeline that one change starts, and that do the same work."""
    together: dict[str, list[Scenario]] = {}
    for scenario in facts.pipeline.scenarios:
        if scenario.change:
            together.setdefault(scenario.change, []).append(scenario)
    for change, scenarios in together.items():
        for first, second in combinations(scenarios, 2):
            both = [unit for unit in facts.pipeline.units if _runs_in(facts, unit, first, second)]
            if not both:
                continue
            certain = any(
                all(run.ran(unit.id) for scenario in (first, second) for run in facts.runs(scenario).results)
                for unit in both
            )
            sentence = f"{change[:1].upper()}{change[1:]} starts two runs, and both do {both[0].title!r}."
            spans = dict.fromkeys((first.trigger.span, second.trigger.span))
            return Verdict(
                "unmet" if certain else "cannot_tell",
                sentence if certain else f"{sentence} Whether it does depends on what is not in the files.",
                (
                    *(Evidence(span, "problem", "starts a run") for span in spans),
                    Evidence(both[0].presence_span or both[0].span, "context", "done twice"),
                ),
            )
    return None


def _runs_in(facts: PipelineFacts, unit: Unit, *scenarios: Scenario) -> bool:
    return unit.kind == "work" and all(
        any(run.ran(unit.id) for run in facts.runs(scenario).results) for scenario in scenarios
    )


def _skips(chosen: tuple[PipelineFacts, ...], heavy: tuple[str, ...], report: bool) -> Verdict:
    for facts in chosen:
        code = [item for item in facts.scenarios("review") if not only_documents(item)]
        documents = [item for item in facts.scenarios("review") if only_documents(item)]
        work = {key for item in facts.doing(*heavy) for key in item.keys}
        if not work:
            continue
        if not any(work & set(run.reached) for scenario in code for run in facts.runs(scenario).results):
            return Verdict(
                "unmet",
                f"On a pull request with code, {noun(heavy)} does not run at all.",
                tuple(Evidence(item.span, "problem", "not reached") for item in facts.doing(*heavy)[:1]),
            )
        if not documents:
            twin = _twin(chosen, facts)
            if twin is not None:
                return twin
            trigger = code[0].trigger
            return Verdict(
                "partial",
                "A documentation change does not start the pipeline, so a required check waits for ever.",
                (Evidence(trigger.span, "problem", "filters on paths"),),
            )
        return _on_documents(facts, documents[0], code[0], heavy, work, report)
    return absent(chosen, heavy)


def _on_documents(
    facts: PipelineFacts, documents: Scenario, code: Scenario, heavy: tuple[str, ...], work: set[str], report: bool
) -> Verdict:
    runs = facts.runs(documents).results
    light = [run for run in runs if not work & set(run.reached)]
    if not light:
        item = next(item for item in facts.doing(*heavy) if set(item.keys) & set(runs[0].reached))
        return Verdict(
            "unmet",
            f"A change that only touches documentation still runs `{item.text}`.",
            (Evidence(item.span, "problem", "runs on every change"),),
        )
    hidden = next((item for item in facts.activities if item.opaque and documents.id in item.scenarios), None)
    if hidden is not None and len(light) < len(runs):
        return Verdict(
            "cannot_tell",
            f"Whether documentation is skipped is decided by `{hidden.text}`, and {hidden.opaque}.",
            (Evidence(hidden.span, "problem", hidden.opaque),),
        )
    reporters = _reporters(facts, light, facts.runs(code).results)
    if report and not reporters:
        failing = next(
            (name for run in light for name, result in run.unit_results.items() if result == "failure"), None
        )
        unit = facts.pipeline.unit(failing) if failing else None
        why = f" {unit.title!r} fails then." if unit else " Every job is skipped or is not the one that reports."
        span = unit.span if unit else facts.pipeline.span
        return Verdict(
            "unmet",
            f"On a documentation change no final job reports success.{why}",
            (Evidence(span, "problem", "does not report success"),),
        )
    proofs = [
        Evidence(unit.condition_span or unit.span, "proof", "decides whether the job runs")
        for unit in facts.pipeline.units
        if not light[0].ran(unit.id)
    ]
    proofs.extend(Evidence(unit.span, "proof", "still reports") for unit in reporters[:1])
    return Verdict("met", "A documentation change skips the heavy jobs and still reports.", tuple(proofs))


def _reporters(facts: PipelineFacts, light: list[Run], full: tuple[Run, ...]) -> list[Unit]:
    """Jobs that wait for others and report no failure in any run without the heavy work.

    A skipped job is reported as passed to a required check (GitHub Docs, "Troubleshooting required
    status checks", about skipped jobs), so it does not block a merge; whether it also tells the truth
    about failures is asked by ``gates`` with ``aggregate``.
    """
    if any("failure" in run.unit_results.values() for run in light):
        return []
    return [
        unit
        for unit in facts.pipeline.units
        if unit.kind == "work"
        and unit.needs
        and all(run.unit_results.get(unit.id) in ("success", "skipped", "absent") for run in light)
        and any(run.unit_results.get(unit.id) == "success" for run in full)
    ]


def _twin(chosen: tuple[PipelineFacts, ...], heavy: PipelineFacts) -> Verdict | None:
    """A second pipeline that reports under the same name when documentation changes."""
    names = {unit.title: unit for unit in heavy.pipeline.units if unit.kind == "work" and unit.needs}
    for facts in chosen:
        for scenario in facts.scenarios("review") if facts is not heavy else ():
            if not only_documents(scenario):
                continue
            for unit in facts.pipeline.units:
                results = {run.unit_results.get(unit.id) for run in facts.runs(scenario).results}
                if unit.title in names and results == {"success"}:
                    return Verdict(
                        "met",
                        "A documentation change is reported by a small pipeline of its own.",
                        (
                            Evidence(unit.span, "proof", "reports under the same name"),
                            Evidence(names[unit.title].span, "proof", "reports when code changed"),
                        ),
                    )
    return None
