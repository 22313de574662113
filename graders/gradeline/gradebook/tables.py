"""The tables of a gradebook.  Rows are only ever added; triggers refuse every statement that would do else.

Who may drop a trigger, or write the file of SQLite, can do more: that is what the digests of ``history`` are for.

Each row of a table but ``history`` and ``contents`` is one statement and belongs to the entry of ``history`` with its
number.  Times are ISO 8601 in UTC to the second (``2026-11-25T19:00:00Z``), or empty.  Points are exact decimal text.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _statements(name: str, *columns: Column[Any], more: tuple[Index, ...] = ()) -> Table:
    entry = ForeignKey("history.entry")
    number: Column[Any] = Column("entry", Integer, entry, primary_key=True, autoincrement=False)
    return Table(name, METADATA, number, *columns, *more)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _key(name: str) -> Column[Any]:
    return Column(name, String(255), nullable=False)


HISTORY = Table(
    "history",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, ... without a gap
    Column("time", String(20), nullable=False),
    _text("author"),
    Column("kind", String(20), nullable=False),  # the table with the statement
    Column("hash", String(64), nullable=False),  # of the statement and the hash before it
)
CONTENTS = Table(  # results whole, each once
    "contents", METADATA, Column("digest", String(64), primary_key=True), _text("data")
)
LEARNERS = _statements(
    "learners", _key("learner"), _text("name"), _text("email"), _text("lms_id"), _text("section"),
    Column("active", Boolean, nullable=False),
)  # fmt: skip
EXERCISES = _statements(
    "exercises", _key("exercise"), Column("deadline", String(20), nullable=False), _text("late_per_day"),
    Column("grace_minutes", Integer, nullable=False), Column("cut_off_days", Integer, nullable=True),
    Column("counts", String(10), nullable=False),
)  # fmt: skip
ATTEMPTS = _statements(  # a row for each time of handing in; the same bytes have the same number
    "attempts", _key("learner"), _key("exercise"), Column("number", Integer, nullable=False), _key("digest"),
    Column("submitted", String(20), nullable=False), _text("folder"),
    more=(Index(None, "learner", "exercise"),),
)  # fmt: skip
RESULTS = _statements(
    "results", _key("learner"), _key("exercise"), Column("number", Integer, nullable=False),
    Column("standing", String(10), nullable=False), _key("reason"), _text("message"), _text("score"),
    _text("max_score"), Column("passed", Boolean, nullable=False), Column("needs_review", Boolean, nullable=False),
    _key("rubric"), _key("grader"), Column("content", String(64), ForeignKey("contents.digest"), nullable=True),
    more=(Index(None, "learner", "exercise", "number"),),
)  # fmt: skip
OVERRIDES = _statements(  # points are empty for one that is withdrawn, the criterion for the whole
    "overrides", _key("learner"), _key("exercise"), Column("number", Integer, nullable=False), _key("criterion"),
    _text("points"), _text("reason"), more=(Index(None, "learner", "exercise"),),
)  # fmt: skip
COMMENTS = _statements(
    "comments", _key("learner"), _key("exercise"), _text("text"), more=(Index(None, "learner", "exercise"),)
)  # fmt: skip
EXTENSIONS = _statements(  # the deadline is empty for one that is withdrawn
    "extensions", _key("learner"), _key("exercise"), Column("deadline", String(20), nullable=False), _text("reason")
)  # fmt: skip
EXCUSES = _statements(
    "excuses", _key("learner"), _key("exercise"), Column("excused", Boolean, nullable=False), _text("reason")
)  # fmt: skip

# In this order they can be filled.
STATEMENTS: dict[str, Table] = {
    table.name: table
    for table in (LEARNERS, EXERCISES, ATTEMPTS, RESULTS, OVERRIDES, COMMENTS, EXTENSIONS, EXCUSES)
}  # fmt: skip
PROTECTED: tuple[str, ...] = ("history", "contents", *STATEMENTS)
