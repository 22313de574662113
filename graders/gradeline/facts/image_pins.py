"""How firmly an image reference names one content.

OCI distribution specification, "Pulling manifests": a digest names content, a tag can be moved.  Docker
documentation, "Building best practices" (Pin base image versions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.base_images import short_name
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.images import ImageFacts
from gradeline.model.image import Assign
from gradeline.model.pipeline import Use
from gradeline.model.services import Services
from gradeline.records import record, replace
from gradeline.result import Evidence

Strength = Literal["digest", "exact", "moving", "none", "computed"]
# Products whose releases have two numbers only (README of each Docker Official Image).
_TWO_NUMBERS = frozenset({"debian", "postgres", "amazonlinux", "fedora", "rockylinux", "almalinux", "busybox"})
_HEX = frozenset("0123456789abcdef")


@record
class Taken:
    """An image from outside, how firm its version is, and where its version was decided."""

    use: Use
    strength: Strength
    shown: str
    evidence: tuple[Evidence, ...]


def strength_of(use: Use) -> Strength:
    if use.kind in ("digest", "sha"):
        return "digest"
    if use.kind in ("none", "computed"):
        return use.kind
    if "@" in use.version:
        return "moving"  # a digest that is none: the builder refuses it
    return "exact" if is_exact_tag(use.name, use.version) else "moving"


def is_exact_tag(name: str, tag: str) -> bool:
    """Whether a tag names one release: ``3.12.4-slim``, ``bookworm-20250203``, a commit.  ``3.12`` moves."""
    pieces = tag.replace("_", "-").replace("+", "-").split("-")
    first = pieces[0].removeprefix("v")
    numbers = first.split(".")
    least = 2 if short_name(name).rsplit("/", 1)[-1] in _TWO_NUMBERS else 3
    if len(numbers) >= least and all(part.isascii() and part.isdigit() for part in numbers[:least]):
        return True
    return any(_is_date(piece) or _is_commit(piece) for piece in (*pieces, *tag.split(".")))


def _is_date(piece: str) -> bool:
    return len(piece) == 8 and piece.isascii() and piece.isdigit() and piece.startswith("20")


def _is_commit(piece: str) -> bool:
    return len(piece) >= 7 and set(piece) <= _HEX and not piece.isdigit() and not piece.isalpha()


def taken_by_image(facts: ImageFacts) -> Iterator[Taken]:
    """Every image a build takes from outside, in the order of the file; folders that a build names are none."""
    given = {name for build in facts.builds for name in build.contexts}
    arguments = {item.name: item for item in _arguments(facts)}
    for use in sorted(facts.image.uses, key=lambda one: one.span):
        if use.kind == "local" or use.name in given:
            continue
        more = _decided_by(facts, use, arguments)
        yield _taken(use, more)


def _arguments(facts: ImageFacts) -> Iterator[Assign]:
    yield from facts.image.arguments


def _decided_by(facts: ImageFacts, use: Use, arguments: dict[str, Assign]) -> tuple[Evidence, ...]:
    for stage in facts.image.stages:
        if stage.image is use:
            return tuple(
                Evidence(arguments[name].span, "context", "the version stands here")
                for name in stage.image_value.arguments
                if name in arguments
            )
    return ()


def _taken(use: Use, more: tuple[Evidence, ...] = ()) -> Taken:
    separator = "@" if use.version.startswith("sha256:") else ":"
    shown = f"{use.name}{separator}{use.version}" if use.version else use.name
    return Taken(use, strength_of(use), shown if len(shown) <= 80 else shown[:77] + "...", more)


def taken_by_services(services: Services) -> Iterator[Taken]:
    """The images of services; one that is built here is only given its name."""
    for service in services.services:
        if service.image is not None and service.build is None:
            yield _taken(service.image)


def taken_by_pipeline(facts: PipelineFacts, images: Mapping[str, ImageFacts]) -> Iterator[Taken]:
    """The images that jobs run in or beside; for one that is built for the job, those that its build takes."""
    for use in facts.pipeline.uses:
        if use.subject == "image" and use.kind != "local":
            yield from _in_runs(facts, use)
        elif use.subject == "image" and use.name in images:
            yield from taken_by_image(images[use.name])


def _in_runs(facts: PipelineFacts, use: Use) -> Iterator[Taken]:
    """The image; one that is put together from values of a run, as it is in each leg of the jobs that run in it."""
    units = [unit for unit in facts.pipeline.units if unit.image is not None and unit.image.span == use.span]
    if use.kind != "computed" or not units:
        yield _taken(use)
        return
    seen: set[str] = set()
    for unit in units:
        for scenario in facts.pipeline.scenarios:
            for leg in range(len(facts.simulator.legs(unit))):
                text = facts.moment(unit, scenario, leg).text(unit.image_text)
                if text is None:
                    yield _taken(use)
                    return
                if text not in seen:
                    seen.add(text)
                    yield _taken(named_image(use, text.strip()))


def named_image(use: Use, reference: str) -> Use:
    """The image of a reference such as ``registry:5000/name:tag@sha256:...`` in the place of ``use``."""
    rest, at, digest = reference.partition("@")
    folder, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    version = f"{tag}@{digest}" if at and colon else digest if at else tag
    whole = digest.startswith("sha256:") and len(digest) == len("sha256:") + 64
    kind: Literal["digest", "branch", "tag", "none"] = "tag" if tag else "none"
    if at:
        kind = "digest" if whole else "branch"
    return replace(use, name=f"{folder}{slash}{last}", version=version, kind=kind)


def taken(case: Case, where: str, patterns: list[str] | None) -> list[Taken] | None:
    """Every image of the place a rubric looks at; None when there is no such file."""
    from fnmatch import fnmatchcase

    if where == "tests":
        from gradeline.facts.tests_containers import containers

        return [_taken(one.use) for one in containers(case.tests.suite) if one.use is not None and not one.local]
    if where == "pipelines":
        pipelines = case.select(patterns)
        return [item for facts in pipelines for item in taken_by_pipeline(facts, case.images)] if pipelines else None
    if where == "services":
        chosen = [
            services
            for path, services in case.services.items()
            if any(fnmatchcase(path, pattern) for pattern in patterns or ("*",))
        ]
        return [item for services in chosen for item in taken_by_services(services)] if chosen else None
    images = case.select_images(patterns)
    return [item for facts in images for item in taken_by_image(facts)] if images else None
