"""Whether monitoring and the pipeline know of each other: changes are marked, and an alert can start something."""

from __future__ import annotations

from gradeline.checks.support.explain import absent
from gradeline.checks.support.watching import hidden
from gradeline.facts.alert_routes import stops
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.requests import request_of
from gradeline.result import Evidence, Verdict

# Grafana HTTP API, "Annotations", the one of before Grafana 13 and the one after it; Pushgateway README, "API".
_MARKS = ("/api/annotations", "/apis/annotation.grafana.app/", "/metrics/job/", "/metrics/job@base64/")
_STARTED = frozenset({"other", "manual", "called"})
_ANSWERS = ("train", "rollback")


def looped(case: Case, chosen: tuple[PipelineFacts, ...]) -> Verdict:
    marked = _marked(chosen)
    if marked.status != "met":
        return marked
    told = hidden(_told(case), case.project.monitoring)
    if told.status != "met":
        return told
    for facts in chosen:
        scenarios = {scenario.id for scenario in facts.pipeline.scenarios if scenario.kind in _STARTED}
        for item in facts.doing(*_ANSWERS):
            if scenarios & set(item.scenarios):
                answer = Evidence(item.span, "proof", "an alert can start this")
                proofs = (*marked.evidence, *told.evidence, answer)
                return Verdict("met", "Changes are marked, and an alert can start the answer.", proofs)
    verdict = absent(chosen, _ANSWERS)
    if verdict.status == "cannot_tell":
        return verdict
    message = "No run that something outside can start trains again or goes back."
    return Verdict("unmet", message, verdict.evidence)


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
