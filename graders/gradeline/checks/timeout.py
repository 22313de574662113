"""Every job has a time limit of its own.

What it looks for
    Each job that does something states a finite limit, not above the allowed number of minutes.
    A job whose every step has a limit is limited too, by their sum.
    ``of: clients``: each request that a test sends to a service ends after some time: the client or the request has a
    limit, or a client that has one unless it is told otherwise, or each test has one.

What does not count
    The platform's default, something that is no positive number, a limit at or above that default, and a
    limit on some jobs only.  For clients: a limit that is switched off, and a client that waits for ever unless it
    is told otherwise.

How to repair
    Set the limit on every job, a little above what the job usually takes.  Give the client that all tests share a
    limit, where it is made.

Parameters
    ``of``: ``jobs`` (the default) or ``clients``.
    ``max``: the highest allowed number of minutes.  ``below_default``: true asks only that the limit is
    lower than what the platform would do anyway.
"""

from __future__ import annotations

import math

from gradeline.checks.contract import Check
from gradeline.facts.case import Case, PipelineFacts
from gradeline.model.pipeline import Bound, Unit
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="B1",
    family="bounds",
    params={
        "of": {"enum": ["jobs", "clients"]},
        "max": {"type": "number"},
        "below_default": {"type": "boolean"},
    },
    reads=("pipelines", "tests"),
)


def run(
    case: Case,
    of: str = "jobs",
    max: float | None = None,
    below_default: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "clients":
        from gradeline.checks.support.clients import patient

        return patient(case)
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts in case.select(pipelines):
        for unit in facts.pipeline.units:
            if unit.opaque is not None:
                reason = unit.opaque.reason
                unclear = unclear or Verdict(
                    "cannot_tell",
                    f"Whether the work of {unit.title!r} has a limit cannot be seen: {reason}.",
                    (Evidence(unit.opaque.span, "problem", reason),),
                )
            if unit.kind != "work" or not unit.steps or _tells(unit):
                continue
            verdict = _limited(facts, unit, max, below_default)
            if verdict.status == "unmet":
                return verdict
            if verdict.status == "cannot_tell":
                unclear = unclear or verdict
            proofs.extend(verdict.evidence)
    if unclear is not None:
        return unclear
    if not proofs:
        return Verdict("unmet", "There is no job to limit.")
    return Verdict("met", "Every job has a limit of its own.", tuple(dict.fromkeys(proofs)))


def _tells(unit: Unit) -> bool:
    """A callback of the platform: it stands beside the run, waits for a failure, and nobody can give it a limit."""
    return unit.aside and unit.depends is not None and not unit.implicit_success


def _limited(facts: PipelineFacts, unit: Unit, most: float | None, below_default: bool) -> Verdict:
    bounds = _bounds(unit)
    if not bounds:
        return Verdict(
            "unmet", f"The job {unit.title!r} has no time limit.", (Evidence(unit.span, "problem", "no limit"),)
        )
    total = 0.0
    for bound in bounds:
        if bound.invalid:
            return Verdict(
                "unmet",
                f"The time limit of {unit.title!r} is no number of minutes: {bound.invalid}.",
                (Evidence(bound.span, "problem", bound.invalid),),
            )
        minutes = _minutes(facts, unit, bound)
        if minutes is None:
            return Verdict(
                "cannot_tell",
                f"The time limit of {unit.title!r} is computed, so it cannot be seen.",
                (Evidence(bound.span, "problem", "computed at run time"),),
            )
        total += minutes
    place: Span = bounds[0].span
    default = facts.pipeline.default_timeout
    if total <= 0:
        return Verdict(
            "unmet",
            f"The time limit of {unit.title!r} is not a number of minutes.",
            (Evidence(place, "problem", "not a limit"),),
        )
    if most is not None and total > most:
        return Verdict(
            "unmet",
            f"The job {unit.title!r} may run {total:g} minutes; at most {most:g} are allowed.",
            (Evidence(place, "problem", f"{total:g} minutes"),),
        )
    if below_default and default is not None and total >= default:
        return Verdict(
            "unmet",
            f"The limit of {unit.title!r} is {total:g} minutes, no lower than the default.",
            (Evidence(place, "problem", f"{total:g} minutes"),),
        )
    return Verdict("met", "", (Evidence(place, "proof", f"{unit.title}: {total:g} minutes"),))


def _bounds(unit: Unit) -> list[Bound]:
    if unit.timeout is not None:
        return [unit.timeout]
    bounds = [step.timeout for step in unit.steps]
    return [bound for bound in bounds if bound is not None] if all(bounds) else []


def _minutes(facts: PipelineFacts, unit: Unit, bound: Bound) -> float | None:
    """The largest value over legs and events; None when unknown, 0 when one of them is no positive number."""
    if not bound.value.holes:
        return _number(bound.value.raw)
    values: list[float] = []
    legs = len(unit.matrix.legs or ()) if unit.matrix else 1
    for scenario in facts.pipeline.scenarios:
        for leg in range(1 if legs == 0 else min(legs, 12)):
            text = facts.moment(unit, scenario, leg).text(bound.value)
            if text is None:
                return None
            values.append(_number(text))
    if not values:
        return _number(bound.value.constant or "")
    return 0.0 if 0.0 in values else max(values)


def _number(text: str) -> float:
    """A positive, finite number of minutes; 0 for anything else."""
    text = text.strip()
    if not text or not text.isascii() or not set(text) <= set("0123456789.eE+-"):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 < value < math.inf else 0.0
