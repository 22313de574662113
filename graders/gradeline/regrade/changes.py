"""Who gains and who loses, and by which criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradeline.gradebook.database import Book
from gradeline.gradebook.pen import Pen, Voice
from gradeline.gradebook.reading import grades_now
from gradeline.gradebook.taking import Imported, take_in_again
from gradeline.grades import Grade
from gradeline.records import field, record

Key = tuple[str, str]  # learner, exercise


@record
class Standing:
    """What counts for one learner in one exercise; ``criteria`` are points, and ``titles`` words, by id."""

    score: Fraction | None
    passed: bool
    criteria: Mapping[str, Fraction]
    titles: Mapping[str, str] = field(default_factory=dict)


@record
class Change:
    """One learner's change: what counts before and after, and the criteria with other points."""

    learner: str
    exercise: str
    before: Standing
    after: Standing

    @property
    def gain(self) -> Fraction:
        return (self.after.score or Fraction(0)) - (self.before.score or Fraction(0))

    @property
    def criteria(self) -> tuple[tuple[str, Fraction, Fraction], ...]:
        """Title, points before and after; a criterion that one of both does not have counts as nothing there."""
        titles = {**self.before.titles, **self.after.titles}  # in today's words
        pairs = ((one, self.before.criteria.get(one), self.after.criteria.get(one)) for one in titles)
        return tuple((titles[one], old or Fraction(0), new or Fraction(0)) for one, old, new in pairs if old != new)


def regrade(book: Book, fresh: Iterable[Grade], voice: Voice, *, dry_run: bool) -> tuple[Change, ...]:
    """Take in new results of work that is known, all or nothing, and say what that changes.

    With ``dry_run`` the book is as before.  ``fresh`` must be about attempts of the book.
    """
    with book.writing(keep=not dry_run) as connection:
        before = standings(grades_now(connection))
        pen, counts = Pen(connection, voice), Imported()
        for grade in fresh:
            take_in_again(connection, pen, grade, counts)
        return compare(before, standings(grades_now(connection)))


def standings(grades: Iterable[Grade]) -> dict[Key, Standing]:
    return {(one.learner.id, one.exercise): standing(one) for one in grades}


def standing(grade: Grade) -> Standing:
    criteria: Sequence[Mapping[str, Any]] = ()
    if grade.result is not None:
        criteria = grade.result["criteria"]  # type: ignore[assignment]  # the result schema says so
    given = {one.criterion: one.points for one in grade.overrides}
    points = {str(one["id"]): given.get(one["id"], Fraction(str(one["awarded"]))) for one in criteria}
    titles = {str(one["id"]): str(one["title"]) for one in criteria}
    return Standing(grade.score, grade.passed, points, titles)


def compare(before: Mapping[Key, Standing], after: Mapping[Key, Standing]) -> tuple[Change, ...]:
    """The changes by learner and exercise."""
    pairs = ((key, before[key], after[key]) for key in sorted(before) if key in after)
    return tuple(Change(*key, old, new) for key, old, new in pairs if _counted(old) != _counted(new))


def _counted(standing: Standing) -> tuple[object, ...]:
    return standing.score, standing.passed, dict(standing.criteria)  # other words alone change nothing


def by_criterion(changes: Iterable[Change]) -> tuple[tuple[str, str, int, int], ...]:
    """Exercise, title, how many gain and how many lose there, the most first."""
    gains, losses = Counter[Key](), Counter[Key]()
    for change in changes:
        for title, old, new in change.criteria:
            (gains if new > old else losses)[change.exercise, title] += 1
    keys = sorted({*gains, *losses}, key=lambda key: (-(gains[key] + losses[key]), key))
    return tuple((*key, gains[key], losses[key]) for key in keys)
