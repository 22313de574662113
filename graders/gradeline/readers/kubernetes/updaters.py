"""Argo CD Image Updater: who changes the image of an application, to what, and where it is written.

Argo CD Image Updater documentation, "Application configuration", "Update strategies" (``semver`` is the default),
"Update methods" (``argocd`` is the default; ``git`` commits to the branch that the application follows, ``base:target``
to another one, ``pullRequest`` asks), "Migration" (the annotations of versions before 1.0).
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.model.delivery import Delivery, Updater
from gradeline.model.infrastructure import Value
from gradeline.model.manifest import Manifest, at, listed, place, text

_PREFIX = "argocd-image-updater.argoproj.io/"
_LONGEST = 200


def updater_of(delivery: Delivery, manifests: tuple[Manifest, ...]) -> Updater | None:
    """The one that changes the image of an application, None without one."""
    if not delivery.kind.startswith("Application"):
        return None
    for one in manifests:
        if one.kind == "ImageUpdater" and one.api.startswith(_PREFIX):
            for reference in listed(one.body, "spec", "applicationRefs"):
                pattern = text(reference, "namePattern")[:_LONGEST]
                if pattern and fnmatchcase(delivery.name[:_LONGEST], pattern):
                    return _by_resource(one, reference)
        if one.kind == delivery.kind and one.head == delivery.span:
            annotated = _by_annotations(one)
            if annotated is not None:
                return annotated
    return None


def _by_resource(manifest: Manifest, reference: Value) -> Updater:
    spec = at(manifest.body, "spec")
    images = [text(one, "commonUpdateSettings", "updateStrategy") for one in listed(reference, "images")]
    common = text(reference, "commonUpdateSettings", "updateStrategy") or text(
        spec, "commonUpdateSettings", "updateStrategy"
    )
    owner = reference if at(reference, "writeBackConfig") is not None else spec
    git = at(owner, "writeBackConfig", "gitConfig")
    return Updater(
        place(reference, "namePattern") or manifest.head,
        bool(images) and all((one or common) == "digest" for one in images),
        text(owner, "writeBackConfig", "method").startswith("git"),
        at(git, "pullRequest") is not None or ":" in text(git, "branch"),
    )


def _by_annotations(manifest: Manifest) -> Updater | None:
    notes = at(manifest.body, "metadata", "annotations")
    images = text(notes, f"{_PREFIX}image-list")
    if not images:
        return None
    aliases = [one.partition("=")[0].strip() for one in images.split(",")[:20] if "=" in one]
    common = text(notes, f"{_PREFIX}update-strategy")
    chosen = [text(notes, f"{_PREFIX}{alias}.update-strategy") or common for alias in aliases] or [common]
    return Updater(
        place(notes, f"{_PREFIX}image-list") or manifest.head,
        all(one == "digest" for one in chosen),
        text(notes, f"{_PREFIX}write-back-method").startswith("git"),
        ":" in text(notes, f"{_PREFIX}git-branch"),
    )
