"""Stored results with other points or another pass mark: arithmetic only, nothing is graded and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from gradeline.grades import Grade, withheld
from gradeline.records import record, replace
from gradeline.regrade.changes import Standing, standing
from gradeline.words import Told


@record
class Rules:
    """Other points by exercise and criterion, and other pass marks by exercise; what is not named stays."""

    points: Mapping[tuple[str, str], Fraction]
    marks: Mapping[str, Fraction]


def check(rules: Rules, known: Mapping[tuple[str, str], Fraction]) -> None:
    """Raises ``Told`` for a rule about something that no result has.  ``known``: points by exercise and criterion."""
    for exercise, criterion in rules.points:
        if (exercise, criterion) not in known:
            names = ", ".join(one for name, one in known if name == exercise) or "-"
            raise Told("trial.criterion", exercise=exercise, criterion=criterion, known=names)
    for exercise in rules.marks:
        if exercise not in {name for name, _ in known}:
            raise Told("trial.exercise", exercise=exercise)


def would_be(grade: Grade, rules: Rules) -> Standing:
    """What would count.  A criterion keeps the share of its points; lateness keeps its share of the maximum."""
    now = standing(grade)
    if grade.result is None or grade.score is None:
        return now
    criteria: list[Mapping[str, Any]] = grade.result["criteria"]  # type: ignore[assignment]  # the schema says so
    mark = rules.marks.get(grade.exercise, Fraction(str(grade.result["pass_mark"])))
    if any(not one.criterion for one in grade.overrides):  # a person's points for the whole stay what they are
        return replace(now, passed=grade.score >= mark)
    given = {one.criterion: one.points for one in grade.overrides}
    points, most, before = {}, Fraction(0), Fraction(0)
    for one in criteria:
        old = Fraction(str(one["points"]))
        new = rules.points.get((grade.exercise, one["id"]), old)
        awarded = given.get(one["id"], Fraction(str(one["awarded"])))
        points[str(one["id"])] = awarded * new / old if old else Fraction(0)
        most, before = most + new, before + old
    late = grade.late * most / before if before else Fraction(0)
    score = max(sum(points.values(), Fraction(0)) - late, Fraction(0))
    return Standing(score, score >= mark and not withheld(grade.result, given), points, now.titles)
