"""Layers that image builds of a pipeline fetch from and leave in a cache outside of the machine.

Docker documentation, "Cache storage backends" (mode, inline) and docker/build-push-action README (cache-from,
cache-to, no-cache).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.records import record

Kept = Literal["max", "min", "inline", "none", "unknown"]
_SHARED = ("registry", "s3", "azblob")
_BACKENDS = ("gha", "registry", "s3", "azblob", "local")


@record
class Remote:
    """``kept`` is how much a build leaves in the cache; ``fetched`` whether it reads one; ``refused`` whether it
    ignores every cache; ``exposed`` whether code that nobody has reviewed writes the cache that others read."""

    item: Activity
    kept: Kept
    fetched: bool
    refused: bool
    exposed: bool = False


def remote_caches(facts: PipelineFacts) -> Iterator[Remote]:
    """One answer for each image build that really builds."""
    builds = facts.doing("build-image")
    read = frozenset(_read_by_others(facts, builds))
    leaving = any(_kept(_options(facts, item)[1]) != "none" for item in builds)
    for item in builds:
        sources, targets, refused = _options(facts, item)
        kept = _kept(targets)
        if kept == "none" and leaving and _only_proposed(facts, item):
            continue  # the builds of the branch leave the layers, and those of proposed changes only read them
        yield Remote(item, kept, any(_is_backend(one) for one in sources), refused, _exposed(facts, item, read))


def _only_proposed(facts: PipelineFacts, item: Activity) -> bool:
    return all(one.kind == "review" for one in facts.pipeline.scenarios if one.id in item.scenarios)


def _read_by_others(facts: PipelineFacts, builds: Iterable[Activity]) -> Iterator[str]:
    """The places that builds of branches and versions read; of proposed changes only when there are no others."""
    kinds = [one for one in facts.pipeline.scenarios if one.kind != "review"] or list(facts.pipeline.scenarios)
    for item in builds:
        for scenario in kinds:
            if scenario.id in item.scenarios:
                yield from (_place(text) for text in _options(facts, item, scenario)[0])


def _place(text: str) -> str:
    """What names a cache: its reference, or all that is said of it but how much is kept."""
    fields = _fields(text)
    if "type" not in fields:
        return text
    return fields.get("ref") or ",".join(f"{key}={value}" for key, value in sorted(fields.items()) if key != "mode")


def _exposed(facts: PipelineFacts, item: Activity, read: frozenset[str]) -> bool:
    """Whether a proposed change writes a cache that others read.  GitHub's cache keeps what a proposed change
    writes to itself (GitHub Docs, Dependency caching reference, Restrictions for accessing a cache)."""
    for scenario in facts.scenarios("review"):
        if scenario.id in item.scenarios and scenario.new_code:
            _, targets, _ = _options(facts, item, scenario)
            if any(
                _fields(text).get("type", "registry") in _SHARED and text and _place(text) in read for text in targets
            ):
                return True
    return False


def _options(
    facts: PipelineFacts, item: Activity, scenario: Scenario | None = None
) -> tuple[list[str], list[str], bool]:
    if item.invocation is None:
        scenario = scenario or _usual(facts, item)
        moment = facts.moment(item.unit, scenario)
        inputs = {name.lower(): moment.hidden_text(text) for name, text in item.step.inputs.items()}
        settings = [line.strip() for line in inputs.get("set", "").split("\n")]
        return (
            [*_lines(inputs.get("cache-from", "")), *_settings(settings, "cache-from")],
            [*_lines(inputs.get("cache-to", "")), *_settings(settings, "cache-to")],
            inputs.get("no-cache", "").strip().lower() == "true",
        )
    sources: list[str] = []
    targets: list[str] = []
    refused = False
    for reading in item.readings_of(["build-image"]):
        options = reading.options
        read = [HIDDEN if value is None else value for value in options.get("--cache-from", ())]
        left = [HIDDEN if value is None else value for value in options.get("--cache-to", ())]
        if reading.tool == "buildah":
            # buildah-build(1): repositories, ignored without --layers; every layer of every stage goes there.
            layered = "--layers" in options
            read = read if layered else []
            left = [f"type=registry,ref={value},mode=max" for value in left] if layered else []
        sources += read
        targets += left
        given = [value for value in options.get("--set", ()) if value is not None]
        sources += _settings(given, "cache-from")
        targets += _settings(given, "cache-to")
        refused = refused or "--no-cache" in options
    return sources, targets, refused


def _usual(facts: PipelineFacts, item: Activity) -> Scenario:
    """A run that others build upon: one of a branch or a version before one of a proposed change."""
    reached = [one for one in facts.pipeline.scenarios if one.id in item.scenarios]
    return next((one for one in reached if one.kind != "review"), reached[0])


def _settings(lines: list[str], name: str) -> list[str]:
    """``*.cache-to=type=gha`` of bake."""
    return [line.partition("=")[2] for line in lines if line.partition("=")[0].endswith(f".{name}")]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _fields(text: str) -> dict[str, str]:
    return {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in text.split(","))}


def _is_backend(text: str) -> bool:
    fields = _fields(text)
    return HIDDEN in text or fields.get("type") in _BACKENDS or ("type" not in fields and bool(text))


def _kept(targets: list[str]) -> Kept:
    found: Kept = "none"
    for text in targets:
        fields = _fields(text)
        if HIDDEN in text and "type" not in fields:
            return "unknown"
        if fields.get("type") == "inline":
            found = "inline" if found == "none" else found
        elif fields.get("type") in _BACKENDS or ("type" not in fields and text):
            if fields.get("mode") == "max":
                return "max"
            found = "min"
    return found
