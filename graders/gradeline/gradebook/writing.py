"""Everything that can be said in a gradebook.  Each function adds statements and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, select

from gradeline.gradebook import chain, tables
from gradeline.gradebook.database import Book
from gradeline.gradebook.lateness import LatePolicy
from gradeline.grades import Grade, Learner
from gradeline.records import record
from gradeline.words import Told

_TOGETHER = 500  # results in one transaction
LONGEST = 10_000  # characters of a reason or a comment


@record
class Voice:
    """Who says something, and when (aware)."""

    author: str
    time: datetime


@record(frozen=False)
class Imported:
    """What an import has added."""

    attempts: int = 0
    results: int = 0
    known: int = 0


class Pen:
    """Adds statements within one transaction."""

    def __init__(self, connection: Connection, voice: Voice) -> None:
        if not voice.author.strip():
            raise Told("book.author")
        self._connection = connection
        self._author = str(storable(voice.author))
        self._time = when(voice.time)
        last = connection.execute(
            select(tables.HISTORY.c.entry, tables.HISTORY.c.hash).order_by(tables.HISTORY.c.entry.desc()).limit(1)
        ).first()
        self._entry, self._hash = (int(last.entry), str(last.hash)) if last else (0, chain.BEGIN)

    def say(self, kind: str, **statement: object) -> None:
        statement = {name: storable(value) for name, value in statement.items()}
        self._entry += 1
        self._hash = chain.link(self._hash, self._entry, self._time, self._author, kind, statement)
        self._connection.execute(
            insert(tables.HISTORY),
            {"entry": self._entry, "time": self._time, "author": self._author, "kind": kind, "hash": self._hash},
        )
        self._connection.execute(insert(tables.STATEMENTS[kind]), {"entry": self._entry, **statement})


def storable(value: object) -> object:
    """Text as every database takes it: what is no text, and NUL, is spelled with an escape."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def when(time: datetime) -> str:
    """A time as the gradebook keeps it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def point_in_time(text: str) -> datetime:
    """The time in ISO 8601; one without a zone is UTC.  Raises ``Told``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Told("book.time", text=text) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


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
            if one.id in known and all(
                getattr(known[one.id], name) == storable(said) for name, said in statement.items()
            ):
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


def add_results(book: Book, grades: Iterable[Grade], voice: Voice) -> Imported:
    """Keep the results of ``grades`` whole.  What is known already changes nothing, however often it comes."""
    done, left = Imported(), iter(grades)
    while together := list(islice(left, _TOGETHER)):
        with book.writing() as connection:
            pen, counts = Pen(connection, voice), Imported()
            for grade in together:
                add_result(connection, pen, grade, counts)
        done.attempts += counts.attempts
        done.results += counts.results
        done.known += counts.known
    return done


def override(
    book: Book, learner: str, exercise: str, points: Fraction | None, reason: str, voice: Voice, criterion: str = ""
) -> None:
    """A person's points instead of the grader's, for the latest attempt; None takes the decision back."""
    override_all(book, (learner,), exercise, points, reason, voice, criterion)


def override_all(
    book: Book, learners: Sequence[str], exercise: str, points: Fraction | None, reason: str, voice: Voice,
    criterion: str = "",
) -> None:  # fmt: skip
    """The same decision about several learners, all or nothing."""
    _explained(reason)
    with book.writing() as connection:
        pen = Pen(connection, voice)
        for learner in learners:
            last = _last_result(connection, learner, exercise)
            _within(connection, last, points, criterion)
            pen.say(
                "overrides", learner=learner, exercise=exercise, number=int(last.number), criterion=criterion,
                points="" if points is None else exact(points), reason=reason,
            )  # fmt: skip


def comment(book: Book, learner: str, exercise: str, text: str, voice: Voice) -> None:
    """Write something for a learner."""
    comment_all(book, (learner,), exercise, text, voice)


def comment_all(book: Book, learners: Sequence[str], exercise: str, text: str, voice: Voice) -> None:
    """The same words for several learners, all or nothing."""
    _explained(text)
    with book.writing() as connection:
        pen = Pen(connection, voice)
        for learner in learners:
            _known(connection, learner, exercise)
            pen.say("comments", learner=learner, exercise=exercise, text=text)


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


def exact(value: Fraction) -> str:
    """``value`` as exact text: a decimal where there is one, else a fraction.  ``Fraction`` reads both."""
    scaled = value * 10_000
    if scaled.denominator != 1:
        return str(value)
    sign, digits = "-" if scaled < 0 else "", f"{abs(int(scaled)):05d}"
    return f"{sign}{digits[:-4]}.{digits[-4:]}".rstrip("0").rstrip(".")


