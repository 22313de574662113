"""The first gradebook.

A migration never looks at ``tables.py``, which goes on changing: it says itself what it makes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    "history", "contents", "learners", "exercises", "attempts", "results", "overrides", "comments", "extensions",
    "excuses",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("entry", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("time", sa.String(20), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_history"),
    )
    op.create_table(
        "contents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_contents"),
    )
    _statements(
        "learners", *_keys("learner"), *_texts("name", "email", "lms_id", "section"),
        sa.Column("active", sa.Boolean, nullable=False),
    )  # fmt: skip
    _statements(
        "exercises", *_keys("exercise"), sa.Column("deadline", sa.String(20), nullable=False), *_texts("late_per_day"),
        sa.Column("grace_minutes", sa.Integer, nullable=False), sa.Column("cut_off_days", sa.Integer, nullable=True),
        sa.Column("counts", sa.String(10), nullable=False),
    )  # fmt: skip
    _statements(
        "attempts", *_keys("learner", "exercise"), _number(), *_keys("digest"),
        sa.Column("submitted", sa.String(20), nullable=False), *_texts("folder"),
        sa.UniqueConstraint("learner", "exercise", "number", name="uq_attempts_learner_exercise_number"),
        sa.UniqueConstraint("learner", "exercise", "digest", name="uq_attempts_learner_exercise_digest"),
    )  # fmt: skip
    _statements(
        "results", *_keys("learner", "exercise"), _number(), sa.Column("standing", sa.String(10), nullable=False),
        *_keys("reason"), *_texts("message", "score", "max_score"), sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False), *_keys("rubric", "grader"),
        sa.Column("content", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["content"], ["contents.digest"], name="fk_results_content"),
    )  # fmt: skip
    op.create_index("ix_results_learner_exercise_number", "results", ["learner", "exercise", "number"])
    _statements("overrides", *_keys("learner", "exercise"), _number(), *_keys("criterion"), *_texts("points", "reason"))
    op.create_index("ix_overrides_learner_exercise", "overrides", ["learner", "exercise"])
    _statements("comments", *_keys("learner", "exercise"), *_texts("text"))
    op.create_index("ix_comments_learner_exercise", "comments", ["learner", "exercise"])
    _statements(
        "extensions", *_keys("learner", "exercise"), sa.Column("deadline", sa.String(20), nullable=False),
        *_texts("reason"),
    )  # fmt: skip
    _statements(
        "excuses", *_keys("learner", "exercise"), sa.Column("excused", sa.Boolean, nullable=False), *_texts("reason")
    )  # fmt: skip
    for name in _TABLES:
        _protect(name)


def _statements(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name, sa.Column("entry", sa.Integer, autoincrement=False, nullable=False), *parts,
        sa.PrimaryKeyConstraint("entry", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["entry"], ["history.entry"], name=f"fk_{name}_entry"),
    )  # fmt: skip


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(255), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.Integer, nullable=False)


def _protect(name: str) -> None:
    """Rows are added, and never changed or deleted, whoever connects."""
    if op.get_bind().dialect.name == "postgresql":
        if name == _TABLES[0]:
            op.execute(
                "CREATE FUNCTION gradeline_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'a gradebook only grows: % of % refused', TG_OP, TG_TABLE_NAME; END $$"
            )
        op.execute(
            f"CREATE TRIGGER {name}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION gradeline_append_only()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {name}_no_{event.lower()} BEFORE {event} ON {name} BEGIN "
            f"SELECT RAISE(ABORT, 'a gradebook only grows: {event} of {name} refused'); END"
        )
