"""The dependency cache has a key that changes exactly when the dependencies may change.

What it looks for
    In every job that runs the command, and in every leg of its matrix, a cache of downloaded or installed
    dependencies, restored before the installation.  Its key depends on the operating system, the language
    version and the content of the lock file.  A tool's built-in cache counts when it hashes the lock file.
    With ``subject: data``, a cache of versioned data, restored before the data is fetched; its key depends on the
    files that say which version of the data it is.

What does not count
    A constant key, a hash of a file that does not exist (it is empty and never changes), a hash of a
    file that is not the lock file, a key that is new for every run, and a cache action that no longer
    works.  A folder of the checkout that the package manager does not use: it keeps its downloads elsewhere.

How to repair
    Name the lock file where the cache asks for the files its key depends on.

Parameters
    ``subject``: ``dependencies`` or ``data``.  ``parts``: what the key must depend on; for data only the lock.
    ``tool``: the class of commands whose jobs need the cache.
"""

from __future__ import annotations

from functools import partial

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.facts import cache_paths, download_folders
from gradeline.facts.activities import Activity
from gradeline.facts.cache_keys import is_data_lock, key_parts
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.installs import project_packages
from gradeline.facts.reached_effects import Performed, Together, performed_at, together
from gradeline.facts.told_folders import with_told_folders
from gradeline.model.effects import CacheUse
from gradeline.model.pipeline import Scenario, Unit
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="K1",
    family="caching",
    params={
        "subject": {"enum": ["dependencies", "data"]},
        "parts": {"type": "array", "items": {"enum": ["os", "toolchain", "lock"]}},
        "tool": WORDS,
    },
    required=("tool",),
)
_FRESH = ("schedule", "manual")  # kinds of runs that somebody starts for a fresh look
_WORDS = {"os": "the operating system", "toolchain": "the language version", "lock": "the lock file"}


