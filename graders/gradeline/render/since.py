"""What changed since a learner's last attempt: what is newly met, what got better, what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from gradeline.records import record
from gradeline.result import CriterionResult, Report, Status
from gradeline.score import CREDIT, WAITING

Kind = Literal["first", "same", "compared", "other-rubric"]


@record
class Since:
    """``kind``: there was no attempt before, the files are the same, both can be compared, or the rubric or the
    grader is another one now, so nothing can be said about the learner's change."""

    kind: Kind
    before: Fraction = Fraction(0)
    gained: tuple[CriterionResult, ...] = ()
    better: tuple[CriterionResult, ...] = ()
    lost: tuple[CriterionResult, ...] = ()


FIRST = Since("first")
# The kinds of change in the order they are told, and the status whose symbol and colour each has.
CHANGES: dict[str, Status] = {"gained": "met", "better": "partial", "lost": "unmet"}


def compare(before: Mapping[str, Status], score: Fraction, report: Report) -> Since:
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
    return Since("compared", score, tuple(gained), tuple(better), tuple(lost))
