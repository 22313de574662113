"""How far apart the runs of a schedule are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

_DAY = 24 * 60
_WORDS: Mapping[str, int] = {
    "@yearly": 365 * _DAY, "@annually": 365 * _DAY, "@quarterly": 90 * _DAY, "@monthly": 28 * _DAY,
    "@weekly": 7 * _DAY, "@daily": _DAY, "@midnight": _DAY, "@hourly": 60,
}  # fmt: skip


def minutes_apart(cron: str) -> int | None:
    """The shortest time between two runs of one day (or over midnight), in minutes; None for a text of another form.

    Only the minute and the hour are looked at: what runs once a day is at least a day apart.
    """
    text = cron.strip().lower()
    if text.startswith("@"):
        return _WORDS.get(text)
    fields = text.split()
    if len(fields) == 6:  # with seconds in front or a year behind; neither brings runs closer than the minutes say
        fields = fields[1:] if fields[0].isdecimal() else fields[:5]
    if len(fields) != 5:
        return None
    minutes, hours = _numbers(fields[0], 59), _numbers(fields[1], 23)
    if not minutes or not hours:
        return None
    times = [hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)]
    return min((later - earlier for earlier, later in pairwise((*times, times[0] + _DAY))), default=None)


def _numbers(field: str, high: int) -> set[int]:
    """The values of one field; empty when it cannot be read."""
    found: set[int] = set()
    for piece in field.split(","):
        base, slash, step = piece.partition("/")
        first, dash, last = base.partition("-")
        if base in ("*", "?"):
            first, last = "0", str(high)
        elif base == "h":  # one value that the machine chooses
            first, last = "0", str(high) if slash else "0"
        elif not dash:
            last = str(high) if slash else first
        if not (first.isdecimal() and last.isdecimal() and (step.isdecimal() or not slash)):
            return set()
        pace = int(step[:4]) if slash else 1
        if pace < 1 or int(last[:4]) > high:
            return set()
        found.update(range(int(first[:4]), int(last[:4]) + 1, pace))
    return found
