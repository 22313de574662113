"""What the grades of a class say about the class and about the criteria: plain statistics, exact where they can be."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from sys import intern
from typing import Any

from gradeline.grades import Grade, Standing
from gradeline.records import record
from gradeline.score import WAITING

FEW = 10  # below this many results, a correlation says nothing


@record
class Cell:
    """What is kept of one grade for the pages about the class.

    ``awarded`` and ``points`` are what each criterion gave and could give, by its id; a person has still to decide
    about those in ``waiting``.
    """

    learner: str
    exercise: str
    standing: Standing
    score: Fraction | None
    max_score: Fraction
    passed: bool
    needs_review: bool
    reason: str
    awarded: Mapping[str, Fraction]
    points: Mapping[str, Fraction]
    waiting: frozenset[str]

    @property
    def percent(self) -> Fraction | None:
        if self.score is None or not self.max_score:
            return None
        return self.score * 100 / self.max_score


@record
class Criterion:
    """One criterion over all who were graded in its exercise; what waits for a person says nothing about the class.

    ``count`` are the results that are decided.  ``reached`` is the share of its points that was reached in them, 0 to
    1: small is difficult; None without any.  ``discrimination`` is the correlation of that share with the share of all
    other criteria, -1 to 1; None when there are too few results, or when all have the same.
    """

    exercise: str
    id: str
    title: str
    points: Fraction
    count: int
    reached: Fraction | None
    lost: int  # results that were not met, partly met or not looked at
    waiting: int  # results that a person has still to decide
    discrimination: float | None


@record
class Exercise:
    """One exercise over the class; ``mean`` and ``median`` are percent, None without a result."""

    id: str
    graded: int
    passed: int
    missing: int
    excused: int
    errors: int
    review: int
    mean: Fraction | None
    median: Fraction | None
    percents: tuple[Fraction, ...]
    criteria: tuple[Criterion, ...]


def cell(grade: Grade) -> Cell:
    criteria: Sequence[Mapping[str, Any]] = ()
    if grade.result is not None:
        criteria = grade.result["criteria"]  # type: ignore[assignment]  # the result schema says so
    given = {one.criterion: one.points for one in grade.overrides}
    return Cell(
        grade.learner.id, grade.exercise, grade.standing, grade.score, grade.max_score, grade.passed,
        grade.needs_review, grade.reason,
        {intern(str(one["id"])): given.get(one["id"], Fraction(str(one["awarded"]))) for one in criteria},
        {intern(str(one["id"])): _points(str(one["points"])) for one in criteria},
        frozenset(intern(str(one["id"])) for one in criteria if one["status"] in WAITING and one["id"] not in given),
    )  # fmt: skip


def exercises(cells: Iterable[Cell], titles: Mapping[tuple[str, str], tuple[str, Fraction]]) -> tuple[Exercise, ...]:
    """The exercises by id.  ``titles`` has the title and points of each criterion, by exercise and id."""
    by_exercise: dict[str, list[Cell]] = defaultdict(list)
    for one in cells:
        by_exercise[one.exercise].append(one)
    return tuple(_exercise(name, by_exercise[name], titles) for name in sorted(by_exercise))


def reteach(found: Iterable[Exercise], most: int = 10) -> tuple[Criterion, ...]:
    """The criteria that the most points were lost in, for a class that has enough results to say so."""
    known = (one for exercise in found for one in exercise.criteria if one.count >= FEW)
    weak = [(one.reached, one.exercise, one.id, one) for one in known if one.reached is not None]
    return tuple(one for reached, *_, one in sorted(weak)[:most] if reached < Fraction(3, 4))


def _exercise(name: str, cells: Sequence[Cell], titles: Mapping[tuple[str, str], tuple[str, Fraction]]) -> Exercise:
    counted = [one for one in cells if one.standing == "graded" and one.percent is not None]
    percents = sorted(one.percent for one in counted if one.percent is not None)
    ids = dict.fromkeys(criterion for one in counted for criterion in one.awarded)
    return Exercise(
        name,
        len(counted),
        sum(one.passed for one in counted),
        sum(one.standing == "missing" for one in cells),
        sum(one.standing == "excused" for one in cells),
        sum(one.standing == "error" for one in cells),
        sum(one.needs_review for one in cells),
        sum(percents, Fraction(0)) / len(percents) if percents else None,
        statistics.median(percents) if percents else None,
        tuple(percents),
        tuple(_criterion(name, one, counted, titles[name, one]) for one in ids if (name, one) in titles),
    )


def _criterion(exercise: str, name: str, cells: Sequence[Cell], known: tuple[str, Fraction]) -> Criterion:
    title, points = known
    asked = [one for one in cells if name in one.awarded]
    decided = [one for one in asked if name not in one.waiting]
    shares = [_share(one, [name]) for one in decided]
    return Criterion(
        exercise, name, title, points, len(decided), sum(shares, Fraction(0)) / len(shares) if shares else None,
        sum(share < 1 for share in shares), len(asked) - len(decided), _discrimination(name, decided),
    )  # fmt: skip


@lru_cache(maxsize=1000)
def _points(text: str) -> Fraction:
    """One number for all learners: there are few."""
    return Fraction(text)


def _share(one: Cell, names: Iterable[str]) -> Fraction:
    """The share of the points of some criteria, 0 to 1: rubrics of another time may have given other points."""
    most = given = Fraction(0)
    for name in names:
        if name not in one.waiting:
            most += one.points[name]
            given += one.awarded[name]
    return given / most if most else Fraction(1)


def _discrimination(name: str, cells: Sequence[Cell]) -> float | None:
    """The corrected item-total correlation: the criterion itself is not in the total."""
    if len(cells) < FEW:
        return None
    one = [float(_share(cell, [name])) for cell in cells]
    rest = [float(_share(cell, (other for other in cell.awarded if other != name))) for cell in cells]
    try:
        return round(statistics.correlation(one, rest), 2) + 0.0  # no -0.00
    except statistics.StatisticsError:  # all have the same
        return None
