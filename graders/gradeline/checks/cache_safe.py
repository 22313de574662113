"""The cache holds only what may be lost and may be read by everybody.

What it looks for
    Cached paths are download, build or data caches.  An installed environment is keyed by the language
    version.  Every fallback key is a prefix of the key.  Runs with extra rights for outsiders do not
    write the cache.  With ``writers: one``, one job of a run saves a cache, and the others only read it.

What does not count
    The whole checkout, files with credentials, models or packages handed over by cache, and a fallback
    key that can never match: one that is no beginning of the key, or, where fallbacks are whole keys, one
    under which nothing is saved.

How to repair
    Cache the folder of the package manager, and hand over results as artifacts.

Parameters
    ``writers``: ``one`` allows one job for each key.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from gradeline.checks.contract import Check
from gradeline.facts import cache_paths
from gradeline.facts.cache_keys import key_parts
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.reached_effects import Performed, moments, possible
from gradeline.facts.shell_state import HIDDEN, shown
from gradeline.facts.told_folders import with_told_folders
from gradeline.model.effects import CacheUse
from gradeline.result import Evidence, Verdict

Saved = Callable[[], set[tuple[str, ...]]]

CHECK = Check(code="K2", family="caching", params={"writers": {"enum": ["one"]}})


def run(case: Case, writers: str | None = None, pipelines: list[str] | None = None) -> Verdict:
    proofs: list[Evidence] = []
    hidden: Evidence | None = None
    chosen = case.select(pipelines)
    for facts in chosen:
        saved = lru_cache(partial(_saved, facts))  # only where some fallback is a whole key
        for item in (with_told_folders(facts, one) for one in possible(facts, CacheUse)):
            problem = _paths(facts, item) or _fallbacks(facts, item, saved) or _writers(facts, item)
            if problem is not None:
                return problem
            hidden = hidden or _hidden(item.effect)
            proofs.append(Evidence(item.effect.span, "proof", "holds only what can be downloaded or built again"))
        problem = _one_writer(facts) if writers else None
        if problem is not None:
            return problem
    if hidden is not None:
        return Verdict("cannot_tell", "What a cache holds is computed at run time.", (hidden,))
    if not proofs:
        looked = tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen)
        return Verdict("unmet", "Nothing is cached.", looked)
    return Verdict("met", "The caches hold nothing that must not be shared or lost.", tuple(dict.fromkeys(proofs)))


def _paths(facts: PipelineFacts, item: Performed[CacheUse]) -> Verdict | None:
    cache = item.effect
    for text in cache.paths:
        if cache_paths.is_open(text):
            continue
        for path in (line.strip() for line in text.raw.split("\n")):
            if not path or path.startswith("!") or cache_paths.is_hidden(path):
                continue
            if cache_paths.is_workspace(path):
                return _bad(cache, f"The cache takes the whole folder `{path}`, with everything in it.", text)
            if cache_paths.is_secret(path):
                return _bad(
                    cache, f"`{path}` may hold credentials. Everybody who opens a pull request can read a cache.", text
                )
            if cache_paths.is_output(path):
                return _bad(
                    cache,
                    f"`{path}` is made by the build. A cache may be empty or old, so it cannot hand over results.",
                    text,
                )
            if cache_paths.is_environment(path) and not all(
                "toolchain" in key_parts(facts, item, scenario, leg).parts for scenario, leg in item.at
            ):
                return _bad(
                    cache, f"`{path}` only works with one language version, and the key does not name it.", text
                )
    return None


def _hidden(cache: CacheUse) -> Evidence | None:
    for text in cache.paths:
        if cache_paths.is_open(text):
            return Evidence(text.span, "problem", "computed at run time")
    return None


def _bad(cache: CacheUse, message: str, text: object) -> Verdict:
    span = getattr(text, "span", cache.span)
    return Verdict("unmet", message, (Evidence(span, "problem", "cached here"),))


def _fallbacks(facts: PipelineFacts, item: Performed[CacheUse], saved: Saved) -> Verdict | None:
    cache = item.effect
    if cache.key is None:
        return None
    if cache.exact:
        return _exact_fallbacks(facts, item, saved)
    for moment in moments(facts, item):
        key = moment.hidden_text(cache.key)
        for text in cache.restore_keys:
            for fallback in moment.hidden_text(text).split("\n"):
                if fallback.strip() and not key.startswith(fallback.strip()):
                    return Verdict(
                        "unmet",
                        f"The fallback key `{shown(fallback.strip())}` is not a beginning of the key, "
                        "so it brings back something else.",
                        (Evidence(text.span, "problem", "not a prefix of the key"),),
                    )
    return None


def _saved(facts: PipelineFacts) -> set[tuple[str, ...]]:
    """The keys under which any run may save a cache."""
    return {
        _known_parts(moment.hidden_text(other.effect.key))
        for other in possible(facts, CacheUse)
        if other.effect.mode != "restore" and other.effect.key is not None
        for moment in moments(facts, other)
    }


def _exact_fallbacks(facts: PipelineFacts, item: Performed[CacheUse], saved: Saved) -> Verdict | None:
    """Fallback keys that are whole keys: some run must save a cache under each of them."""
    if not item.effect.restore_keys:
        return None
    for moment in moments(facts, item):
        for text in item.effect.restore_keys:
            if _known_parts(moment.hidden_text(text)) not in saved():
                return Verdict(
                    "unmet",
                    f"No job saves a cache under the fallback key `{text.raw}`, so it never brings anything back.",
                    (Evidence(text.span, "problem", "nothing is saved under this key"),),
                )
    return None


def _known_parts(text: str) -> tuple[str, ...]:
    """A key without what is computed, which is taken as the same wherever it stands."""
    return tuple(text.split(HIDDEN))


def _writers(facts: PipelineFacts, item: Performed[CacheUse]) -> Verdict | None:
    if item.effect.mode == "restore" or item.effect.guarded:
        return None
    for scenario, _ in item.at:
        if scenario.privileged:
            return Verdict(
                "unmet",
                f"On {scenario.title}, outsiders can fill a cache that trusted runs read.",
                (Evidence(item.effect.span, "problem", "written in a run for outsiders"),),
            )
    return None


def _one_writer(facts: PipelineFacts) -> Verdict | None:
    """A cache that two jobs of one run save, or that no run ever saves."""
    first: dict[tuple[str, str], Performed[CacheUse]] = {}
    saved: set[tuple[str, ...]] = set()
    readers: list[tuple[Performed[CacheUse], tuple[str, ...]]] = []
    for item in possible(facts, CacheUse):
        if item.effect.key is None:  # the tool saves it, and only once
            continue
        for (scenario, _), moment in zip(item.at, moments(facts, item), strict=True):
            key = moment.hidden_text(item.effect.key)
            if item.effect.mode == "restore":
                readers.append((item, _known_parts(key)))
                continue
            saved.add(_known_parts(key))
            other = first.setdefault((scenario.id, key), item)
            if other.unit.id != item.unit.id:
                return Verdict(
                    "unmet",
                    f"On {scenario.title}, {other.unit.title!r} and {item.unit.title!r} save the same cache.",
                    (
                        Evidence(item.effect.span, "problem", f"{item.unit.title!r} saves it, too"),
                        Evidence(other.effect.span, "context", f"{other.unit.title!r} saves it"),
                    ),
                )
    for item, parts in readers:
        if parts not in saved:
            return Verdict(
                "unmet",
                f"{item.unit.title!r} reads a cache that no job ever saves.",
                (Evidence(item.effect.span, "problem", "only reads"),),
            )
    return None
