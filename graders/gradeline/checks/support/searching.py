"""What training programs draw at random and search for, as verdicts."""

from __future__ import annotations

from gradeline.checks.support.gate_answers import lost_verdict
from gradeline.facts.case import Case
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import Const, Data, Seq, Table, Value, ancestry
from gradeline.facts.random_sources import Draw, draws, from_outside
from gradeline.facts.searches import Search, searches
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_WHY = {
    "absent": "has no seed",
    "code": "has a seed that is written in the program",
    "changing": "has a seed that is another one each time",
}


def followed(gate: Gate) -> Run:
    """A run of the program to look at: one that succeeds, or else the first one."""
    return gate.good[1] if gate.good is not None else gate.run({})


def not_started(case: Case) -> Verdict:
    """The verdict when no pipeline starts a program of the repository that could be followed."""
    from gradeline.checks.support.explain import unseen

    hidden = next(unseen(case.pipelines), None)
    if hidden is not None:
        return hidden
    places = tuple(Evidence(facts.pipeline.span, "problem", "starts no such program") for facts in case.pipelines[:3])
    return Verdict("unmet", "No pipeline starts a program of the repository that could be followed.", places)


def seeded(found: tuple[Gate, ...]) -> Verdict:
    """Whether all that programs draw at random has a seed from outside."""
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for gate in found:
        run = followed(gate)
        for one in draws(run):
            if one.how in _WHY:
                message = f"Nobody can repeat {gate.path}: `{one.what}` {_WHY[one.how]}."
                return Verdict("unmet", message, (Evidence(one.span, "problem", _WHY[one.how]), *_place(one)))
            if one.how == "unknown":
                message = f"Where the seed of `{one.what}` comes from cannot be seen."
                unclear = unclear or Verdict("cannot_tell", message, (Evidence(one.span, "problem", "this seed"),))
            proofs.append(Evidence(one.span, "proof", f"`{one.what}` takes its seed from outside"))
        if run.status is None:
            unclear = unclear or lost_verdict(gate)
    if unclear is not None:
        return unclear
    if not proofs:
        shown = tuple(Evidence(Span(gate.path, 1), "proof", "draws nothing at random") for gate in found)
        return Verdict("met", "Nothing is drawn at random, so it is the same each time.", shown)
    return Verdict("met", "All that is drawn at random takes its seed from outside the program.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip


def _place(one: Draw) -> tuple[Evidence, ...]:
    spans = [part.span for part in ancestry(one.seed) if isinstance(part, Const | Data) and part.span is not None]
    return tuple(Evidence(span, "context", "the seed") for span in spans[:1] if one.how != "absent")


def searched(found: tuple[Gate, ...], least: int, most: int) -> Verdict:
    """Whether a search for hyperparameters ends, judges fairly, and has its space in a file."""
    verdicts: list[Verdict] = []
    for gate in found:
        run = followed(gate)
        own = list(searches(run))
        verdicts += [_judged(gate, one, least, most) for one in own]
        if not own and run.status is None:
            verdicts.append(lost_verdict(gate))
    if not verdicts:
        message = "No program searches for hyperparameters."
        return Verdict("unmet", message, tuple(Evidence(Span(gate.path, 1), "problem", "looked here")
                                               for gate in found[:3]))  # fmt: skip
    order = ("unmet", "cannot_tell", "met")
    return min(verdicts, key=lambda one: order.index(one.status))


def _judged(gate: Gate, one: Search, least: int, most: int) -> Verdict:
    for verdict in (_bounded(one, least, most), _measured(one), _spaced(one), _wide(one)):
        if verdict is not None:
            return verdict
    shown = [Evidence(one.span, "proof", "ends after a number of trials or a time")]
    shown += [Evidence(one.judged_at, "proof", "is judged on data that the model has not learned from")]
    shown += [Evidence(span, "proof", f"{name} is bounded by a file") for name, span, _ in one.space[:4]]
    return Verdict("met", f"The search of {gate.path} ends, and people can review its space.", tuple(shown))


def _number(value: Value | None) -> float | None:
    if isinstance(value, Const) and isinstance(value.data, int | float) and not isinstance(value.data, bool):
        return value.data
    return None


def _bounded(one: Search, least: int, most: int) -> Verdict | None:
    if one.everything:
        return None
    at = (Evidence(one.span, "problem", "the search starts here"),)
    if one.trials is None and one.seconds is None:
        return Verdict("unmet", "Nothing ends the search: neither a number of trials nor a time.", at)
    trials, seconds = _number(one.trials), _number(one.seconds)
    if trials is not None and 0 <= trials < least:
        return Verdict("unmet", f"The search makes {trials:g} trials, and that is no search.", at)
    if (trials is not None and least <= trials <= most) or (seconds is not None and 0 < seconds <= 86400):
        return None
    if trials is None and seconds is None:
        return Verdict("cannot_tell", "How long the search goes on cannot be seen.", at)
    return Verdict("unmet", "The limit of the search is so high that it limits nothing.", at)


def _measured(one: Search) -> Verdict | None:
    at = (Evidence(one.judged_at, "problem", "what judges a trial"),)
    if one.judged == "test":
        return Verdict("unmet", "The search looks at the test data, so no unseen data is left to judge its winner.", at)
    if one.judged == "train":
        return Verdict("unmet", "A trial is judged on the data that its model has learned from.", at)
    if one.judged == "unknown":
        return Verdict("cannot_tell", "On which data a trial is judged cannot be seen.", at)
    return None


def _spaced(one: Search) -> Verdict | None:
    if not one.space:
        return Verdict("unmet", "The search has no space: nothing is tried out.", (
            Evidence(one.span, "problem", "tries nothing"),))  # fmt: skip
    for name, span, bounds in one.space:
        written = [part for part in _written(bounds) if not from_outside(part)]
        if written or not any(from_outside(part) for part in bounds):
            message = f"What `{name}` may be is written in the program, not in a file that people review."
            return Verdict("unmet", message, (Evidence(span, "problem", "bounds in the code"),))
    return None


def _written(bounds: tuple[Value, ...]) -> list[Value]:
    found: list[Value] = []
    for bound in bounds:
        if isinstance(bound, Seq):
            found += bound.items
        elif isinstance(bound, Table):
            found += bound.items.values()
        elif isinstance(bound, Const) and isinstance(bound.data, int | float | str):
            found.append(bound)
    return found


def _wide(one: Search) -> Verdict | None:
    if _number(one.workers) == -1 and not one.prunes and not one.everything:
        message = "The search takes every core of the machine and gives up no trial early."
        span = one.workers.span if isinstance(one.workers, Const) else None
        return Verdict("unmet", message, (Evidence(span or one.span, "problem", "as many as there are cores"),))
    return None
