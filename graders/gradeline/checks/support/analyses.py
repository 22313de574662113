"""The parts of the check ``analysis``: each answers one question about what judges a release."""

from __future__ import annotations

from gradeline.checks.support.releases import bad, open_
from gradeline.facts.measurements import Measured, measurements
from gradeline.model.release import Analysis, Metric, Release
from gradeline.result import Evidence, Verdict

_EARLY = 3  # steps that may pass before an analysis in the background starts
_TOLERATED = 5  # failed measurements
_HELD = 3600.0  # seconds that a bad version may stay where a controller stopped it
_WORDS = {
    "errors": "errors",
    "latency": "how long a request takes, at a high percentile",
    "model": "the answers of the model",
}


def real(release: Release) -> list[Measured]:
    """The metrics that count: no dry runs."""
    return [one for one in measurements(release) if not one.metric.dry]


def broken(release: Release) -> Verdict | None:
    """The first name that leads nowhere."""
    for analysis in release.analyses:
        for name in analysis.unresolved:
            return bad(f"There is no analysis template `{name.name}`.", name.span, "leads nowhere")
        for key, _ in analysis.missing:
            sentence = f"Nobody gives the argument `{key}` of the analysis a value."
            return bad(sentence, analysis.span, f"`{key}` is missing")
    return None


def _none(release: Release) -> Verdict:
    return bad("Nothing is measured while the new version gets traffic.", release.strategy_span, "starts no analysis")


def used(release: Release) -> Verdict:
    if not release.analyses:
        return _none(release)
    wrong = broken(release)
    if wrong is not None:
        return wrong
    found = real(release)
    if not found:
        dry = next((one for one in measurements(release)), None)
        place = dry.analysis.span if dry is not None else release.analyses[0].span
        return bad("The analysis measures nothing that counts.", place, "only a dry run, or no metric at all")
    unsure: Verdict | None = None
    for one in found:
        metric = one.metric
        if metric.provider == "unknown":
            unsure = unsure or open_(f"Who answers `{metric.name}` is not known.", metric.span, "unknown provider")
            continue
        decides = one.decides
        if decides is False:
            place = metric.success_span or metric.failure_span or metric.span
            return bad(f"`{metric.name}` comes to the same answer whatever is measured.", place, "cannot fail")
        if decides is None:
            place = metric.success_span or metric.failure_span or metric.span
            unsure = unsure or open_(f"What decides about `{metric.name}` is not understood.", place, "not understood")
        if metric.failure_limit is None:
            return bad(f"`{metric.name}` may fail as often as it likes.", metric.span, "its limit is switched off")
        inline = one.analysis.where in ("inline", "before", "after", "experiment")
        if inline and metric.interval and not metric.count and not release.judged_by_controller:
            return bad(f"`{metric.name}` never ends: it is measured again and again.", metric.span, "has no count")
    if unsure is not None:
        return unsure
    background = [one for one in release.analyses if one.where == "background"]
    early = any(one.since <= _EARLY for one in background)
    if not early and not _inline_early(release):
        place = background[0].span if background else release.analyses[0].span
        return bad("The first share of the traffic is judged by nothing.", place, "starts too late")
    proofs = tuple(Evidence(one.span, "proof", "the release starts it") for one in release.analyses)
    return Verdict("met", "Measurements judge the release.", proofs)


def _inline_early(release: Release) -> bool:
    """Whether an analysis comes before the second share (or belongs to a switch)."""
    if any(one.where in ("before", "after") for one in release.analyses):
        return True
    shares = 0
    for step in release.steps:
        shares += step.kind == "weight"
        if step.analysis is not None:
            return shares <= 1
    return False


def signals(release: Release, wanted: tuple[str, ...], model: tuple[str, ...]) -> Verdict:
    found = real(release)
    if not found:
        return broken(release) or _none(release)
    seen: dict[str, Measured] = {}
    hidden: Measured | None = None
    for one in found:
        kinds = one.signals(model)
        if one.decides is False or one.about_old:
            continue
        for kind in kinds:
            seen.setdefault(kind, one)
        if not kinds and one.query is None and one.metric.provider != "builtin":
            hidden = hidden or one
    for kind in wanted:
        if kind not in seen:
            if hidden is not None:
                sentence = f"What `{hidden.metric.name}` measures cannot be seen."
                return open_(sentence, hidden.metric.span, "not understood")
            place = found[0].metric.span
            return bad(f"Nothing measures {_WORDS[kind]}.", place, "the metrics begin here")
    if len({one.metric.name for one in found}) < len(wanted):
        return bad(f"There are fewer than {len(wanted)} metrics.", found[0].metric.span, "the metrics begin here")
    proofs = tuple(Evidence(seen[kind].metric.span, "proof", f"measures {_WORDS[kind]}") for kind in wanted)
    return Verdict("met", "Errors, latency and the model itself are measured.", proofs)


