"""What manifests start: by which name of an image, and whether it says which version it is."""

from __future__ import annotations

import re

from gradeline.checks.support.releases import bad, chosen_bundles, guarded, worst
from gradeline.checks.support.workloads import NOTHING, workloads_of
from gradeline.facts.case import Case
from gradeline.model.workload import Container, Workload
from gradeline.result import Evidence, Verdict

# A tag that is made of a commit: alone, or behind a word (`sha-1a2b3c4`, `main-1a2b3c4d`).
_COMMIT = re.compile(r"(?:[A-Za-z0-9.]{1,40}[-_.])?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}")
_VERSION = re.compile(r"[vV]?[0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-+_.][0-9A-Za-z.+_-]*)?")
_EMPTY = frozenset({"", "unknown", "latest", "dev", "local", "none", "n/a", "todo", "changeme", "stable", "current",
                    "champion", "challenger", "main", "version", "x.y.z", "tbd"})  # fmt: skip


def named(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether each image that is started has a name that will not mean something else tomorrow."""
    found = workloads_of(case, patterns)
    if not any(one.containers for one in found):
        return guarded(chosen_bundles(case, patterns), NOTHING)
    verdicts = [_image(one, container) for one in found for container in one.containers]
    return guarded(chosen_bundles(case, patterns), worst(verdicts))


def _image(workload: Workload, container: Container) -> Verdict:
    place = container.image_span or container.span
    if not container.image:
        return bad(f"The container `{container.name}` names no image.", container.span, "no image")
    tag = container.version.partition("@")[0]
    if container.firmness == "digest" or _COMMIT.fullmatch(tag) or _VERSION.fullmatch(tag):
        proof = (Evidence(place, "proof", "a name that stays"),)
        return Verdict("met", "What is started has a name that stays.", proof)
    if any(mark in container.image for mark in ("$", "{{", "<")):
        sentence = f"Which image `{workload.name}` gets is filled in elsewhere."
        return Verdict("cannot_tell", sentence, (Evidence(place, "problem", "filled in elsewhere"),))
    if container.firmness == "none":
        return bad("The image has no version, so it is whatever is the latest.", place, "no version")
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
    for container in workload.containers:
        for name in settings:
            if name not in container.env or container.first:
                continue
            value, place = container.env[name], container.env_spans[name]
            if value is not None and not _moves(value):
                return Verdict("met", "What runs says which version it is.", (Evidence(place, "proof", "its version"),))
            if value is not None:
                empty = empty or Evidence(place, "problem", "says nothing about the version")
    if empty is not None:
        return Verdict("unmet", "What stands for the version is the same for every version.", (empty,))
    return bad("Nothing says which version runs.", workload.span, "no version among its labels and variables")