def add_result(connection: Connection, pen: Pen, grade: Grade, counts: Imported) -> None:
    """Keep one result within a transaction; ``counts`` hears what it was."""
    place = {"learner": grade.learner.id, "exercise": grade.exercise}
    work = _digest(grade)
    attempts = tables.ATTEMPTS
    found = connection.execute(
        select(attempts.c.number).where(*_is(attempts, **place), attempts.c.digest == work)
    ).scalar()
    if found is None:
        last = connection.execute(select(func.max(attempts.c.number)).where(*_is(attempts, **place))).scalar()
        found = (last or 0) + 1
        pen.say("attempts", **place, number=found, digest=work, submitted=_submitted(grade), folder=grade.folder)
        counts.attempts += 1
    row = {**place, "number": found, **_row(grade)}
    results = tables.RESULTS
    latest = connection.execute(
        select(results).where(*_is(results, **place, number=found)).order_by(results.c.entry.desc()).limit(1)
    ).first()
    if latest is not None and all(
        getattr(latest, name) == storable(said) for name, said in row.items()
    ):
        counts.known += 1
        return
    if grade.result is not None:
        named = tables.CONTENTS.c.digest
        if connection.execute(select(named).where(named == row["content"])).first() is None:
            connection.execute(insert(tables.CONTENTS), {"digest": row["content"], "data": _content(grade.result)})
    pen.say("results", **row)
    counts.results += 1


def _row(grade: Grade) -> dict[str, object]:
    result: Mapping[str, object] = grade.result or {}
    return {
        "standing": "graded" if grade.standing == "graded" else "error",
        "reason": grade.reason,
        "message": grade.message,
        "score": exact(Fraction(str(result.get("score", 0)))),
        "max_score": exact(Fraction(str(result.get("max_score", 0)))),
        "passed": result.get("passed") is True,
        "needs_review": grade.needs_review,
        "rubric": _inner(result, "rubric", "digest"),
        "grader": _inner(result, "grader", "version"),
        "content": chain.digest(_content(grade.result)) if grade.result is not None else None,
    }


def _digest(grade: Grade) -> str:
    """What tells one attempt from another: the digest of the work; empty for work that could not be read."""
    return grade.digest or _inner(grade.result or {}, "submission", "digest")


def _inner(result: Mapping[str, object], name: str, inner: str) -> str:
    found = result.get(name)
    return str(found.get(inner, "")) if isinstance(found, Mapping) else ""


def _content(result: Mapping[str, object]) -> str:
    return json.dumps(result, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _submitted(grade: Grade) -> str:
    return when(point_in_time(grade.submitted)) if grade.submitted else ""


def _is(table: Table, **values: object) -> list[ColumnElement[bool]]:
    return [table.c[name] == storable(value) for name, value in values.items()]


def _latest(connection: Connection, kind: str, *key: str) -> Iterator[Row[Any]]:
    """The last statement about each thing."""
    table = tables.STATEMENTS[kind]
    last = select(func.max(table.c.entry)).group_by(*(table.c[name] for name in key))
    yield from connection.execute(select(table).where(table.c.entry.in_(last)).order_by(table.c.entry))


def _last_result(connection: Connection, learner: str, exercise: str) -> Row[Any]:
    results = tables.RESULTS
    found = connection.execute(
        select(results)
        .where(*_is(results, learner=learner, exercise=exercise))
        .order_by(results.c.number.desc(), results.c.entry.desc())
        .limit(1)
    ).first()
    if found is None:
        _known(connection, learner, exercise)
        raise Told("book.no_attempt", learner=learner, exercise=exercise)
    return found


def _known(connection: Connection, learner: str, exercise: str) -> None:
    """Raises ``Told`` for a learner nobody has heard of: most often a slip of the pen."""
    for table in (tables.LEARNERS, tables.ATTEMPTS):
        if connection.execute(select(table.c.entry).where(table.c.learner == storable(learner)).limit(1)).first():
            return
    names: set[str] = set()
    for table in (tables.LEARNERS, tables.ATTEMPTS):
        names.update(connection.execute(select(table.c.learner).distinct()).scalars())
    raise Told("book.learner", learner=learner, like=_like(learner, sorted(names)))


def _like(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, names, 3, 0.6)
    return ", ".join(found or names[:3]) or "-"


def _within(connection: Connection, last: Row[Any], points: Fraction | None, criterion: str) -> None:
    """Raises ``Told`` for points or a criterion that the result does not know."""
    most = Fraction(str(last.max_score))
    if criterion:
        data = connection.execute(
            select(tables.CONTENTS.c.data).where(tables.CONTENTS.c.digest == last.content)
        ).scalar()
        criteria = {one["id"]: one for one in json.loads(data)["criteria"]} if data else {}
        if criterion not in criteria:
            raise Told("book.criterion", criterion=criterion, known=", ".join(criteria) or "-")
        most = Fraction(str(criteria[criterion]["points"]))
    if points is not None and (points < 0 or (points > most and (most or criterion))):
        raise Told("book.points", points=exact(points), most=exact(most))


def _explained(reason: str) -> None:
    if not reason.strip():
        raise Told("book.reason")
    if len(reason) > LONGEST:
        raise Told("book.long", most=LONGEST)
