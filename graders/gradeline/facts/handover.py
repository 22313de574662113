"""Whether files of one job reach another job of the same run as an artifact."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import performed
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.model.pipeline import Scenario, Unit
from gradeline.source import Span


def handed_over(facts: PipelineFacts, scenario: Scenario, producer: Unit, consumer: Unit) -> tuple[Span, Span] | None:
    """Where the producer publishes and where the consumer fetches; None when nothing passes in order."""
    return next(((put.span, get.span) for put, get in handovers(facts, scenario, producer, consumer)), None)


def handovers(
    facts: PipelineFacts, scenario: Scenario, producer: Unit, consumer: Unit
) -> Iterator[tuple[ArtifactPut, ArtifactGet]]:
    """What the producer publishes and the consumer, which starts after it, fetches, in the order of the steps."""
    if producer.id not in facts.simulator.ancestors.get(consumer.id, frozenset()):
        return
    puts = [item.effect for item in performed(facts, ArtifactPut, producer) if item.legs(scenario)]
    gets = [item.effect for item in performed(facts, ArtifactGet, consumer) if item.legs(scenario)]
    if not puts or not gets:
        return
    sending, receiving = facts.moment(producer, scenario), facts.moment(consumer, scenario)
    for put in puts:
        name = sending.hidden_text(put.name)
        for get in gets:
            wanted = receiving.hidden_text(get.name) if get.name is not None else None
            pattern = receiving.hidden_text(get.pattern) if get.pattern is not None else None
            if fits(name, wanted, pattern):
                yield put, get


def fits(name: str, wanted: str | None, pattern: str | None) -> bool:
    """Names are equal when their known stretches are: what is computed is taken as the same on both sides."""
    if pattern is not None:
        return fnmatchcase(name, pattern)
    return wanted is None or name.split(HIDDEN) == wanted.split(HIDDEN)
