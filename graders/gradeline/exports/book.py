"""The grades of a class as a table of learners and exercises, and what a grade says in one cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from sys import intern

from gradeline.exports.outcome import Kind, Notice, Settings
from gradeline.grades import Grade, Learner
from gradeline.records import record, replace
from gradeline.render.cells import text
from gradeline.words import Told

_CRITERION = frozenset({"id", "status", "awarded", "points"})


@record
class Book:
    """``learners`` and ``exercises`` are in order of their ids; ``grades`` is keyed by both ids.

    ``most`` are the points of each exercise; a grade without a result may not know them.
    """

    learners: tuple[Learner, ...]
    exercises: tuple[str, ...]
    grades: Mapping[tuple[str, str], Grade]
    most: Mapping[str, Fraction]


def collect(grades: Iterable[Grade]) -> Book:
    """Raises ``Told`` when there is no grade, or two for one learner and exercise: which one counts is not ours."""
    found: dict[tuple[str, str], Grade] = {}
    for one in grades:
        key = (one.learner.id, one.exercise)
        if key in found:
            raise Told("exports.twice", learner=one.learner.id, exercise=one.exercise)
        found[key] = one
    if not found:
        raise Told("exports.nothing")
    learners: dict[str, Learner] = {}
    most: dict[str, Fraction] = {}
    for (name, exercise), one in found.items():
        learners[name] = one.learner
        most[exercise] = max(one.max_score, most.get(exercise, one.max_score))
    return Book(tuple(learners[name] for name in sorted(learners)), tuple(sorted(most)), found, most)


def said(grade: Grade | None, settings: Settings) -> tuple[Fraction | None, Kind | None]:
    """The points that a cell says, or None and why it says none.

    An error, work that nobody handed in and an excuse are no zeros; points that wait for a person are not lost yet.
    """
    if grade is None or grade.standing == "missing":
        return (Fraction(0), None) if settings.missing_zero else (None, "missing")
    if grade.standing == "excused":
        return None, "excused"
    if grade.score is None or (grade.standing == "error" and not grade.overrides):
        return None, "error"
    if grade.needs_review and not settings.open_too:
        return None, "open"
    return grade.score, None


def titles(book: Book, settings: Settings, taken: Iterable[str] = ()) -> list[str]:
    """The title of each exercise's column.  Raises ``Told`` when two columns, or one and ``taken``, had the same: an
    importer would read the first of them only."""
    found: list[str] = []
    for exercise in book.exercises:
        title = text(settings.columns.get(exercise, exercise))
        if title in found or title in taken:
            raise Told("exports.same_title", title=title)
        found.append(title)
    return found


def bare(grade: Grade) -> Grade:
    """The grade without the result behind it."""
    return replace(grade, result=None)


def thin(grade: Grade) -> Grade:
    """The grade with what tables of data say of its result: versions, and the verdict and points of each criterion.

    A result that is not whole stays as it is, for the table to say so.
    """
    result = grade.result
    if result is None:
        return grade
    rubric, grader, criteria = (result.get(name) for name in ("rubric", "grader", "criteria"))
    if not isinstance(rubric, dict) or not isinstance(grader, dict) or not isinstance(criteria, list):
        return grade
    if not all(isinstance(one, dict) and one.keys() >= _CRITERION for one in criteria):
        return grade
    return replace(grade, result={
        "rubric": {"version": rubric.get("version")}, "grader": {"version": _once(grader.get("version"))},
        "criteria": tuple({name: _once(one[name]) for name in sorted(_CRITERION)} for one in criteria),
    })  # fmt: skip


def _once(value: object) -> object:
    """The words of a rubric are the same in thousands of results."""
    return intern(value) if isinstance(value, str) else value


def slim(grade: Grade) -> Grade:
    """The grade without the evidence, which is most of a result and which no table has room for."""
    if grade.result is None:
        return grade
    criteria = grade.result.get("criteria")
    less = [
        {**one, "evidence": [], "path_trace": []} if isinstance(one, dict) else one
        for one in (criteria if isinstance(criteria, list) else ())
    ]
    return replace(grade, result={**grade.result, "criteria": less} if isinstance(criteria, list) else grade.result)


def notice(kind: Kind, learner: str, exercise: str) -> Notice:
    return Notice(kind, f"{learner}/{exercise}")
