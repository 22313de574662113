"""Everything that can be said in a gradebook.  Each function adds statements and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gradeline.gradebook import tables
from gradeline.gradebook.database import Book
from gradeline.gradebook.lateness import LatePolicy
from gradeline.gradebook.pen import Pen, Voice, exact, is_about, storable
from gradeline.gradebook.reading import Counting, counting
from gradeline.gradebook.times import when
from gradeline.grades import Learner
from gradeline.words import Told

LONGEST = 10_000  # characters of a reason or a comment


def enrol(book: Book, learners: Iterable[Learner], voice: Voice) -> int:
    """Put ``learners`` on the roster, or say anew who they are; how many statements that took."""
    with book.writing() as connection:
        pen, count = Pen(connection, voice), 0
        known = {row.learner: row for row in _latest(connection, "learners", "learner")}
        for one in learners:
            statement = {
                "learner": one.id, "name": one.name, "email": one.email, "lms_id": one.lms_id,
                "section": one.section, "active": True,
            }  # fmt: skip
            said = {name: storable(tables.LEARNERS.c[name], value) for name, value in statement.items()}
            before = known.get(said["learner"])
            if before is not None and all(getattr(before, name) == value for name, value in said.items()):
                continue
            pen.say("learners", **statement)
            count += 1
    return count


def set_exercise(book: Book, exercise: str, deadline: datetime | None, policy: LatePolicy, voice: Voice) -> None:
    """Say until when an exercise is due and what lateness costs."""
    with book.writing() as connection:
        Pen(connection, voice).say(
            "exercises", exercise=exercise, deadline=when(deadline) if deadline else "",
            late_per_day=exact(policy.per_day), grace_minutes=policy.grace, cut_off_days=policy.cut_off,
            counts=policy.counts,
        )  # fmt: skip


def override(
    book: Book, learner: str, exercise: str, points: Fraction | None, reason: str, voice: Voice, criterion: str = ""
) -> None:
    """A person's points instead of the grader's, for the attempt that counts; None takes the decision back."""
    _explained(reason)
    with book.writing() as connection:
        _override(connection, Pen(connection, voice), learner, exercise, points, reason, criterion)


def comment(book: Book, learner: str, exercise: str, text: str, voice: Voice) -> None:
    """Write something for a learner."""
    decide(book, (learner,), exercise, None, "", voice, comment=text)


def decide(
    book: Book, learners: Sequence[str], exercise: str, points: Fraction | None, reason: str, voice: Voice,
    criterion: str = "", comment: str = "",
) -> None:  # fmt: skip
    """The same points, when there are some, and the same words about several learners, all or nothing."""
    if points is not None:
        _explained(reason)
    if comment or points is None:
        _explained(comment)
    with book.writing() as connection:
        pen = Pen(connection, voice)
        for learner in learners:
            if points is not None:
                _override(connection, pen, learner, exercise, points, reason, criterion)
            if comment:
                _known(connection, learner, exercise)
                pen.say("comments", learner=learner, exercise=exercise, text=comment)


def _override(
    connection: Connection, pen: Pen, learner: str, exercise: str, points: Fraction | None, reason: str, criterion: str
) -> None:
    found = counting(connection, learner, exercise)
    if found is None:
        _known(connection, learner, exercise)
        raise Told("book.no_attempt", learner=learner, exercise=exercise)
    _within(found, points, criterion)
    pen.say(
        "overrides", learner=learner, exercise=exercise, number=found.number, criterion=criterion,
        points="" if points is None else exact(points), reason=reason,
    )  # fmt: skip


def extend(book: Book, learner: str, exercise: str, deadline: datetime | None, reason: str, voice: Voice) -> None:
    """Give one learner another deadline; None takes it back."""
    _explained(reason)
    with book.writing() as connection:
        _known(connection, learner, exercise)
        Pen(connection, voice).say(
            "extensions", learner=learner, exercise=exercise, deadline=when(deadline) if deadline else "",
            reason=reason,
        )  # fmt: skip


def excuse(book: Book, learner: str, exercise: str, excused: bool, reason: str, voice: Voice) -> None:
    """The exercise does not count for this learner; False takes it back."""
    _explained(reason)
    with book.writing() as connection:
        _known(connection, learner, exercise)
        Pen(connection, voice).say("excuses", learner=learner, exercise=exercise, excused=excused, reason=reason)


def _latest(connection: Connection, kind: str, *key: str) -> Iterator[Row[Any]]:
    """The last statement about each thing."""
    table = tables.STATEMENTS[kind]
    last = select(func.max(table.c.entry)).group_by(*(table.c[name] for name in key))
    yield from connection.execute(select(table).where(table.c.entry.in_(last)).order_by(table.c.entry))


def _known(connection: Connection, learner: str, exercise: str) -> None:
    """Raises ``Told`` for a learner nobody has heard of: most often a slip of the pen."""
    for table in (tables.LEARNERS, tables.ATTEMPTS):
        if connection.execute(select(table.c.entry).where(*is_about(table, learner=learner)).limit(1)).first():
            return
    names: set[str] = set()
    for table in (tables.LEARNERS, tables.ATTEMPTS):
        names.update(connection.execute(select(table.c.learner).distinct()).scalars())
    raise Told("book.learner", learner=learner, like=_like(learner, sorted(names)))


def _like(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, names, 3, 0.6)
    return ", ".join(found or names[:3]) or "-"


def _within(found: Counting, points: Fraction | None, criterion: str) -> None:
    """Raises ``Told`` for points or a criterion that the result does not know."""
    if points is None:
        if criterion not in found.decided:  # a rubric may have dropped the criterion since the decision
            raise Told("book.undecided", criterion=criterion or "-")
        return
    if criterion and criterion not in found.criteria:
        raise Told("book.criterion", criterion=criterion, known=", ".join(found.criteria) or "-")
    most = found.criteria.get(criterion, found.most)
    if points < 0 or (points > most and (most or criterion)):
        raise Told("book.points", points=exact(points), most=exact(most))


def _explained(reason: str) -> None:
    if not reason.strip():
        raise Told("book.reason")
    if len(reason) > LONGEST:
        raise Told("book.long", most=LONGEST)
