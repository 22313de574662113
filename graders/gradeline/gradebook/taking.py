"""Taking in what ``grade batch`` found: work that was handed in, and the results of it, whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gradeline.gradebook import attempts, chain, tables
from gradeline.gradebook.database import Book
from gradeline.gradebook.pen import Pen, Voice, exact, is_about, storable
from gradeline.gradebook.times import point_in_time, when
from gradeline.grades import Grade
from gradeline.records import record

_TOGETHER = 500  # results in one transaction


@record(frozen=False)
class Imported:
    """What an import has added."""

    attempts: int = 0
    results: int = 0
    known: int = 0


def add_results(book: Book, grades: Iterable[Grade], voice: Voice) -> Imported:
    """Keep the results of ``grades`` whole.  What is known already changes nothing, however often it comes."""
    done, left = Imported(), iter(grades)
    while together := list(islice(left, _TOGETHER)):
        with book.writing() as connection:
            pen, counts = Pen(connection, voice), Imported()
            for grade in together:
                take_in(connection, pen, grade, counts)
        done.attempts += counts.attempts
        done.results += counts.results
        done.known += counts.known
    return done


def take_in(connection: Connection, pen: Pen, grade: Grade, counts: Imported) -> None:
    """Note that work was handed in, and its result, within a transaction; ``counts`` hears what was new."""
    _add_result(connection, pen, grade, _handed_in(connection, pen, grade, counts), counts)


def take_in_again(connection: Connection, pen: Pen, grade: Grade, counts: Imported) -> None:
    """Another result of work that is in the book; handing in has nothing to do with it."""
    found = [row for row in _times_of(connection, grade) if row.digest == _digest(grade)]
    if not found:
        raise ValueError("a regrade is about work that was handed in")
    _add_result(connection, pen, grade, found[0].number, counts)


def _times_of(connection: Connection, grade: Grade) -> list[Row[Any]]:
    """Each time that this learner has handed in this exercise, as it was taken in."""
    table = tables.ATTEMPTS
    query = select(table).where(*is_about(table, learner=grade.learner.id, exercise=grade.exercise))
    return list(connection.execute(query.order_by(table.c.entry)))


def _handed_in(connection: Connection, pen: Pen, grade: Grade, counts: Imported) -> int:
    """The number of the attempt; noted when it is new, or is the learner's latest work again."""
    before, work, submitted = _times_of(connection, grade), _digest(grade), _submitted(grade)
    if before and not work:  # it could not be read, so nobody knows that it is other work than before
        return attempts.in_order(before)[-1].number
    same = [row for row in before if row.digest == work]
    # A time tells one handing in from another; without it, what came last is what is handed in now.
    known = any(row.submitted == submitted for row in same) if submitted else before[-1:] == same[-1:] != []
    number = same[0].number if same else max((row.number for row in before), default=0) + 1
    if not known:
        pen.say(
            "attempts", learner=grade.learner.id, exercise=grade.exercise, number=number, digest=work,
            submitted=submitted, folder=grade.folder,
        )  # fmt: skip
        counts.attempts += not same
    return int(number)


def _add_result(connection: Connection, pen: Pen, grade: Grade, number: int, counts: Imported) -> None:
    table = tables.RESULTS
    place = {"learner": grade.learner.id, "exercise": grade.exercise, "number": number}
    query = select(table).where(*is_about(table, **place)).order_by(table.c.entry)
    before = list(connection.execute(query))
    row = {**place, **_row(grade)}
    said = {name: storable(table.c[name], value) for name, value in row.items()}
    heard = (attempts.standing(before), before[-1]) if before else ()
    if any(all(getattr(one, name) == value for name, value in said.items()) for one in heard):
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
    work = grade.digest or _inner(grade.result or {}, "submission", "digest")
    return str(storable(tables.ATTEMPTS.c.digest, work))


def _inner(result: Mapping[str, object], name: str, inner: str) -> str:
    found = result.get(name)
    return str(found.get(inner, "")) if isinstance(found, Mapping) else ""


def _content(result: Mapping[str, object]) -> str:
    return json.dumps(result, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _submitted(grade: Grade) -> str:
    return when(point_in_time(grade.submitted)) if grade.submitted else ""
