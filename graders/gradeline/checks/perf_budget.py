"""A load test fails the pipeline when the service is too slow or answers wrongly too often.

What it looks for
    A live load test whose script holds both limits, whose users and time are said, and whose failure stops the run: the
    thresholds of a k6 script, or a listener in a locustfile that sets the exit code.

What does not count
    A limit that is only printed, one that every service meets, limits that are switched off on the command line, a
    script that is never started, and a load test whose failure is tolerated.

How to repair
    Write the budget into the script as limits of the tool, so that the tool itself ends with a failure.

Parameters
    ``p95``: the 95th percentile of the answer time may be at most so many milliseconds.  ``errors``: the share of
    failed requests may be at most so much.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.explain import absent
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.load_tests import Budget, budgets
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="G3",
    family="gates",
    params={
        "p95": {"type": "number", "exclusiveMinimum": 0},
        "errors": {"type": "number", "minimum": 0, "maximum": 1},
    },
    required=("p95", "errors"),
)
_ORDER = ("met", "cannot_tell", "unmet")


def run(case: Case, p95: float, errors: float, pipelines: list[str] | None = None) -> Verdict:
    chosen = case.select(pipelines)
    found = [_judged(facts, one, p95, errors) for facts in chosen for one in budgets(facts, case.code)]
    if not found:
        return absent(chosen, ("load-test",))
    return min(found, key=lambda verdict: _ORDER.index(verdict.status))


def _judged(facts: PipelineFacts, one: Budget, p95: float, errors: float) -> Verdict:
    text, place = one.item.text, one.span or one.item.span
    problem = ""
    if one.slow is None:
        problem = f"`{text}` does not fail, however slow the answers are."
    elif one.slow > p95:
        problem = f"`{text}` is content when 5 % of the answers take longer than {one.slow:g} ms."
    elif one.wrong is None:
        problem = f"`{text}` does not fail, however many answers are wrong."
    elif one.wrong > errors:
        problem = f"`{text}` is content when {one.wrong * 100:g} % of the answers are wrong."
    elif not one.sized:
        problem = f"`{text}` does not say how many users there are and for how long."
    if problem and not one.known:
        message = f"What `{text}` fails for cannot be seen: {one.reason}."
        return Verdict("cannot_tell", message, (Evidence(one.item.span, "problem", one.reason),))
    if problem:
        return Verdict("unmet", problem, (Evidence(place, "problem", "the limit is missing or too wide"),))
    judgement = facts.blocking(one.item)
    if judgement.holds:
        judgement = facts.doubt(one.item, facts.scenarios()) or judgement
    if not judgement.holds:
        return judgement.verdict()
    message = f"Slower than {one.slow:g} ms or more than {(one.wrong or 0) * 100:g} % wrong answers stop the pipeline."
    return Verdict("met", message, (*one.item.proof(), Evidence(place, "proof", "the limit")))
