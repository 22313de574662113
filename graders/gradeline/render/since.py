"""What changed since a learner's last attempt: what is newly met, what got better, what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from gradeline.records import record
from gradeline.result import CriterionResult, Report, Status
from gradeline.score import CREDIT, WAITING

Kind = Literal["first", "untouched", "started", "same", "compared", "other-rubric"]


@record
class Since:
    """``kind`` says what ``before`` is the score of.

    ``first``: nothing is known of before.  ``untouched`` and ``started``: there was no attempt, and the files are
    those of the starter, or are compared with them.  ``same`` and ``compared``: the files are those of the last
    attempt, or are compared with it.  ``other-rubric``: the rubric or the grader is another one now, so nothing can
    be said about the learner's change.
    """

    kind: Kind
    before: Fraction = Fraction(0)
    gained: tuple[CriterionResult, ...] = ()
    better: tuple[CriterionResult, ...] = ()
    lost: tuple[CriterionResult, ...] = ()


# What one line says when there are no changes to list.
_SAID: dict[Kind, str] = {
    "untouched": "since.untouched", "started": "since.nothing_started", "same": "since.same",
    "compared": "since.nothing", "other-rubric": "since.other",
}  # fmt: skip

FIRST = Since("first")
# The kinds of change in the order they are told, and the status whose symbol and colour each has.
CHANGES: dict[str, Status] = {"gained": "met", "better": "partial", "lost": "unmet"}


def changes(since: Since) -> list[tuple[str, CriterionResult]]:
    """Each change with its kind, in the order they are told."""
    return [(kind, result) for kind in CHANGES for result in getattr(since, kind)]


def in_one_line(since: Since) -> str:
    """The name of the text that says there is nothing to list; empty when there is, or nothing is known."""
    return "" if changes(since) else _SAID.get(since.kind, "")


def compare(before: Mapping[str, Status], score: Fraction, report: Report, kind: Kind = "compared") -> Since:
    """What changed from the statuses ``before`` (criterion id to status) to ``report``.

    Nothing is said to be lost when nobody could look this time: a criterion that waits for another one, for a
    person or for the grader is neither gained nor lost.
    """
    gained, better, lost = [], [], []
    for result in report.criteria:
        old = before.get(result.id)
        if old is None or old == result.status or result.status in WAITING:
            continue
        change = CREDIT[result.status] - CREDIT[old]
        if result.status == "met":
            gained.append(result)
        elif change > 0:
            better.append(result)
        elif change < 0:
            lost.append(result)
    return Since(kind, score, tuple(gained), tuple(better), tuple(lost))
