"""Images that are sent to a registry to be looked at, and get the names people use only afterwards.

A push into quarantine releases nothing: the later step releases that copies its digest under another name.
Docker documentation, "docker buildx imagetools create"; crane documentation, "crane copy" and "crane tag"; OCI
distribution specification, "Pulling manifests" (a digest names content, so nobody can put another image there).
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_refs import Images, Ref, is_file
from gradeline.model.pipeline import Scenario

# Names that people take for the newest or the running image, whatever a pipeline does later.
_USED = frozenset({"latest", "stable", "main", "master", "edge", "prod", "production", "release", "current"})


def releases(facts: PipelineFacts, items: Iterable[Activity]) -> tuple[Activity, ...]:
    """Those of ``items`` that give people an image: all but the ones that only fill a quarantine."""
    pushes = tuple(items)
    return tuple(item for item in pushes if not _quarantined(facts, item, pushes))


def _quarantined(facts: PipelineFacts, item: Activity, pushes: tuple[Activity, ...]) -> bool:
    """Whether something later copies this very image by its digest under names that this push does not give."""
    promoted = False
    for scenario in facts.pipeline.scenarios:
        if not facts.does(item, ("push-image",), scenario):
            continue
        images = Images(facts, scenario)
        if images.sources(item):
            return False  # a copy of what exists is what releases
        own = images.published(item)
        if any((ref.tag is None and not ref.digest) or ref.tag in _USED for ref in own):
            return False
        promoted = promoted or any(
            _promotes(images, other, item, own) for other in pushes if _runs(facts, other, scenario)
        )
    return promoted


def _runs(facts: PipelineFacts, item: Activity, scenario: Scenario) -> bool:
    return facts.does(item, ("push-image",), scenario)


def _promotes(images: Images, other: Activity, item: Activity, own: tuple[Ref, ...]) -> bool:
    refs = images.sources(other)
    if other is item or not refs or is_file(refs[0]) or not refs[0].digest:
        return False
    names = {ref.name for ref in own} or _unnamed(item)
    given = {ref.text for ref in refs[1:]}
    return refs[0].name in names and bool(given) and not given & {ref.text for ref in own}


def _unnamed(item: Activity) -> set[str]:
    """The repository of a push without a tag: ``type=image,name=NAME,push-by-digest=true``."""
    texts = [text.raw for text in item.step.inputs.values()]
    words = item.invocation.words if item.invocation is not None else ()
    found: set[str] = set()
    for text in (*texts, *words):
        if "push-by-digest=true" in text:
            found |= {part.partition("=")[2] for part in text.split(",") if part.strip().startswith("name=")}
    return found
