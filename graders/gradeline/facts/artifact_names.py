"""The names under which jobs publish files, and whether one is the name that another job asks for."""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import Performed
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.effects import ArtifactPut
from gradeline.model.expression import Expression, Output
from gradeline.model.pipeline import Scenario, Unit
from gradeline.model.text import Text

_CALLS = 4


def spelled(facts: PipelineFacts, text: Text, unit: Unit, scenario: Scenario, leg: int) -> str:
    """A name as one leg of a unit asks for it.  An output of an earlier unit has the known stretches of what that unit
    gives, so that ``churn-<commit>`` is not wholly unknown only because it was handed on."""
    moment = facts.moment(unit, scenario, leg)
    pieces: list[str] = []
    position = 0
    for hole in text.holes:
        pieces.append(text.raw[position : hole.start])
        value = moment.partly(hole.expression)
        handed = isinstance(hole.expression, Output) and hole.expression.owner == "unit"
        # It is empty where the moment is one of a run without that unit.
        pieces.append(_handed_on(facts, hole.expression, scenario) if handed and value in ("", HIDDEN) else value)
        position = hole.end
    return "".join(pieces) + text.raw[position:]


def _handed_on(facts: PipelineFacts, expression: Expression, scenario: Scenario) -> str:
    for _ in range(_CALLS):  # through the ends of called workflows
        owner = facts.pipeline.unit(expression.id) if isinstance(expression, Output) else None
        if not isinstance(expression, Output) or expression.owner != "unit" or owner is None:
            return HIDDEN
        expression = owner.outputs.get(expression.name, expression)
        if len(facts.simulator.legs(owner)) > 1:
            return HIDDEN  # the leg that ends last gives it
        value = facts.moment(owner, scenario).partly(expression)
        if value != HIDDEN:
            return value
    return HIDDEN


def names(facts: PipelineFacts, put: Performed[ArtifactPut]) -> dict[str, dict[str, int]]:
    """The names of each scenario with the number of legs that publish under them."""
    found: dict[str, dict[str, int]] = {}
    for scenario, leg in put.at:
        name = spelled(facts, put.effect.name, put.unit, scenario, leg)
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
