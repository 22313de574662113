"""Whether monitoring and the pipeline know of each other: changes are marked, and an alert can start something."""

from __future__ import annotations

from gradeline.checks.support.explain import absent
from gradeline.checks.support.watching import hidden
from gradeline.facts.alert_routes import stops
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.requests import request_of
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict

# Grafana HTTP API, "Annotations", the one of before Grafana 13 and the one after it; Pushgateway README, "API".
_MARKS = ("/api/annotations", "/apis/annotation.grafana.app/", "/metrics/job/", "/metrics/job@base64/")
_STARTED = frozenset({"other", "manual", "called"})
_ANSWERS = ("train", "rollback")


def looped(case: Case, chosen: tuple[PipelineFacts, ...], event: str = "") -> Verdict:
    """``event``: the name of the event by which an alert starts a run; any start from outside counts without it."""
    marked = _marked(chosen)
    if marked.status != "met":
        return marked
    told = hidden(_told(case), case.project.monitoring)
    if told.status != "met":
        return told
    for facts in chosen:
        scenarios = {scenario.id for scenario in facts.pipeline.scenarios if _is_started(scenario, event)}
        for item in facts.doing(*_ANSWERS):
            if scenarios & set(item.scenarios):
                answer = Evidence(item.span, "proof", "an alert can start this")
                proofs = (*marked.evidence, *told.evidence, answer)
                return Verdict("met", "Changes are marked, and an alert can start the answer.", proofs)
    other = _other_event(chosen, event) if event else None
    if other is not None:
        return other
    verdict = absent(chosen, _ANSWERS)
    if verdict.status == "cannot_tell":
        return verdict
    message = "No run that something outside can start trains again or goes back."
    return Verdict("unmet", message, verdict.evidence)


def _is_started(scenario: Scenario, event: str) -> bool:
    if not event:
        return scenario.kind in _STARTED
    types = scenario.trigger.filters.get("types")
    return scenario.kind in ("other", "called") and (types is None or any(one.raw == event for one in types))


def _other_event(chosen: tuple[PipelineFacts, ...], event: str) -> Verdict | None:
    """A run that would answer, and waits for an event which nobody sends."""
    for facts in chosen:
        for item in facts.doing(*_ANSWERS):
            for scenario in facts.pipeline.scenarios:
                types = scenario.trigger.filters.get("types", ())
                if scenario.id in item.scenarios and scenario.kind == "other" and types:
                    message = f"`{item.text}` waits for the event `{types[0].raw}`, and no alert sends that."
                    return Verdict("unmet", message, (
                        Evidence(types[0].span, "problem", "nobody sends this event"),
                        Evidence(item.span, "context", "would be the answer")))  # fmt: skip
    return None


def _marked(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    """A live command leaves a mark where people look at numbers."""
    for facts in chosen:
        for item in facts.activities:
            request = request_of(facts, item)
            if request is not None and any(mark in url for url in request.urls for mark in _MARKS):
                return Verdict("met", "", (Evidence(item.span, "proof", "marks the change"),))
    for facts in chosen:
        for item in facts.dormant:
            request = request_of(facts, item)
            if request is not None and any(mark in url for url in request.urls for mark in _MARKS):
                message = f"`{item.text}` never runs, so no change is marked."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "never reached"),))
    for facts in chosen:
        for item in facts.activities:
            if item.opaque:
                message = f"`{item.text}` may mark the change, but cannot be followed: {item.opaque}."
                return Verdict("cannot_tell", message, (Evidence(item.span, "problem", item.opaque),))
    spans = tuple(Evidence(facts.pipeline.span, "context", "looked at every command") for facts in chosen[:1])
    return Verdict("unmet", "Nothing marks a change where people look at the numbers.", spans)


def _told(case: Case) -> Verdict:
    """Some alert ends at a receiver that calls another program."""
    monitoring = case.project.monitoring
    for routing in monitoring.routings:
        for rule in monitoring.alerts:
            labels = {"alertname": rule.name, **{name: value.raw for name, value in rule.labels.items()}}
            for stop in stops(routing, labels):
                receiver = routing.receiver(stop.receiver)
                for channel in receiver.channels if receiver is not None else ():
                    if channel.kind == "webhook":
                        return Verdict("met", "", (Evidence(channel.span, "proof", f"`{rule.name}` calls a program"),))
    reason = "no alert ends at a webhook"
    spans = tuple(Evidence(routing.span, "problem", reason) for routing in monitoring.routings[:1])
    return Verdict("unmet", "No alert calls a program: none ends at a webhook.", spans)
