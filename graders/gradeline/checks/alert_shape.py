"""Each alert asks for something that is measured, waits before it calls, and says what it is about.

What it looks for
    ``of: alerts``: an expression that gives a result in trouble and none otherwise, over metrics that somebody
    exports, with functions that fit the kind of each metric.  A time it has to hold, labels by which it is routed,
    and texts that tell people what to do.
    ``of: server``: the configuration collects from the service, loads the rules, and sends alerts to somebody.

What does not count
    An alert that always or never fires, one on a metric that nobody exports, a rate of a gauge, a counter without a
    rate, a quantile without the buckets' label ``le``.  A pattern of rule files that matches nothing.

How to repair
    Read the expression as a table: which series stay when all is well?  There has to be none.  Then name the
    severity, the team and the page that helps at three in the morning.

Parameters
    ``of``: ``alerts`` (the default) or ``server``.  ``labels`` and ``annotations``: the names each alert has to have;
    ``severity``, ``summary`` and ``runbook_url`` by default.  ``wait``: the seconds an alert has to hold (60).
    For ``of: server``: ``targets`` are the names of services that are collected from.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.watching import NO_ALERTS, hidden, numbered
from gradeline.facts.alerts import Alert, alerts_of, calm, unknown_metrics
from gradeline.facts.case import Case
from gradeline.facts.exported_metrics import Metrics, metrics_of
from gradeline.facts.label_values import Values, asks_for_nothing, given_values
from gradeline.facts.promql import truth
from gradeline.facts.promql_use import misuse
from gradeline.model.monitoring import Rule, Server
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="M1",
    family="monitoring",
    params={
        "of": {"enum": ["alerts", "server"]},
        "labels": WORDS,
        "annotations": WORDS,
        "wait": {"type": "number", "minimum": 0},
        "targets": WORDS,
    },
    reads=("monitoring",),
)
MAX_SHOWN = 5


def run(
    case: Case,
    of: str = "alerts",
    labels: str | list[str] | None = None,
    annotations: str | list[str] | None = None,
    wait: float = 60,
    targets: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    monitoring = case.project.monitoring
    if of == "server":
        return hidden(_server(case, listed(targets)), monitoring)
    alerts = alerts_of(monitoring)
    if not alerts:
        return hidden(NO_ALERTS, monitoring)
    wanted = (listed(labels) or ("severity",), listed(annotations) or ("summary", "runbook_url"))
    metrics = metrics_of(case.project)
    values = given_values(case.code.modules)
    verdicts = [verdict for alert in alerts if (verdict := _alert(alert, metrics, values, wanted, wait)) is not None]
    for status in ("unmet", "cannot_tell"):
        found = [verdict for verdict in verdicts if verdict.status == status]
        if found:
            evidence = tuple(item for verdict in found[:MAX_SHOWN] for item in verdict.evidence)
            return hidden(Verdict(found[0].status, numbered(found[0].message, len(found)), evidence), monitoring)
    proofs = tuple(
        Evidence(alert.rule.span, "proof", "says when, how bad and what to do") for alert in alerts[:MAX_SHOWN]
    )
    return hidden(Verdict("met", f"All {len(alerts)} alerts are about something measured.", proofs), monitoring)


def _alert(
    alert: Alert, metrics: Metrics, values: Values, wanted: tuple[tuple[str, ...], tuple[str, ...]], wait: float
) -> Verdict | None:
    """What is wrong with one alert; None when nothing is."""
    rule, query = alert.rule, alert.query
    if query is None:
        return _wrong(rule, rule.expression.span, f"its expression cannot be read: {alert.problem}", alert.certain)
    missing, unseen = unknown_metrics(alert, metrics)
    if missing:
        return _wrong(rule, rule.expression.span, f"nobody exports `{missing}`, so it watches nothing")
    whole = alert.whole or query
    answer = truth(whole, metrics.kind_of)
    if answer != "sometimes":
        sentence = "it never fires, whatever is measured" if answer == "never" else "it fires whatever is measured"
        return _wrong(rule, rule.expression.span, sentence)
    if sentence := asks_for_nothing(whole, values):
        return _wrong(rule, rule.expression.span, f"{sentence}, so this part of it stays empty")
    if sentence := misuse(query, metrics.kind_of) or misuse(whole, metrics.kind_of):
        return _wrong(rule, rule.expression.span, sentence)
    if rule.wait is not None and rule.wait.seconds is None:
        return _wrong(rule, rule.wait.span, "its `for` is no duration")
    if not calm(alert, wait):
        place = rule.wait.span if rule.wait is not None else rule.span
        return _wrong(rule, place, "one bad sample is enough for it to call")
    for kind, names, held in (("label", wanted[0], rule.labels), ("annotation", wanted[1], rule.annotations)):
        for name in names:
            value = held.get(name)
            if value is None or not value.raw.strip():
                return _wrong(rule, value.span if value is not None else rule.span, f"it has no {kind} `{name}`")
    if unseen:
        return _wrong(rule, rule.expression.span, f"who exports `{unseen}` cannot be seen", certain=False)
    return None


def _wrong(rule: Rule, span: Span, sentence: str, certain: bool = True) -> Verdict:
    status = "unmet" if certain else "cannot_tell"
    message = f"The alert `{rule.name}`: {sentence}."
    return Verdict(status, message, (Evidence(span, "problem", sentence),))  # type: ignore[arg-type]


def _server(case: Case, targets: tuple[str, ...]) -> Verdict:
    monitoring = case.project.monitoring
    if not monitoring.servers:
        return Verdict("unmet", "Nothing collects metrics: there is no configuration of a Prometheus server.")
    verdicts = [
        _one_server(server, targets, tuple(rule.file for rule in monitoring.alerts)) for server in monitoring.servers
    ]
    order = ("met", "cannot_tell", "partial", "unmet")
    return min(verdicts, key=lambda verdict: order.index(verdict.status))


def _one_server(server: Server, targets: tuple[str, ...], files: tuple[str, ...]) -> Verdict:
    start = Span(server.path, server.span.line)
    for load in server.loads:
        if not load.files:
            message = f"`{load.pattern.raw[:80]}` matches no file, so none of its rules is ever evaluated."
            return Verdict("unmet", message, (Evidence(load.pattern.span, "problem", "matches nothing"),))
    loaded = {file for load in server.loads for file in load.files}
    lost = sorted(set(files) - loaded)
    if not server.loads or (files and set(files).isdisjoint(loaded)):
        return Verdict("unmet", "No rules are loaded.", (Evidence(start, "problem", "loads none of the rules"),))
    if lost:
        return Verdict(
            "unmet", f"The rules in {lost[0]} are not loaded.", (Evidence(start, "problem", f"{lost[0]} is left out"),)
        )
    if not server.receivers:
        return Verdict("unmet", "Alerts are sent to nobody.", (Evidence(start, "problem", "no Alertmanager is named"),))
    for name in targets:
        if not any(_collects(server, number, name) for number in range(len(server.jobs))):
            if any(job.discovers and not job.selects for job in server.jobs) and not server.managed:
                return Verdict("cannot_tell", f"Whether {name} is found cannot be seen.",
                               (Evidence(server.jobs[0].span, "problem", "targets are discovered"),))  # fmt: skip
            return Verdict(
                "unmet",
                f"Nothing collects the metrics of {name}.",
                (Evidence(start, "problem", f"{name} is not a target"),),
            )
    proofs = [Evidence(load.pattern.span, "proof", "these rules are loaded") for load in server.loads]
    proofs += [Evidence(job.span, "proof", "collected from") for job in server.jobs]
    return Verdict("met", "The service is watched, the rules are loaded, and alerts go out.", tuple(proofs[:6]))


def _collects(server: Server, number: int, name: str) -> bool:
    job = server.jobs[number]
    if job.discovers:
        return name in (job.name, *job.selects.values())
    return any(target.raw.split("://")[-1].split(":")[0].split(".")[0] == name for target in job.targets)
