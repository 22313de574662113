"""The paths that an artifact or a cache takes, as they are in each leg of a job."""

from __future__ import annotations

from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.simulate import MAX_LEGS
from gradeline.model.effects import ArtifactPut, CacheUse
from gradeline.model.pipeline import Unit


def patterns(facts: PipelineFacts, unit: Unit, effect: ArtifactPut | CacheUse) -> tuple[str, ...]:
    """One pattern a line; an unknown stretch is ``*``, an excluded pattern keeps its ``!``."""
    legs = len(unit.matrix.legs) if unit.matrix is not None and unit.matrix.legs else 1
    found: dict[str, None] = {}
    for scenario in facts.pipeline.scenarios[:1]:
        for leg in range(min(legs, MAX_LEGS)):
            moment = facts.moment(unit, scenario, leg)
            for text in effect.paths:
                for line in moment.hidden_text(text).replace(HIDDEN, "*").split("\n"):
                    if line.strip():
                        found[line.strip()] = None
    return tuple(found)