def run(
    case: Case,
    tool: str | list[str],
    subject: str = "dependencies",
    parts: list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    data = subject == "data"
    wanted = tuple(parts or (("lock",) if data else ("os", "toolchain", "lock")))
    proofs: list[Evidence] = []
    for facts in chosen:
        items = facts.doing(*listed(tool))
        for unit in {item.unit.id: item.unit for item in items}.values():
            verdict = _unit(facts, unit, items, wanted, data)
            if verdict.status != "met":
                return verdict
            proofs.extend(item for item in verdict.evidence if item not in proofs)
    if not proofs:
        return absent(chosen, listed(tool))
    message = "The dependency cache changes with the lock file, the language version and the system."
    return Verdict("met", "The data cache changes with the version of the data." if data else message, tuple(proofs))


def _unit(
    facts: PipelineFacts, unit: Unit, items: tuple[Activity, ...], wanted: tuple[str, ...], data: bool
) -> Verdict:
    """The verdict on one job: its first leg without a right cache, or its proofs.

    A run that somebody starts for a fresh look, by a schedule or by hand, may go without the cache that the
    job has in its other runs.
    """
    judged: dict[tuple[str, int], list[Verdict]] = {}
    known: dict[tuple[bool, int, frozenset[str]], list[tuple[Scenario, Verdict]]] = {}
    late = _late_steps(facts, unit, data)
    kinds: dict[str, str] = {}
    for world in together(facts, unit, items):
        kinds[world.scenario.id] = world.scenario.kind
        verdict = facts.taken_over(
            world.scenario,
            known.setdefault((world.scenario.kind in _FRESH, world.leg, world.steps), []),
            partial(_leg, facts, unit, world, wanted, data, late),
        )
        judged.setdefault((world.scenario.id, world.leg), []).append(verdict)
    often = {key: found for key, found in judged.items() if kinds[key[0]] not in _FRESH}
    proofs: list[Evidence] = []
    for verdicts in (often or judged).values():
        bad = next((verdict for verdict in verdicts if verdict.status != "met"), None)
        if bad is None:
            proofs.extend(item for verdict in verdicts for item in verdict.evidence)
        elif any(verdict.status == "met" for verdict in verdicts):
            return Verdict(
                "cannot_tell",
                f"Whether the job {unit.title!r} has its cache depends on something that is not in the files.",
                bad.evidence,
            )
        else:
            return bad
    return Verdict("met", "", tuple(proofs))


def _leg(
    facts: PipelineFacts, unit: Unit, world: Together, wanted: tuple[str, ...], data: bool, late: frozenset[str]
) -> Verdict:
    holds = cache_paths.holds_data if data else cache_paths.holds_dependencies
    restored = [
        with_told_folders(facts, item)
        for item in performed_at(facts, CacheUse, unit, world.scenario, world.leg)
        if item.effect.mode != "save" and item.step.id in world.steps
    ]
    folders = () if data else download_folders.chosen_folders(facts, unit, world.scenario, world.leg)
    caches = [
        item
        for item in restored
        if holds(item.effect)
        or any(download_folders.is_chosen(path, folders) for path in cache_paths.lines(item.effect))
    ]
    if not caches:
        hidden = next(
            (item.effect for item in restored if any(cache_paths.is_open(text) for text in item.effect.paths)),
            None,
        )
        if hidden is not None:
            return Verdict(
                "cannot_tell",
                f"What the cache of the job {unit.title!r} holds is computed at run time.",
                (Evidence(hidden.span, "problem", "computed at run time"),),
            )
        return _no_cache(facts, unit, world, data)
    verdicts = [_cache(facts, item, world, wanted, data, late) for item in caches]
    return next((verdict for verdict in verdicts if verdict.status == "met"), verdicts[0])


def _no_cache(facts: PipelineFacts, unit: Unit, world: Together, data: bool) -> Verdict:
    holds = cache_paths.holds_data if data else cache_paths.holds_dependencies
    things = "data" if data else "dependencies"
    idle = [
        (step, effect)
        for step in unit.walk()
        for effect in step.effects
        if isinstance(effect, CacheUse) and effect.mode != "save" and holds(effect)
    ]
    if idle:
        step, effect = idle[0]
        number = len(facts.simulator.legs(unit))
        where = f"leg {world.leg + 1} of {number} of {unit.title!r}" if number > 1 else f"the job {unit.title!r}"
        return Verdict(
            "unmet",
            f"On {world.scenario.title}, {where} downloads its {things} anew. Its cache step does not run.",
            (Evidence(step.condition_span or effect.span, "problem", "this step does not run here"),),
        )
    return Verdict(
        "unmet",
        f"The job {unit.title!r} downloads its {things} anew every time.",
        (Evidence(unit.span, "problem", "no data cache in this job" if data else "no dependency cache in this job"),),
    )


def _cache(
    facts: PipelineFacts,
    item: Performed[CacheUse],
    world: Together,
    wanted: tuple[str, ...],
    data: bool,
    late: frozenset[str],
) -> Verdict:
    cache = item.effect
    place = cache.key.span if cache.key is not None else cache.span
    if cache.removed:
        return Verdict(
            "unmet", f"This cache no longer works: {cache.removed}.", (Evidence(cache.span, "problem", cache.removed),)
        )
    if item.step.id in late:
        return Verdict(
            "unmet",
            f"The cache is restored after the {'data was fetched' if data else 'dependencies were installed'}.",
            (Evidence(cache.span, "problem", "too late to help"),),
        )
    parts = key_parts(facts, item, world.scenario, world.leg)
    if parts.parts & {"run", "commit"} and not cache.restore_keys:
        return Verdict(
            "unmet",
            "The key is new for every run, so nothing is ever found again.",
            (Evidence(place, "problem", "changes with every run"),),
        )
    known = parts.parts
    if data:
        known = known - {"lock"} | ({"lock"} if any(is_data_lock(path) for path in parts.hashed) else set())
    lacking = [part for part in wanted if part not in known]
    if not lacking:
        unused = _unused_folder(facts, item, world)
        return unused or Verdict(
            "met", "", (Evidence(place, "proof", "the key depends on what decides the dependencies"),)
        )
    if "lock" in lacking and parts.missing_files and not parts.hashed:
        missing = ", ".join(parts.missing_files)
        return Verdict(
            "unmet",
            f"The key hashes {missing}, but there is no such file. The hash is empty and never changes.",
            (Evidence(place, "problem", f"no file matches {missing}"),),
        )
    if lacking == ["lock"] and "lock?" in parts.parts:
        return Verdict(
            "cannot_tell",
            "Which files the key hashes is computed at run time.",
            (Evidence(place, "problem", "computed at run time"),),
        )
    words = "the version of the data" if data else " and ".join(_WORDS[part] for part in lacking)
    return Verdict(
        "unmet", f"The cache key does not change with {words}.", (Evidence(place, "problem", f"lacks {words}"),)
    )


def _late_steps(facts: PipelineFacts, unit: Unit, data: bool) -> frozenset[str]:
    """The steps of the job that come after what a cache should have spared."""
    order = {inner.id: number for number, inner in enumerate(unit.walk())}
    spared = [item for item in facts.doing("fetch-data" if data else "install") if item.unit.id == unit.id]
    first = min(
        (
            order[item.step.id]
            for item in spared
            if item.step.id in order
            and (
                data
                or any(
                    reading.scope == "project" and (reading.lock_files or project_packages(reading))
                    for reading in facts.toolbox.installs(item)
                )
            )
        ),
        default=len(order),
    )
    return frozenset(name for name, number in order.items() if number > first)


def _unused_folder(facts: PipelineFacts, item: Performed[CacheUse], world: Together) -> Verdict | None:
    for text in item.effect.paths:
        if download_folders.lies_elsewhere(facts, item.unit, world.scenario, world.leg, text.raw):
            return Verdict(
                "unmet",
                f"Nothing is downloaded into `{text.raw}`: the package manager keeps its downloads elsewhere.",
                (Evidence(text.span, "problem", "stays empty"),),
            )
    return None
