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

from sqlalchemy import Connection, Row, func, select

from gradeline.gradebook import attempts, tables
from gradeline.gradebook.attempts import Attempt
from gradeline.gradebook.database import Book, open_book
from gradeline.gradebook.lateness import LatePolicy, taken
from gradeline.gradebook.pen import is_about
from gradeline.gradebook.times import point_in_time
from gradeline.grades import Comment, Grade, Learner, Override, Standing, withheld
from gradeline.records import record, replace

Said = dict[tuple[str, str], list[Row[Any]]]


@record
class Due:
    """When an exercise is due, and what lateness costs."""

    deadline: str  # as the gradebook keeps it; empty when there is none
    policy: LatePolicy


@record
class _Norm:
    """What the newest result of an exercise says about all: its maximum, and where the pass mark stands."""

    most: Fraction
    content: str


Content = Callable[[str | None], Mapping[str, Any] | None]


@record
class _State:
    """Everything that was said, by learner and exercise, in the order it was said."""

    learners: Mapping[str, Learner]
    due: Mapping[str, Due]
    norms: Mapping[str, _Norm]
    content: Content
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
    state = _state(connection, learner, exercise)
    table = tables.RESULTS
    asked = is_about(table, learner=learner) if learner is not None else ()
    names = connection.execute(select(table.c.learner).where(*asked).distinct()).scalars()
    for name in sorted({*state.learners, *names}):
        for wanted in sorted({*state.due, *state.norms}):
            yield _grade(state, name, wanted)


@record
class Counting:
    """What a decision about a learner's work is about: the attempt that counts, and the points that are possible.

    ``most`` is 0 where nobody's work in the exercise could be graded yet.
    """

    number: int
    most: Fraction
    criteria: Mapping[str, Fraction]
    decided: frozenset[str]  # what decisions stand about; empty text for the whole


def counting(connection: Connection, learner: str, exercise: str) -> Counting | None:
    """The attempt of ``learner`` that counts, decisions included; None when there is none."""
    state = _state(connection, learner, exercise)
    for name, wanted in state.results:
        best = _best(state, name, wanted)
        criteria = best.result["criteria"] if best.result is not None else ()
        points = {str(one["id"]): Fraction(str(one["points"])) for one in criteria}
        decided = frozenset(one.criterion for one in best.overrides)
        return Counting(best.attempt.number, best.most, points, decided)
    return None


@record
class Handed:
    """Work that may count: whose, of which exercise, where it lay, and the digest of its bytes."""

    learner: str
    exercise: str
    folder: str
    digest: str


def work_that_counts(book: Book) -> tuple[Handed, ...]:
    """The latest work of everybody by learner and exercise; all of it where the best counts."""
    with book.reading() as connection:
        dates, handed = due(connection), _said(connection, "attempts", None, None)
    found = []
    for name, exercise in sorted(handed):
        theirs = attempts.in_order(handed[name, exercise])
        best = exercise in dates and dates[exercise].policy.counts == "best"
        found += [Handed(name, exercise, one.folder, one.digest) for one in (theirs if best else theirs[-1:])]
    return tuple(found)


def learners(connection: Connection, learner: str | None = None) -> dict[str, Learner]:
    """Who is on the roster, by the name that work is filed under; only one when named."""
    table, found = tables.LEARNERS, {}
    asked = is_about(table, learner=learner) if learner is not None else ()
    for row in connection.execute(select(table).where(*asked).order_by(table.c.entry)):
        found[row.learner] = Learner(row.learner, row.name, row.email, row.lms_id, row.section)
    return found


def due(connection: Connection) -> dict[str, Due]:
    """When each exercise is due."""
    found = {}
    for row in connection.execute(select(tables.EXERCISES).order_by(tables.EXERCISES.c.entry)):
        policy = LatePolicy(Fraction(row.late_per_day), row.grace_minutes, row.cut_off_days, row.counts)
        found[row.exercise] = Due(row.deadline, policy)
    return found


def _state(connection: Connection, learner: str | None, exercise: str | None) -> _State:
    names = ("attempts", "results", "overrides", "comments", "extensions", "excuses")
    dates, norms = due(connection), _norms(connection)
    if exercise is not None:
        dates = {name: one for name, one in dates.items() if name == exercise}
        norms = {name: one for name, one in norms.items() if name == exercise}
    said = (_said(connection, name, learner, exercise) for name in names)
    return _State(learners(connection, learner), dates, norms, _contents(connection), *said)


def _said(connection: Connection, kind: str, learner: str | None, exercise: str | None) -> Said:
    """The statements of one kind with their authors and times."""
    table, found = tables.STATEMENTS[kind], defaultdict(list)
    named = {"learner": learner, "exercise": exercise}
    asked = is_about(table, **{name: value for name, value in named.items() if value is not None})
    query = select(table, tables.HISTORY.c.author, tables.HISTORY.c.time).join(tables.HISTORY)
    for row in connection.execute(query.where(*asked).order_by(table.c.entry)):
        found[row.learner, row.exercise].append(row)
    return found


