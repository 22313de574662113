"""The order of a pipeline's units: one that respects what they wait for, and what comes before each."""

from __future__ import annotations

from gradeline.model.pipeline import Pipeline, Unit


def topological(units: tuple[Unit, ...]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Units in an order that respects needs, and those in or behind a cycle."""
    waiting = {
        unit.id: {edge.unit for edge in unit.needs} | ({unit.inside} if unit.inside else set()) for unit in units
    }
    known = set(waiting)
    done: set[str] = set()
    order: list[Unit] = []
    followers: dict[str, list[Unit]] = {}
    for unit in units:
        for need in sorted(waiting[unit.id]):
            followers.setdefault(need, []).append(unit)
    ready = [unit for unit in units if not (waiting[unit.id] & known)]
    while ready:
        unit = ready.pop(0)
        if unit.id in done:
            continue
        done.add(unit.id)
        order.append(unit)
        ready.extend(
            other
            for other in followers.get(unit.id, [])
            if other.id not in done and (waiting[other.id] & known) <= done
        )
    return tuple(order), tuple(unit for unit in units if unit.id not in done)


def ancestors_of(order: tuple[Unit, ...], callers: bool = False) -> dict[str, frozenset[str]]:
    """The units that each unit waits for, however far; with ``callers`` also what its call waits for."""
    found: dict[str, frozenset[str]] = {}
    for unit in order:
        direct = [edge.unit for edge in unit.needs]
        if callers and unit.inside is not None:
            direct.append(unit.inside)
        found[unit.id] = (
            frozenset(direct).union(*(found.get(need, frozenset()) for need in direct)) if direct else frozenset()
        )
    return found


def visible_units(
    pipeline: Pipeline, order: tuple[Unit, ...], needed: dict[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """The units whose endings decide whether each unit starts: what it waits for (all that is before it, where the
    platform's status functions look that far), and the groups around those and around itself."""
    around = {unit.id: unit.inside for unit in order}
    found: dict[str, frozenset[str]] = {}
    for unit in order:
        seen = set(needed[unit.id]) if pipeline.looks_back == "ancestors" else {edge.unit for edge in unit.needs}
        if unit.inside is not None:
            seen.add(unit.inside)
        for other in tuple(seen):
            outer = around.get(other)
            while outer is not None and outer not in seen:
                seen.add(outer)
                outer = around.get(outer)
        found[unit.id] = frozenset(seen)
    return found
