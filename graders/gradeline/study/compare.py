"""What the sheets say: the grader and each rater, the raters among themselves, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from gradeline.records import record
from gradeline.result import Status
from gradeline.study.agreement import Estimate, cohen, fleiss, icc, share
from gradeline.study.sample import RATED
from gradeline.study.sheets import Keyed, Rating

GRADER = "grader"
_ORDER: Mapping[Status, int] = {"unmet": 0, "partial": 1, "met": 2}
_CATEGORY: Mapping[Status, int] = {status: number for number, status in enumerate(RATED)}


@record
class Two:
    """Two who rated the same items.

    ``same`` is the share of equal verdicts, ``in_class`` the same when each verdict stands for as many as the class
    has; ``kappa`` is about the four verdicts, ``weighted`` (quadratic) about unmet, partial, met in their order,
    ``points`` the ICC(2,1) of the shares of points.  ``table`` counts verdicts, a row for each of ``left``.
    """

    left: str
    right: str
    same: Estimate
    in_class: float | None
    kappa: Estimate
    weighted: Estimate
    points: Estimate
    table: tuple[tuple[int, ...], ...]


@record
class Difference:
    """An item on which somebody differs from the grader; ``said`` is keyed by rater."""

    code: str
    exercise: str
    criterion: str
    learner: str
    grader: Status
    said: tuple[tuple[str, Status], ...]


@record
class Study:
    """``raters`` are the people; ``fleiss`` and ``points`` are of people and grader over items that all have rated,
    ``people_fleiss`` and ``people_points`` of the people alone, None for one person."""

    items: int
    raters: tuple[str, ...]
    rated: tuple[tuple[str, int], ...]
    with_grader: tuple[Two, ...]
    people: tuple[Two, ...]
    fleiss: Estimate
    points: Estimate
    people_fleiss: Estimate | None
    people_points: Estimate | None
    differences: tuple[Difference, ...]
    confidence: float


def study(key: Mapping[str, Keyed], sheets: Mapping[str, Mapping[str, Rating]], confidence: float = 0.95) -> Study:
    """``sheets`` maps a rater's name to the ratings by item."""
    grader = {code: Rating(one.status, _share(one)) for code, one in key.items()}
    everyone = {GRADER: grader, **sheets}
    people = tuple(sheets)
    several = len(people) > 1
    return Study(
        len(key), people, tuple((name, len(sheets[name])) for name in people),
        tuple(_two(GRADER, name, everyone, key, confidence) for name in people),
        tuple(_two(left, right, everyone, key, confidence) for left, right in combinations(people, 2)),
        _fleiss((GRADER, *people), everyone, confidence), _points((GRADER, *people), everyone, confidence),
        _fleiss(people, everyone, confidence) if several else None,
        _points(people, everyone, confidence) if several else None,
        _differences(key, sheets), confidence,
    )  # fmt: skip


def _share(one: Keyed) -> float | None:
    if one.status == "cannot_tell":
        return None
    return float(one.awarded / one.points) if one.points else 0.0


def _both(names: Sequence[str], everyone: Mapping[str, Mapping[str, Rating]]) -> list[str]:
    """The items that all of ``names`` have rated."""
    return sorted(set.intersection(*(set(everyone[name]) for name in names)))


def _two(
    left: str, right: str, everyone: Mapping[str, Mapping[str, Rating]], key: Mapping[str, Keyed], confidence: float
) -> Two:
    mine, yours = everyone[left], everyone[right]
    codes = _both((left, right), everyone)
    table = [[0] * len(RATED) for _ in RATED]
    for code in codes:
        table[_CATEGORY[mine[code].status]][_CATEGORY[yours[code].status]] += 1
    same = [code for code in codes if mine[code].status == yours[code].status]
    stands_for = sum(key[code].share for code in codes)
    ordered = [code for code in codes if "cannot_tell" not in (mine[code].status, yours[code].status)]
    return Two(
        left, right, share(len(same), len(codes), confidence),
        sum(key[code].share for code in same) / stands_for if stands_for else None,
        cohen([_CATEGORY[mine[code].status] for code in codes], [_CATEGORY[yours[code].status] for code in codes],
              confidence=confidence),
        cohen([_ORDER[mine[code].status] for code in ordered], [_ORDER[yours[code].status] for code in ordered],
              "quadratic", confidence),
        _points((left, right), everyone, confidence), tuple(map(tuple, table)),
    )  # fmt: skip


def _fleiss(names: Sequence[str], everyone: Mapping[str, Mapping[str, Rating]], confidence: float) -> Estimate:
    counts = []
    for code in _both(names, everyone):
        row = [0] * len(RATED)
        for name in names:
            row[_CATEGORY[everyone[name][code].status]] += 1
        counts.append(row)
    return fleiss(counts, confidence)


def _points(names: Sequence[str], everyone: Mapping[str, Mapping[str, Rating]], confidence: float) -> Estimate:
    rows = []
    for code in _both(names, everyone):
        row = [everyone[name][code].share for name in names]
        if None not in row:
            rows.append([one for one in row if one is not None])
    return icc(rows, confidence)


def _differences(key: Mapping[str, Keyed], sheets: Mapping[str, Mapping[str, Rating]]) -> tuple[Difference, ...]:
    found = []
    for code, one in sorted(key.items()):
        said = tuple((name, ratings[code].status) for name, ratings in sheets.items() if code in ratings)
        if any(status != one.status for _, status in said):
            found.append(Difference(code, one.exercise, one.criterion, one.learner, one.status, said))
    return tuple(found)
