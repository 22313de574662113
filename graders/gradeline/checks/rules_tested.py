"""Alerts are tried on made-up series, and the pipeline tries them before they go out.

What it looks for
    Tests in which an alert fires and others in which the same alert stays silent, each fed with series that the alert
    asks for.  With ``runs``: commands of the pipeline that run these tests and look at the rules and at who is told,
    and whose failure stops the run.

What does not count
    A test of an alert that no rule defines, or of a file that is not there.  Silence when nothing is fed in: that
    proves nothing.  Tests that nothing runs.

How to repair
    For each alert two stories: one just above the bound for as long as it takes, one just below.

Parameters
    ``alerts``: how many alerts need both stories (3).  ``runs``: classes of commands that the pipeline has to run,
    of which one for each entry; an entry may be a list of which any counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.checks.contract import Check, listed
from gradeline.checks.support.running import runs as running
from gradeline.checks.support.watching import hidden
from gradeline.facts.alerts import Alert, about, alerts_of
from gradeline.facts.case import Case
from gradeline.facts.promql import PromQLError, fires_without_data, metric_names, parse
from gradeline.model.monitoring import AlertCase, Monitoring, RuleTest
from gradeline.result import Evidence, Verdict

_CLASSES = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
CHECK = Check(
    code="M5",
    family="monitoring",
    params={"alerts": {"type": "integer", "minimum": 0}, "runs": {"type": "array", "items": _CLASSES, "minItems": 1}},
    reads=("monitoring", "pipelines"),
)


def run(
    case: Case,
    alerts: int = 3,
    runs: Sequence[str | list[str]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    proofs: tuple[Evidence, ...] = ()
    if alerts:
        verdict = hidden(_tested(case.project.monitoring, alerts), case.project.monitoring)
        if verdict.status != "met":
            return verdict
        proofs = verdict.evidence
    for classes in runs or ():
        verdict = running(case.select(pipelines), listed(classes))
        if verdict.status != "met":
            return verdict
        proofs = (*proofs, *verdict.evidence)
    return Verdict("met", "The alerts are tried before they go out.", proofs)


def _tested(monitoring: Monitoring, wanted: int) -> Verdict:
    if not monitoring.tests:
        return Verdict("unmet", "No alert is tried on made-up series.")
    known = {alert.rule.name: alert for alert in alerts_of(monitoring)}
    # The resources of an operator are no rule files: a command of the pipeline makes those that the tests load.
    made = any(server.managed for server in monitoring.servers)
    fires: dict[str, AlertCase] = {}
    silent: dict[str, AlertCase] = {}
    problem: tuple[str, Evidence] | None = None
    for test in monitoring.tests:
        for case in test.cases:
            reason = _idle(test, case, known.get(case.alert.raw), made)
            if reason:
                problem = problem or (
                    f"The test of `{case.alert.raw[:60]}`: {reason}.",
                    Evidence(case.span, "problem", reason),
                )
                continue
            (fires if case.fires else silent).setdefault(case.alert.raw, case)
    both = [name for name in fires if name in silent]
    if len(both) >= wanted:
        proofs = [
            Evidence(one[name].span, "proof", word)
            for name in both[:wanted]
            for one, word in ((fires, "fires here"), (silent, "is silent here"))
        ]
        return Verdict("met", f"{len(both)} alerts are tried both ways.", tuple(proofs))
    message = f"{len(both)} of the wanted {wanted} alerts {'is' if len(both) == 1 else 'are'} tried both ways."
    if problem is not None:
        return Verdict("unmet", f"{message} {problem[0]}", (problem[1],))
    half = next((case for name, case in (*fires.items(), *silent.items()) if name not in both), None)
    if half is not None:
        return Verdict("unmet", message, (Evidence(half.span, "problem", "tried one way only"),))
    return Verdict("unmet", message, (Evidence(monitoring.tests[0].span, "context", "looked at every test"),))


def _idle(test: RuleTest, case: AlertCase, alert: Alert | None, made: bool) -> str:
    """Why a case proves nothing; empty when it does."""
    files = {file for load in test.rule_files for file in load.files}
    for load in test.rule_files:
        if not load.files and not made:
            return f"`{load.pattern.raw[:60]}` is not there"
    if alert is None:
        return "no rule has this name"
    if alert.rule.file not in files and not made:
        return f"the alert is in {alert.rule.file}, which the test does not load"
    if alert.whole is None:
        return ""
    fed: list[str] = []
    for one in test.series:
        try:
            fed.extend(metric_names(parse(one.raw)))
        except PromQLError:
            return "one of its series is no series"
    if not case.fires and not (fed and about(alert.whole, fed)):
        return "the alert is silent because nothing it asks for is fed in"
    if case.fires and not (fed and about(alert.whole, fed)) and not fires_without_data(alert.whole):
        return "nothing that the alert asks for is fed in"
    return ""