def _norms(connection: Connection) -> dict[str, _Norm]:
    """By exercise; also of those in which nothing could be graded yet."""
    table = tables.RESULTS
    newest = select(func.max(table.c.entry)).where(table.c.content.is_not(None)).group_by(table.c.exercise)
    norms = {name: _Norm(Fraction(0), "") for name in connection.execute(select(table.c.exercise).distinct()).scalars()}
    for row in connection.execute(select(table).where(table.c.entry.in_(newest))):
        norms[row.exercise] = _Norm(Fraction(row.max_score), row.content)
    return norms


def _contents(connection: Connection) -> Content:
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
    """One attempt with its points: ``score`` is None when there is none, ``most`` the maximum."""

    row: Row[Any]
    attempt: Attempt
    score: Fraction | None
    most: Fraction
    late: Fraction
    overrides: tuple[Override, ...]
    result: Mapping[str, Any] | None

    @property
    def whole(self) -> bool:
        """Whether a person has decided about the whole."""
        return any(not one.criterion for one in self.overrides)


def _grade(state: _State, name: str, exercise: str) -> Grade:
    key = (name, exercise)
    learner = state.learners.get(name, Learner(name))
    comments = tuple(Comment(row.author, row.text, row.time) for row in state.comments.get(key, ()))
    excused = bool(state.excuses.get(key)) and state.excuses[key][-1].excused
    if key not in state.results:
        nothing: Standing = "excused" if excused else "missing"
        most = state.norms[exercise].most if exercise in state.norms else Fraction(0)
        return Grade(learner, exercise, nothing, None, most, passed=False, needs_review=False, comments=comments)
    best = _best(state, name, exercise)
    row, result = best.row, best.result
    decided = {one.criterion for one in best.overrides}
    standing: Standing = "excused" if excused else "graded" if row.standing == "graded" or best.whole else "error"
    waits = row.needs_review and not best.whole and (result is None or _waits(result, decided))
    return Grade(
        learner, exercise, standing, None if excused else best.score, best.most,
        passed=not excused and _passed(state, best, exercise), needs_review=waits and not excused, result=result,
        attempt=row.number, submitted=best.attempt.submitted, reason=row.reason, message=row.message, late=best.late,
        overrides=best.overrides, comments=comments, folder=best.attempt.folder, digest=best.attempt.digest,
    )  # fmt: skip


def _best(state: _State, name: str, exercise: str) -> _Counted:
    """The attempt that counts: the last one that was handed in, or the one with the most points."""
    key = (name, exercise)
    due_then = state.due.get(exercise, Due("", LatePolicy()))
    deadline = _deadline(state.extensions.get(key, ()), due_then)
    results: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in state.results[key]:
        results[row.number].append(row)
    known = [one for one in attempts.in_order(state.attempts[key]) if one.number in results]
    counted = []
    for attempt in known if due_then.policy.counts == "best" else known[-1:]:
        stands = attempts.standing(results[attempt.number])
        overrides = _decisions(state.overrides.get(key, ()), attempt.number)
        most = state.norms[exercise].most
        counted.append(_count(stands, attempt, overrides, most, state.content, deadline, due_then.policy))
    best = counted[0]
    for one in counted[1:]:  # of equals the later one
        if (one.score is not None and one.score >= (best.score or 0)) or best.score is None:
            best = one
    return best


def _count(
    row: Row[Any], attempt: Attempt, overrides: tuple[Override, ...], usual: Fraction, content: Content,
    deadline: str, policy: LatePolicy,
) -> _Counted:  # fmt: skip
    """``usual`` is the maximum where the result has none."""
    result = content(row.content)
    most = Fraction(row.max_score) or usual
    criteria = {one["id"]: one for one in result["criteria"]} if result is not None else {}
    limits = {name: Fraction(str(one["points"])) for name, one in criteria.items()} | ({"": most} if most else {})
    # A rubric may give less for it now than when a person decided.
    overrides = tuple(
        replace(one, points=min(one.points, limits[one.criterion])) if one.criterion in limits else one
        for one in overrides
    )
    for one in overrides:
        if not one.criterion:
            return _Counted(row, attempt, one.points, most, Fraction(0), overrides, result)
    if result is None:
        return _Counted(row, attempt, None, most, Fraction(0), overrides, result)
    score, late = Fraction(row.score), Fraction(0)
    for one in overrides:
        if one.criterion in criteria:  # a rubric may have dropped it since
            score += one.points - Fraction(str(criteria[one.criterion]["awarded"]))
    if deadline and attempt.submitted:
        late = taken(score, most, point_in_time(attempt.submitted), point_in_time(deadline), policy)
    return _Counted(row, attempt, score - late, most, late, overrides, result)


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


def _passed(state: _State, best: _Counted, exercise: str) -> bool:
    """Whether the points are enough.  A person's points for the whole decide alone; otherwise what withheld the pass
    in the grader's result goes on withholding it."""
    if best.score is None:
        return False
    if best.result is None:  # graded by a person alone: the pass mark is that of everybody
        usual = state.content(state.norms[exercise].content)
        return usual is not None and best.score >= Fraction(str(usual["pass_mark"]))
    if not best.overrides and not best.late:
        return bool(best.row.passed)
    enough = best.score >= Fraction(str(best.result["pass_mark"]))
    given = {one.criterion: one.points for one in best.overrides}
    return enough and (best.whole or not withheld(best.result, given))
