"""What lateness costs: exact arithmetic on times and points, nothing else.

Times are aware ``datetime`` values.  Points are fractions; what is taken is never more than what was reached.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

from gradeline.records import record

Counts = Literal["latest", "best"]
DAY = timedelta(days=1)


@record
class LatePolicy:
    """How late work counts.

    ``per_day``: percent of the maximum for each day that has begun.  ``grace``: work that is no more than these
    minutes late is on time; after them every minute since the deadline counts.  ``cut_off``: work that is more than
    these days late gets nothing; None takes it at any time.  ``counts``: which of several attempts.
    """

    per_day: Fraction = Fraction(0)
    grace: int = 0
    cut_off: int | None = None
    counts: Counts = "latest"


def days_late(submitted: datetime, deadline: datetime, grace: int = 0) -> int:
    """How many days late have begun; 0 for work on time or within ``grace`` minutes."""
    late = submitted - deadline
    if late <= timedelta(minutes=grace):
        return 0
    return -(-late // DAY)


def taken(
    score: Fraction, max_score: Fraction, submitted: datetime, deadline: datetime, policy: LatePolicy
) -> Fraction:
    """The points that lateness takes from ``score``."""
    days = days_late(submitted, deadline, policy.grace)
    if days and policy.cut_off is not None and submitted - deadline > policy.cut_off * DAY:
        return score
    return min(score, max_score * policy.per_day * days / 100)
