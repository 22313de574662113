"""Attempts and the results of them: which was handed in last, and which result of it stands.

An attempt is a learner's work in an exercise, known by the digest of its bytes.  The same bytes may come more than
once: each time is a row of the table ``attempts``, with the same number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradeline.records import record

if TYPE_CHECKING:
    from sqlalchemy import Row


@record
class Attempt:
    """``submitted`` is when these bytes came first, as far as that is known; ``folder`` is where they lay last."""

    number: int
    digest: str
    submitted: str
    folder: str


def in_order(rows: Sequence[Row[Any]]) -> tuple[Attempt, ...]:
    """The attempts of one learner in one exercise, the one that was handed in last at the end.

    Times decide when all have one: downloads may be taken in in any order.  Otherwise the order of taking in does.
    """
    timed = all(row.submitted for row in rows)
    by_number: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)

    def last(theirs: Sequence[Row[Any]]) -> tuple[str, int]:
        return (max(row.submitted for row in theirs) if timed else "", theirs[-1].entry)

    return tuple(
        Attempt(
            theirs[0].number, theirs[0].digest, min((row.submitted for row in theirs if row.submitted), default=""),
            theirs[-1].folder,
        )
        for theirs in sorted(by_number.values(), key=last)
    )  # fmt: skip


def standing(rows: Sequence[Row[Any]]) -> Row[Any]:
    """The result that stands of all results of one attempt, of which there is one, oldest first.

    The last one does, but a grader that failed takes nothing away: a result with everything decided goes before one
    in which a check or tool failed, and that before none at all.
    """
    return max(rows, key=lambda row: (_worth(row), row.entry))


def _worth(row: Row[Any]) -> int:
    return 2 if row.standing == "graded" else 1 if row.content is not None else 0
