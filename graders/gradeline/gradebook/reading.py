"""What counts: from all statements of a gradebook to one ``Grade`` for each learner and exercise.

Points come together in this order: the grader's result, a person's points for single criteria, what lateness takes;
a person's points for the whole are the last word, lateness included.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, select

from gradeline.gradebook import tables
from gradeline.gradebook.database import Book, open_book
from gradeline.gradebook.lateness import LatePolicy, taken
from gradeline.gradebook.writing import point_in_time
from gradeline.grades import Comment, Grade, Learner, Override, Standing
from gradeline.records import record
from gradeline.result import CRITICAL, critical_note

Said = dict[tuple[str, str], list[Row[Any]]]


@record
class Due:
    """When an exercise is due, and what lateness costs."""

    deadline: str  # as the gradebook keeps it; empty when there is none
    policy: LatePolicy


@record
class _State:
    """Everything that was said, by learner and exercise, in the order it was said."""

    learners: Mapping[str, Learner]
    due: Mapping[str, Due]
    attempts: Said
    results: Said
    overrides: Said
    comments: Said
    extensions: Said
    excuses: Said


def read(where: str) -> Iterator[Grade]:
    """The grades of the gradebook at a path or URL, by learner and exercise.  Raises ``Told``."""
    book = open_book(where)
    try:
        yield from grades(book)
    finally:
        book.close()


def grades(book: Book, learner: str | None = None, exercise: str | None = None) -> Iterator[Grade]:
    """One grade for each learner and exercise, the missing ones too; of one learner or exercise when named."""
    with book.reading() as connection:
        yield from grades_now(connection, learner, exercise)


def grades_now(
    connection: Connection, learner: str | None = None, exercise: str | None = None
) -> Iterator[Grade]:  # fmt: skip
    """The same as a transaction sees it, with what it has added itself."""
    state = _state(connection)
    exercises = sorted({*state.due, *(key[1] for key in state.results)})
    names = sorted({*state.learners, *(key[0] for key in state.results)})
    content = _contents(connection)
    maxima = {key[1]: Fraction(rows[-1].max_score) for key, rows in sorted(state.results.items())}
    for name in names if learner is None else [one for one in names if one == learner]:
        for wanted in exercises if exercise is None else [one for one in exercises if one == exercise]:
            yield _grade(state, content, name, wanted, maxima.get(wanted, Fraction(0)))


@record
class LatestWork:
    """The last attempt of a learner in an exercise: where its work lay, and the digest of its bytes."""

    learner: str
    exercise: str
    folder: str
    digest: str


def latest_work(book: Book) -> tuple[LatestWork, ...]:
    """By learner and exercise."""
    found = {}
    with book.reading() as connection:
        for row in connection.execute(select(tables.ATTEMPTS).order_by(tables.ATTEMPTS.c.entry)):
            found[row.learner, row.exercise] = LatestWork(row.learner, row.exercise, row.folder, row.digest)
    return tuple(found[key] for key in sorted(found))


def learners(connection: Connection) -> dict[str, Learner]:
    """Who is on the roster, by the name that work is filed under."""
    found = {}
    for row in connection.execute(select(tables.LEARNERS).order_by(tables.LEARNERS.c.entry)):
        found[row.learner] = Learner(row.learner, row.name, row.email, row.lms_id, row.section)
    return found


def due(connection: Connection) -> dict[str, Due]:
    """When each exercise is due."""
    found = {}
    for row in connection.execute(select(tables.EXERCISES).order_by(tables.EXERCISES.c.entry)):
        policy = LatePolicy(Fraction(row.late_per_day), row.grace_minutes, row.cut_off_days, row.counts)
        found[row.exercise] = Due(row.deadline, policy)
    return found


def _state(connection: Connection) -> _State:
    names = ("attempts", "results", "overrides", "comments", "extensions", "excuses")
    return _State(learners(connection), due(connection), *(_said(connection, name) for name in names))


def _said(connection: Connection, kind: str) -> Said:
    """The statements of one kind with their authors and times."""
    table, found = tables.STATEMENTS[kind], defaultdict(list)
    query = select(table, tables.HISTORY.c.author, tables.HISTORY.c.time).join(tables.HISTORY)
    for row in connection.execute(query.order_by(table.c.entry)):
        found[row.learner, row.exercise].append(row)
    return found


def _contents(connection: Connection) -> Callable[[str | None], Mapping[str, Any] | None]:
    """Reads one whole result at a time: all of a class would not fit into memory."""
    query = select(tables.CONTENTS.c.data)

    def content(digest: str | None) -> Mapping[str, Any] | None:
        if digest is None:
            return None
        data = connection.execute(query.where(tables.CONTENTS.c.digest == digest)).scalar()
        found: Mapping[str, Any] | None = json.loads(data) if data else None
        return found

    return content


@record
class _Counted:
    """One attempt with its points: ``score`` is None when there is none."""

    row: Row[Any]
    attempt: Row[Any]
    score: Fraction | None
    late: Fraction
    overrides: tuple[Override, ...]
    result: Mapping[str, Any] | None


def _grade(
    state: _State, content: Callable[[str | None], Mapping[str, Any] | None], name: str, exercise: str, most: Fraction
) -> Grade:
    key = (name, exercise)
    learner = state.learners.get(name, Learner(name))
    comments = tuple(Comment(row.author, row.text, row.time) for row in state.comments.get(key, ()))
    excused = bool(state.excuses.get(key)) and state.excuses[key][-1].excused
    due_then = state.due.get(exercise, Due("", LatePolicy()))
    latest = {row.number: row for row in state.results.get(key, ())}
    if not latest:
        nothing: Standing = "excused" if excused else "missing"
        return Grade(learner, exercise, nothing, None, most, passed=False, needs_review=False, comments=comments)
    deadline = _deadline(state.extensions.get(key, ()), due_then)
    attempts = {row.number: row for row in state.attempts.get(key, ())}
    by_attempt = {number: _decisions(state.overrides.get(key, ()), number) for number in latest}
    wanted = [max(latest)] if due_then.policy.counts == "latest" else sorted(latest)
    counted = [
        _count(latest[number], attempts[number], by_attempt[number], content, deadline, due_then.policy)
        for number in wanted
    ]
    best = max(counted, key=lambda one: (one.score is not None, one.score or 0, one.row.number))
    row, result = best.row, best.result
    whole = any(not one.criterion for one in best.overrides)
    decided = {one.criterion for one in best.overrides}
    standing: Standing = "excused" if excused else "graded" if row.standing == "graded" or whole else "error"
    waits = row.needs_review and not whole and (result is None or _waits(result, decided))
    return Grade(
        learner, exercise, standing, None if excused else best.score, Fraction(row.max_score) or most,
        passed=not excused and _passed(row, result, best.score, best.overrides, best.late),
        needs_review=waits and not excused, result=result, attempt=row.number, submitted=best.attempt.submitted,
        reason=row.reason, message=row.message, late=best.late, overrides=best.overrides, comments=comments,
        folder=best.attempt.folder, digest=best.attempt.digest,
    )  # fmt: skip


def _count(
    row: Row[Any], attempt: Row[Any], overrides: tuple[Override, ...],
    content: Callable[[str | None], Mapping[str, Any] | None], deadline: str, policy: LatePolicy,
) -> _Counted:  # fmt: skip
    result = content(row.content)
    for one in overrides:
        if not one.criterion:
            return _Counted(row, attempt, one.points, Fraction(0), overrides, result)
    if result is None:
        return _Counted(row, attempt, None, Fraction(0), overrides, result)
    score, late = Fraction(row.score), Fraction(0)
    awarded = {one["id"]: Fraction(str(one["awarded"])) for one in result["criteria"]}
    for one in overrides:
        if one.criterion in awarded:  # a rubric may have dropped it since
            score += one.points - awarded[one.criterion]
    if deadline and attempt.submitted:
        times = point_in_time(attempt.submitted), point_in_time(deadline)
        late = taken(score, Fraction(row.max_score), *times, policy)
    return _Counted(row, attempt, score - late, late, overrides, result)


def _decisions(rows: Sequence[Row[Any]], number: int) -> tuple[Override, ...]:
    """The decisions about one attempt that stand: the last about each criterion and about the whole."""
    found: dict[str, Override] = {}
    for row in rows:
        if row.number == number:
            found.pop(row.criterion, None)
            if row.points:
                found[row.criterion] = Override(row.author, row.reason, row.time, Fraction(row.points), row.criterion)
    return tuple(found.values())


def _deadline(extensions: Sequence[Row[Any]], due_then: Due) -> str:
    if extensions and extensions[-1].deadline:
        return str(extensions[-1].deadline)
    return due_then.deadline


def _waits(result: Mapping[str, Any], decided: set[str]) -> bool:
    """Whether a criterion still waits for a person."""
    return any(one["status"] in ("cannot_tell", "error") and one["id"] not in decided for one in result["criteria"])


def _passed(
    row: Row[Any], result: Mapping[str, Any] | None, score: Fraction | None, overrides: Sequence[Override],
    late: Fraction,
) -> bool:  # fmt: skip
    """Whether the points are enough.  A person's points for the whole decide alone; otherwise what withheld the pass
    in the grader's result goes on withholding it, a critical criterion until a person gives points for it."""
    if score is None or result is None:
        return False
    if not overrides and not late:
        return bool(row.passed)
    mark = Fraction(str(result["pass_mark"]))
    if any(not one.criterion for one in overrides):
        return score >= mark
    given = {one.criterion for one in overrides if one.points > 0}
    notes = {one["message"] for one in result["diagnostics"] if one["code"] == CRITICAL}
    criteria = {critical_note(one["title"]): one["id"] for one in result["criteria"]}
    lost = {criteria[note] for note in notes if note in criteria}
    withheld = len(lost) < len(notes) or (not row.passed and Fraction(row.score) >= mark and not notes)
    return score >= mark and lost <= given and not withheld

