"""Whether a release in steps goes back by itself."""

from __future__ import annotations

from gradeline.checks.support.analyses import broken, real
from gradeline.checks.support.releases import bad, chosen_bundles, guarded, no_release, open_, releases_of, worst
from gradeline.facts.case import Case
from gradeline.facts.measurements import Measured
from gradeline.model.release import Release
from gradeline.result import Evidence, Verdict


def aborted(case: Case, patterns: list[str] | None) -> Verdict:
    bundles = chosen_bundles(case, patterns)
    found = releases_of(bundles)
    if not found:
        return no_release(bundles)
    return guarded(bundles, worst([_aborted(release) for _, release in found]))


def _aborted(release: Release) -> Verdict:
    found = real(release)
    if not found:
        wrong = broken(release)
        return wrong or bad("Nothing notices that the new version is bad.", release.strategy_span, "starts no analysis")
    unsure: Verdict | None = None
    for one in found:
        place = one.metric.success_span or one.metric.failure_span or one.metric.span
        fails = _fails(one)
        if fails is False:
            sentence = f"A bad answer for `{one.metric.name}` ends nothing: the release goes on or waits for somebody."
            return bad(sentence, place, "never ends the release")
        if fails is None:
            unsure = unsure or open_(f"What ends `{one.metric.name}` is not understood.", place, "not understood")
    if release.keeps_failed is not None:
        return bad("A release that failed keeps its pods for ever.", release.keeps_failed, "never taken away")
    if release.limits_abort is False:
        place = release.abort_span or release.strategy_span
        sentence = "A version that does not start is never given up: the release waits at its first step."
        return bad(sentence, place, "is not given up")
    if unsure is not None:
        return unsure
    proofs = tuple(Evidence(one.span, "proof", "a failure ends the release") for one in release.analyses)
    return Verdict("met", "The release goes back by itself.", proofs)


def _fails(one: Measured) -> bool | None:
    """Whether some result fails it; a result that only leaves it open waits for a person."""
    if one.metric.failure_limit is None:
        return False
    return one.decides