def control(release: Release) -> Verdict:
    found = real(release)
    if not found:
        return broken(release) or _none(release)
    for one in found:
        if one.about_new is False:
            place = one.metric.query_span or one.metric.span
            return bad(f"`{one.metric.name}` looks at both versions together.", place, "not only the new version")
    proofs = [one for one in found if one.compares]
    if proofs:
        evidence = tuple(
            Evidence(one.metric.query_span or one.metric.span, "proof", "measures both versions") for one in proofs
        )
        return Verdict("met", "The new version is measured against the old one.", evidence)
    unsure = next((one for one in found if one.compares is None), None)
    if unsure is not None:
        place = unsure.metric.query_span or unsure.metric.span
        return open_(f"What `{unsure.metric.name}` is measured against cannot be seen.", place, "not understood")
    if release.judged_by_controller:
        place = found[0].metric.span
        proof = (Evidence(place, "proof", "the controller measures the new version alone, against fixed bounds"),)
        return Verdict("met", "The controller measures the new version while the old one serves.", proof)
    place = found[0].metric.query_span or found[0].metric.span
    return bad("No metric compares the new version with the old one at the same time.", place, "only one version")


def empty(release: Release) -> Verdict:
    found = real(release)
    if not found:
        return broken(release) or _none(release)
    guard = next((one for one in found if one.demands_traffic), None)
    unsure: Verdict | None = None
    for one in found:
        metric = one.metric
        place = metric.success_span or metric.failure_span or metric.span
        tolerated = metric.failure_limit
        if (tolerated is None or tolerated > _TOLERATED) and not release.judged_by_controller:
            return bad(f"`{metric.name}` may fail too often.", metric.span, "tolerates failures")
        held = _held(metric) if release.judged_by_controller else 0.0
        if held > _HELD:
            sentence = f"A version that fails keeps its share for {_shown(held)} before it is taken back."
            return bad(sentence, release.strategy_span, "tolerates failures")
        if metric.error_limit > 10 or (metric.inconclusive_limit or 0) > 10:
            return bad(f"`{metric.name}` may give no answer too often.", metric.span, "tolerates missing answers")
        if guard is not None and guard is not one:
            continue
        answer = one.empty_succeeds
        if answer:
            sentence = f"Without any request, `{metric.name}` counts as a success."
            return bad(sentence, place, "no data is a success here")
        if answer is None:
            sentence = f"What an empty answer means for `{metric.name}` is not understood."
            unsure = unsure or open_(sentence, place, "not understood")
    if unsure is not None:
        return unsure
    proofs = tuple(
        Evidence(one.metric.success_span or one.metric.failure_span or one.metric.span, "proof",
                 "demands traffic" if one is guard else "no data is no success")
        for one in found
    )  # fmt: skip
    return Verdict("met", "Without traffic, nothing succeeds.", proofs)


def _held(metric: Metric) -> float:
    """Seconds in which a controller that stops the release at each failure leaves a bad version where it is; 0 for one
    that may fail a few times only."""
    if metric.failure_limit is None or metric.failure_limit <= _TOLERATED:
        return 0.0
    return (metric.failure_limit + 1) * (metric.interval or 0.0)


def window(release: Release, seconds: float) -> Verdict:
    found = real(release)
    if not found:
        return broken(release) or _none(release)
    for one in found:
        metric = one.metric
        if metric.interval is not None and one.window > metric.interval:
            place = metric.query_span or metric.span
            sentence = (
                f"`{metric.name}` is asked every {_shown(metric.interval)}, and looks back {_shown(one.window)}: "
                "the same requests count again and again."
            )
            return bad(sentence, place, "looks back further than to the last measurement")
    total = _total(release)
    if total is None:
        return open_("How long the release is measured cannot be seen.", release.strategy_span, "not known")
    if total < seconds:
        sentence = f"The release is measured for {_shown(total)} altogether, not for {_shown(seconds)}."
        return bad(sentence, release.analyses[0].span, "too short")
    proof = (Evidence(release.analyses[0].span, "proof", f"{_shown(total)} altogether"),)
    return Verdict("met", f"The release is measured for {_shown(total)} altogether.", proof)


def _total(release: Release) -> float | None:
    """Seconds in which something is measured: the waits beside an analysis in the background, and analyses that are
    steps."""
    background = [one for one in release.analyses if one.where == "background"]
    total = 0.0
    for number, step in enumerate(release.steps):
        if step.analysis is not None:
            total += max(_length(step.analysis), step.seconds or 0.0)
        elif step.kind == "pause" and any(one.since <= number for one in background):
            if not step.known:
                return None
            total += step.seconds or 0.0
        elif step.kind == "experiment" and any(one.since <= number for one in background):
            total += step.seconds or 0.0
    for one in release.analyses:
        if one.where in ("before", "after"):
            total += _length(one)
    return total


def _length(analysis: Analysis) -> float:
    """How long an analysis runs: until the last metric has been measured as often as it says."""
    whole = [
        metric.delay + (metric.interval or 0.0) * (metric.count or 1) for metric in analysis.metrics if not metric.dry
    ]
    return max(whole, default=0.0)


def _shown(seconds: float) -> str:
    if seconds >= 60 and seconds % 60 == 0:
        return f"{int(seconds // 60)} min"
    return f"{seconds:g} s"
