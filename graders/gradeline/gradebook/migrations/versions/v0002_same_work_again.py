"""The same work may be handed in again, and no row of SQLite is replaced either.

A learner goes back to earlier work: it keeps its number and its decisions, and is the latest again.  So a row of
``attempts`` is a time of handing in, and number and digest come more than once.

SQLite's ``INSERT OR REPLACE`` deletes the row that is in the way, and asks no trigger about it unless a connection
has said ``recursive_triggers``.  A trigger before every insert refuses it, whoever connects.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    "history", "learners", "exercises", "attempts", "results", "overrides", "comments", "extensions", "excuses",
)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("uq_attempts_learner_exercise_number", "attempts")
        op.drop_constraint("uq_attempts_learner_exercise_digest", "attempts")
    else:
        _attempts_anew()
        for name in _STATEMENTS:
            _nothing_replaced(name, "entry = NEW.entry")
        _nothing_replaced("contents", "digest = NEW.digest OR rowid = NEW.rowid")
    op.create_index("ix_attempts_learner_exercise", "attempts", ["learner", "exercise"])


def _attempts_anew() -> None:
    """SQLite drops no constraint: another table takes the rows over, and the name."""
    op.create_table(
        "attempts_anew",
        sa.Column("entry", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("learner", sa.String(255), nullable=False),
        sa.Column("exercise", sa.String(255), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(255), nullable=False),
        sa.Column("submitted", sa.String(20), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_attempts"),
        sa.ForeignKeyConstraint(["entry"], ["history.entry"], name="fk_attempts_entry"),
    )
    columns = "entry, learner, exercise, number, digest, submitted, folder"
    op.execute(f"INSERT INTO attempts_anew ({columns}) SELECT {columns} FROM attempts")  # noqa: S608 - the names are ours
    op.drop_table("attempts")  # its triggers go with it
    op.rename_table("attempts_anew", "attempts")
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER attempts_no_{event.lower()} BEFORE {event} ON attempts BEGIN "
            f"SELECT RAISE(ABORT, 'a gradebook only grows: {event} of attempts refused'); END"
        )


def _nothing_replaced(name: str, same: str) -> None:
    there = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - the names are ours
    op.execute(
        f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {there} "
        f"BEGIN SELECT RAISE(ABORT, 'a gradebook only grows: REPLACE of {name} refused'); END"
    )
