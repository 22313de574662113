"""What manifests start: by which name of an image, and whether it says which version it is."""

from __future__ import annotations

from gradeline.checks.support.releases import bad, chosen_bundles, guarded, worst
from gradeline.checks.support.workloads import NOTHING, workloads_of
from gradeline.facts.applied_images import Applied, applied_images, is_open, says_which
from gradeline.facts.case import Case
from gradeline.model.workload import Container, Workload
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_EMPTY = frozenset({"", "unknown", "latest", "dev", "local", "none", "n/a", "todo", "changeme", "stable", "current",
                    "champion", "challenger", "main", "version", "x.y.z", "tbd"})  # fmt: skip


def named(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether each image that is started has a name that will not mean something else tomorrow."""
    found = workloads_of(case, patterns)
    if not any(one.containers for one in found):
        return guarded(chosen_bundles(case, patterns), NOTHING)
    filled = _filled(case)
    verdicts = [_image(one, container, filled.get(container.span, [])) for one in found for container in one.containers]
    return guarded(chosen_bundles(case, patterns), worst(verdicts))


def _filled(case: Case) -> dict[Span, list[Applied]]:
    """What the pipelines fill into the images of containers, by the place of the container."""
    found: dict[Span, list[Applied]] = {}
    for facts in case.select(None):
        for scenario in facts.pipeline.scenarios:
            for one in applied_images(facts, scenario):
                if one.filler is not None:
                    found.setdefault(one.container.span, []).append(one)
    return found


def _image(workload: Workload, container: Container, filled: list[Applied]) -> Verdict:
    place = container.image_span or container.span
    if not container.image:
        return bad(f"The container `{container.name}` names no image.", container.span, "no image")
    for one in filled:
        if one.fixed is False:
            return bad(f"`{one.ref.shown}` is filled in, a name that moves.", one.span, "fills in this name")
    if filled and all(one.fixed for one in filled):
        proofs = [Evidence(one.span, "proof", "fills in a name that stays") for one in filled]
        return Verdict("met", "What is started has a name that stays.", tuple(dict.fromkeys(proofs)))
    if says_which(container):
        proof = (Evidence(place, "proof", "a name that stays"),)
        return Verdict("met", "What is started has a name that stays.", proof)
    if is_open(container) or filled:
        sentence = f"Which image `{workload.name}` gets is filled in elsewhere."
        return Verdict("cannot_tell", sentence, (Evidence(place, "problem", "filled in elsewhere"),))
    if container.firmness == "none":
        return bad("The image has no version, so it is whatever is the latest.", place, "no version")
    tag = container.version.partition("@")[0]
    return bad(f"`{tag[:60]}` is a name that moves.", place, "will mean something else tomorrow")


def versioned(case: Case, labels: tuple[str, ...], settings: tuple[str, ...], patterns: list[str] | None) -> Verdict:
    """Whether each workload says its version, by a label of its pods or a variable."""
    found = workloads_of(case, patterns)
    if not any(one.containers for one in found):
        return guarded(chosen_bundles(case, patterns), NOTHING)
    return guarded(chosen_bundles(case, patterns), worst([_version(one, labels, settings) for one in found]))


def _moves(value: str) -> bool:
    """Whether a version says nothing: an alias of a registry (``models:/churn@champion``) names whatever it is now."""
    text = value.strip().lower()
    return text in _EMPTY or (text.startswith("models:/") and ("@" in text or text.rpartition("/")[2] in _EMPTY))


def _version(workload: Workload, labels: tuple[str, ...], settings: tuple[str, ...]) -> Verdict:
    empty: Evidence | None = None
    for name in labels:
        value = workload.labels.get(name)
        if value is None:
            continue
        place = workload.label_spans.get(name, workload.span)
        if not _moves(value):
            return Verdict("met", "What runs says which version it is.", (Evidence(place, "proof", "its version"),))
        empty = empty or Evidence(place, "problem", "says nothing about the version")
    unknown: Span | None = None
    for container in workload.containers:
        if settings and not container.first and not any(name in container.env for name in settings):
            unknown = unknown or container.elsewhere
        for name in settings:
            if name not in container.env or container.first:
                continue
            value, place = container.env[name], container.env_spans[name]
            if value is None:
                unknown = unknown or place
            if value is not None and not _moves(value):
                return Verdict("met", "What runs says which version it is.", (Evidence(place, "proof", "its version"),))
            if value is not None:
                empty = empty or Evidence(place, "problem", "says nothing about the version")
    if unknown is not None:
        sentence = f"Which version `{workload.name}` runs stands in settings that are not here."
        return Verdict("cannot_tell", sentence, (Evidence(unknown, "problem", "comes from elsewhere"),))
    if empty is not None:
        return Verdict("unmet", "What stands for the version is the same for every version.", (empty,))
    return bad("Nothing says which version runs.", workload.span, "no version among its labels and variables")
