"""The names under which jobs publish files, and whether one is the name that another job asks for."""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import Performed
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.effects import ArtifactPut


def names(facts: PipelineFacts, put: Performed[ArtifactPut]) -> dict[str, dict[str, int]]:
    """The names of each scenario with the number of legs that publish under them."""
    found: dict[str, dict[str, int]] = {}
    for scenario, leg in put.at:
        name = facts.moment(put.unit, scenario, leg).hidden_text(put.effect.name)
        known = found.setdefault(scenario.id, {})
        known[name] = known.get(name, 0) + 1
    return found


def fits(name: str, wanted: str | None, pattern: str | None) -> bool:
    """Whether a published name is the one, or one of those, that are asked for; without any, each is."""
    if pattern is not None:
        return fnmatchcase(name, pattern)
    if wanted is None:
        return True
    if HIDDEN in name or HIDDEN in wanted:
        # Both sides with the same known stretches around what is computed are taken as equal.
        return name.split(HIDDEN) == wanted.split(HIDDEN)
    return name == wanted
