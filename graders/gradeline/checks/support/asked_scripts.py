"""Whether a script that asks a service notices everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.gate_experiment import Start
from gradeline.facts.gate_scripts import gates, started_by
from gradeline.facts.requests import places_of, request_of
from gradeline.facts.script_shape import literal
from gradeline.facts.service_trials import Asker, Trial, asking_tests, foreign
from gradeline.facts.service_world import MAX_SECONDS
from gradeline.model.pipeline import Bound
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_ORDER = ("met", "cannot_tell", "unmet")
_UNLIMITED = ("One request may wait for ever.", "has no time limit")


def asks(
    case: Case, scripts: Sequence[str], path: str, valid: Mapping[str, object], answer: Mapping[str, float | str],
    version: str, parts: Sequence[str],
) -> Verdict:  # fmt: skip
    def judged(where: Sequence[tuple[PipelineFacts, Activity]], start: Start, more: tuple[Start, ...] = ()) -> Verdict:
        asker = Asker(case.code, case.project.documents, start, valid, answer, version, path, more)
        return _judged(asker, parts, bool(where) and all(_is_bounded(*one) for one in where))

    found = gates(case, scripts)
    if not found:
        tested = [judged([(facts, item)], first, tuple(more)) for facts, item, (first, *more) in _suites(case)]
        if tested:
            return min(tested, key=lambda one: _ORDER.index(one.status))
        other = next(_others(case, path), None)
        if other is not None:
            return Verdict("cannot_tell", f"What `{other.text}` asks is not followed.", (
                Evidence(other.span, "problem", "asks by another tool"),))  # fmt: skip
        there = [one for one in scripts if case.project.has(one)]
        if there:
            return Verdict("cannot_tell", f"`{there[0]}` is not read as a script that asks a service.")
        return Verdict("unmet", f"There is no `{scripts[0]}` that asks the service.")
    verdicts = [judged(_starting(case, gate.start), gate.start) for gate in found]
    return min(verdicts, key=lambda one: _ORDER.index(one.status))


def _suites(case: Case) -> Iterator[tuple[PipelineFacts, Activity, tuple[Start, ...]]]:
    """The tests of each command that ask a service."""
    for facts in case.pipelines:
        for item in facts.doing("test"):
            for reading in item.readings_of(("test",)):
                directory = item.invocation.directory if item.invocation is not None else ""
                if reading.effect == "works" and (starts := asking_tests(case.project, reading, directory)):
                    yield facts, item, starts


def _others(case: Case, path: str) -> Iterator[Activity]:
    """Commands that ask a service in a way that is not read here."""
    for facts in case.pipelines:
        yield from facts.doing("load-test")
        for item in facts.activities:
            request = request_of(facts, item)
            if request is not None and any(request.asks(one) for one in ("/readyz", "/ready", path)):
                yield item


def _starting(case: Case, start: Start) -> list[tuple[PipelineFacts, Activity]]:
    """The commands that start a script."""
    return [
        (facts, item)
        for facts in case.pipelines
        for item in facts.activities
        if item.invocation is not None
        and (own := started_by(case.project, item.invocation.words, item.invocation.directory)) is not None
        and own.module is start.module
    ]


def _is_bounded(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a command is ended after some minutes, whatever it does: `timeout`, or the limit of a step or job."""
    if any(_is_short(bound) for bound in (item.step.timeout, item.unit.timeout)):
        return True
    return any(literal(node.words[0]) in ("timeout", "gtimeout") for _, _, node in places_of(facts, item))


def _is_short(bound: Bound | None) -> bool:
    """Whether a limit that the platform takes is at most as long as anybody waits."""
    if bound is None or bound.invalid:
        return False
    try:
        return 0 < float(bound.value.constant or "") <= MAX_SECONDS / 60
    except ValueError:
        return False


def _judged(asker: Asker, parts: Sequence[str], bounded: bool) -> Verdict:
    script = asker.start.module.path
    good = asker.good()
    broken = _broken(asker, good)
    if broken is not None:
        return broken
    if not good.asked:
        return _unmet(f"{script} asks no service.", Span(script, 1), "asks nothing")
    other = foreign(good)
    if other is not None:
        return _unmet(f"The address is written into {script}, so it can only ask this one.", other.span,
                      "an address of its own")  # fmt: skip
    asked = _asked(asker, good)
    if asked is not None:
        return asked
    unlimited = next((one for one in good.asked if not one.limited), None)
    if unlimited is not None and "limit" in parts and not good.alarmed and not bounded:
        return _unmet(_UNLIMITED[0], unlimited.span, _UNLIMITED[1])
    for part, words, service in asker.bad():
        if part not in parts:
            continue
        found = asker.tried(service)
        if found.run is None:
            return _unmet(f"When {words}, {script} goes on asking for more than 15 minutes.", found.asked[-1].span,
                          "asks again and again")  # fmt: skip
        if found.lost is not None:
            span, reason = found.lost
            return Verdict("cannot_tell", f"{script} cannot be followed: {reason}.", (
                Evidence(span, "problem", reason),))  # fmt: skip
        if found.accepted and found.unknown:
            span, name = found.unknown[-1]
            return Verdict("cannot_tell", f"When {words}, it depends on `{name}` whether {script} notices.", (
                Evidence(span, "problem", "judges the answer, or does not"),))  # fmt: skip
        if found.accepted:
            span = found.asked[-1].span if found.asked else Span(script, 1)
            return _unmet(f"When {words}, {script} ends with success.", span, f"asked here, and {words}")
    proofs = tuple(Evidence(one.span, "proof", f"asks {one.path or 'the service'}") for one in good.asked)
    return Verdict("met", f"{script} notices each mistake that was tried.", tuple(dict.fromkeys(proofs)))


def _broken(asker: Asker, good: Trial) -> Verdict | None:
    """Why the script cannot be judged, or ends badly with a good service; None when neither."""
    script = asker.start.module.path
    if good.accepted:
        return None
    if good.lost is not None:
        span, reason = good.lost
        return Verdict("cannot_tell", f"{script} cannot be followed: {reason}.", (Evidence(span, "problem", reason),))
    span = good.run.span if good.run is not None else Span(script, 1)
    return Verdict("cannot_tell", f"No service was found with which {script} ends with success.", (
        Evidence(span, "problem", "ends here although the service is well"),))  # fmt: skip


def _asked(asker: Asker, good: Trial) -> Verdict | None:
    """Which of the questions is missing; None when none is."""
    script = asker.start.module.path
    first = good.asked[0].span
    if not any(one.path.endswith(("/readyz", "/ready")) for one in good.asked):
        return _unmet(f"{script} does not ask whether the service is ready.", first, "asks something else")
    predictions = [one for one in good.asked if one.path.endswith(asker.path)]
    if not any(one.valid for one in predictions):
        at = predictions[0].span if predictions else first
        return _unmet(f"{script} asks {asker.path} about no customer.", at, "this is no customer, or no prediction")
    if not any(not one.valid for one in predictions):
        return _unmet(f"{script} never asks {asker.path} about nonsense.", predictions[0].span, "asks about a customer")
    return None


def _unmet(sentence: str, span: Span, text: str) -> Verdict:
    return Verdict("unmet", sentence, (Evidence(span, "problem", text),))
