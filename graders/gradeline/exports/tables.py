"""Tables that programs read: nbgrader's CSV, Gradescope's CSV, JSON Lines and Parquet.

In nbgrader's and Gradescope's files a score that is not there is an empty cell, never 0.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradeline.exports.book import Book, collect, notice, said, titles
from gradeline.exports.outcome import Notice, Outcome, Settings
from gradeline.exports.places import written
from gradeline.grades import Grade, Learner
from gradeline.render.cells import points, text
from gradeline.words import MissingPart, Told

_NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score", "status",
)  # fmt: skip


def nbgrader(grades: Iterable[Grade], settings: Settings) -> Outcome:
    """The columns of nbgrader's ``export`` (nbgrader/plugins/export.py), and ``status`` behind them."""
    book = collect(grades)
    rows: list[Sequence[str]] = [_NBGRADER]
    notices: list[Notice] = []
    count = 0
    for grade in _in_order(book):
        value = _value(grade, settings, notices)
        count += value is not None
        learner = grade.learner
        first, last = _names(learner)
        penalty = grade.late if value is not None else Fraction(0)
        rows.append((
            text(grade.exercise), "", text(grade.submitted), text(learner.id), text(last), text(first),
            text(learner.email),
            points(value + penalty) if value is not None else "", points(penalty) if value is not None else "",
            points(value) if value is not None else "", points(grade.max_score or book.most[grade.exercise]),
            grade.standing,
        ))  # fmt: skip
    return Outcome(written(rows), count, tuple(notices))


def gradescope(grades: Iterable[Grade], settings: Settings) -> Outcome:
    """The columns of Gradescope's "Download Grades".  How late work was is not known, so that cell is empty."""
    book = collect(grades)
    header = ["First Name", "Last Name", "SID", "Email", "Sections"]
    for title in titles(book, settings, header):
        columns = [title, f"{title} - Max Points", f"{title} - Submission Time", f"{title} - Lateness (H:M:S)"]
        if set(columns) & set(header):
            raise Told("exports.same_title", title=title)
        header += columns
    rows: list[Sequence[str]] = [header]
    notices: list[Notice] = []
    count = 0
    for learner in book.learners:
        first, last = _names(learner)
        row = [text(first), text(last), text(learner.lms_id or learner.id), text(learner.email), text(learner.section)]
        for exercise in book.exercises:
            grade = book.grades.get((learner.id, exercise))
            value = _value(grade, settings, notices, learner.id, exercise)
            count += value is not None
            row += ["" if value is None else points(value), points(book.most[exercise]),
                    text(grade.submitted) if grade else "", ""]  # fmt: skip
        rows.append(row)
    return Outcome(written(rows), count, tuple(notices))


def json_lines(grades: Iterable[Grade]) -> Iterable[str]:
    """One line for each grade with all that is known of it but the evidence, in the order of ``grades``."""
    for grade in grades:
        yield json.dumps(_data(grade), ensure_ascii=True, sort_keys=True, allow_nan=False) + "\n"


def parquet(grades: Iterable[Grade]) -> bytes:
    """The same as a table with types; criteria, overrides and comments are lists in it.  Raises ``MissingPart``."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingPart("exports.parquet") from error
    texts, number = pa.string(), pa.float64()
    criterion = pa.struct([("id", texts), ("status", texts), ("awarded", number), ("points", number)])
    override = pa.struct([(one, texts) for one in ("author", "reason", "time", "criterion")] + [("points", number)])
    comment = pa.struct([(one, texts) for one in ("author", "text", "time")])
    schema = pa.schema([
        ("learner", texts), ("name", texts), ("email", texts), ("lms_id", texts), ("section", texts),
        ("exercise", texts), ("standing", texts), ("score", number), ("max_score", number), ("passed", pa.bool_()),
        ("needs_review", pa.bool_()), ("attempt", pa.int32()), ("submitted", texts), ("reason", texts),
        ("late", number), ("rubric_version", pa.int32()), ("grader", texts),
        ("criteria", pa.list_(criterion)), ("overrides", pa.list_(override)), ("comments", pa.list_(comment)),
    ])  # fmt: skip
    out = io.BytesIO()
    with pq.ParquetWriter(out, schema) as writer:
        batch: list[dict[str, Any]] = []
        for grade in grades:
            data = _data(grade)
            data.pop("message")
            batch.append(data)
            if len(batch) == 1000:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                batch.clear()
        if batch:
            writer.write_table(pa.Table.from_pylist(batch, schema))
    return out.getvalue()


def _in_order(book: Book) -> Iterable[Grade]:
    for exercise in book.exercises:
        for learner in book.learners:
            if (grade := book.grades.get((learner.id, exercise))) is not None:
                yield grade


def _value(
    grade: Grade | None, settings: Settings, notices: list[Notice], learner: str = "", exercise: str = ""
) -> Fraction | None:
    value, why = said(grade, settings)
    if why is not None:
        notices.append(notice(why, grade.learner.id if grade else learner, grade.exercise if grade else exercise))
    return value


def _names(learner: Learner) -> tuple[str, str]:
    """First and last name; what cannot be told apart is the last name, as in an address book."""
    last, comma, first = learner.name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = learner.name.strip().rpartition(" ")
    return first.strip(), last


def _data(grade: Grade) -> dict[str, Any]:
    """Raises ``Told`` when the stored result is not whole."""
    try:
        return _whole(grade)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Told("exports.result", learner=grade.learner.id, exercise=grade.exercise) from error


def _whole(grade: Grade) -> dict[str, Any]:
    result: Mapping[str, Any] = grade.result or {}
    learner = grade.learner
    return {
        "learner": _text(learner.id), "name": _text(learner.name), "email": _text(learner.email),
        "lms_id": _text(learner.lms_id), "section": _text(learner.section), "exercise": _text(grade.exercise),
        "standing": grade.standing, "score": _number(grade.score), "max_score": _number(grade.max_score),
        "passed": grade.passed, "needs_review": grade.needs_review, "attempt": grade.attempt,
        "submitted": _text(grade.submitted), "reason": _text(grade.reason), "message": _text(grade.message),
        "late": _number(grade.late), "rubric_version": result.get("rubric", {}).get("version"),
        "grader": result.get("grader", {}).get("version"),
        "criteria": [
            {"id": one["id"], "status": one["status"], "awarded": float(one["awarded"]), "points": float(one["points"])}
            for one in result.get("criteria", ())
        ],
        "overrides": [
            {"author": _text(one.author), "reason": _text(one.reason), "time": one.time, "criterion": one.criterion,
             "points": _number(one.points)} for one in grade.overrides
        ],
        "comments": [
            {"author": _text(one.author), "text": _text(one.text), "time": one.time} for one in grade.comments
        ],
    }  # fmt: skip


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _number(value: Fraction | None) -> float | None:
    """Rounded half up to two decimals, like every number that is shown."""
    return None if value is None else float(points(value))
