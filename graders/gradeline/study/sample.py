"""Which verdicts people rate: a sample from every exercise, criterion and verdict, in an order that tells nothing.

One is drawn from each stratum in turn, so that rare verdicts are rated, too.  That makes the sample unlike the class;
``share`` of an item says how many verdicts of the class it stands for.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from sys import intern
from typing import Any

from gradeline.grades import Grade
from gradeline.records import record
from gradeline.result import Status
from gradeline.words import Told

RATED: tuple[Status, ...] = ("unmet", "partial", "met", "cannot_tell")


@record(order=True)
class Verdict:
    """One criterion of one piece of work, as the grader decided it."""

    exercise: str
    criterion: str
    status: str
    learner: str
    title: str
    why: str
    points: Fraction
    awarded: Fraction

    @property
    def stratum(self) -> tuple[str, str, str]:
        return self.exercise, self.criterion, self.status


@record
class Item:
    """``code`` is all that a rater sees of who it is; ``work`` is the same for one piece of work."""

    code: str
    work: str
    verdict: Verdict
    share: float


def verdicts(grades: Iterable[Grade]) -> tuple[Verdict, ...]:
    """What can be rated: not what a failed check left open, nor what was not looked at.  Raises ``Told``."""
    found: list[Verdict] = []
    for grade in grades:
        try:
            found += [
                Verdict(
                    grade.exercise, intern(str(one["id"])), intern(str(one["status"])), grade.learner.id,
                    intern(str(one["title"])), intern(str(one["why"])), Fraction(str(one["points"])),
                    Fraction(str(one["awarded"])),
                )
                for one in _criteria(grade.result) if one["status"] in RATED
            ]  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise Told("study.result", learner=grade.learner.id, exercise=grade.exercise) from error
    if not found:
        raise Told("study.nothing")
    return tuple(sorted(found))


def _criteria(result: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    return result["criteria"] if result is not None else ()


def draw(found: Iterable[Verdict], size: int, seed: int) -> tuple[Item, ...]:
    """``size`` verdicts, or all when there are fewer.  The same verdicts and seed give the same sample."""
    chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, not a secret
    strata: dict[tuple[str, str, str], list[Verdict]] = {}
    for one in sorted(found):
        strata.setdefault(one.stratum, []).append(one)
    sizes = {name: len(ones) for name, ones in strata.items()}
    for ones in strata.values():
        chance.shuffle(ones)
    drawn: list[Verdict] = []
    while len(drawn) < size and any(strata.values()):
        for name in chance.sample(sorted(strata), len(strata)):
            if strata[name] and len(drawn) < size:
                drawn.append(strata[name].pop())
    taken: dict[tuple[str, str, str], int] = {}
    for one in drawn:
        taken[one.stratum] = taken.get(one.stratum, 0) + 1
    chance.shuffle(drawn)
    works = sorted({(one.learner, one.exercise) for one in drawn})
    chance.shuffle(works)
    digits = len(str(max(len(drawn), 100)))
    names = {work: f"work-{number:0{digits}}" for number, work in enumerate(works, 1)}
    return tuple(
        Item(f"item-{number:0{digits}}", names[one.learner, one.exercise], one,
             sizes[one.stratum] / taken[one.stratum])
        for number, one in enumerate(drawn, 1)
    )  # fmt: skip
