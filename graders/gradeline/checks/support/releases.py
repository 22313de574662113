"""What every check of releases and manifests shares: which ones, and what a hidden part means for the answer."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gradeline.facts.case import Case
from gradeline.model.manifest import Bundle
from gradeline.model.release import Release
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

NO_MANIFEST = Verdict("unmet", "There is no manifest that says what runs in the cluster.")


def chosen_bundles(case: Case, patterns: list[str] | None) -> tuple[Bundle, ...]:
    """What is applied together, where one of its files fits a pattern; all of it without any."""
    wanted = tuple(patterns or ("*",))
    return tuple(
        bundle
        for bundle in case.project.manifests.bundles
        if any(fnmatchcase(path, pattern) for path in (bundle.path, *bundle.parts) for pattern in wanted)
    )


def releases_of(bundles: Iterable[Bundle]) -> list[tuple[Bundle, Release]]:
    return [(bundle, release) for bundle in bundles for release in bundle.releases]


def guarded(bundles: Iterable[Bundle], verdict: Verdict) -> Verdict:
    """The verdict; one that loses points stays open while a part of the manifests cannot be seen."""
    if verdict.status not in ("unmet", "partial"):
        return verdict
    for bundle in bundles:
        for hidden in bundle.opaque:
            message = f"Not everything that is applied can be seen: {hidden.reason}."
            return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", hidden.reason),))
    return verdict


def worst(verdicts: list[Verdict]) -> Verdict:
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    evidence = tuple(dict.fromkeys(item for verdict in verdicts for item in verdict.evidence))
    return Verdict("met", verdicts[0].message, evidence)


def bad(sentence: str, place: Span, text: str) -> Verdict:
    return Verdict("unmet", sentence, (Evidence(place, "problem", text),))


def open_(sentence: str, place: Span, text: str) -> Verdict:
    return Verdict("cannot_tell", sentence, (Evidence(place, "problem", text),))


def no_release(bundles: tuple[Bundle, ...]) -> Verdict:
    """Nothing moves traffic step by step: shown at what runs instead."""
    if not bundles:
        return NO_MANIFEST
    workload = next((one for bundle in bundles for one in bundle.workloads if one.served), None)
    sentence = "Nothing moves the traffic to a new version step by step."
    if workload is not None:
        return guarded(bundles, bad(sentence, workload.span, f"this {workload.kind} is replaced as a whole"))
    return guarded(bundles, bad(sentence, bundles[0].span, "looked through everything that is applied"))
