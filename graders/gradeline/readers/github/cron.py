"""Schedules: POSIX cron with five fields.

GitHub Docs, "Events that trigger workflows", schedule: the fields and their ranges, names for months
and days, the operators ``* , - /``, no ``@yearly`` and the like, and at most one run every five minutes.
"""

from __future__ import annotations

from itertools import pairwise

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES)}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
SHORTEST_MINUTES = 5


def problem(expression: str) -> str:
    """Why GitHub refuses a cron expression, as a sentence; empty when it accepts it."""
    fields = expression.split()
    if len(fields) != 5:
        return f"A cron expression has five fields, this one has {len(fields)}."
    values: list[frozenset[int]] = []
    for field, (name, low, high, words) in zip(fields, _FIELDS, strict=True):
        numbers = _numbers(field, low, high, words)
        if numbers is None:
            return f"The field for the {name} cannot be read; it takes {low} to {high}."
        values.append(numbers)
    if fields[4] == "*" and not any(day <= _LONGEST[month] for month in values[3] for day in values[2]):
        return "No month of the schedule has this day, so it never starts."
    return ""


def too_often(expression: str) -> bool:
    """Whether a valid expression asks for runs less than five minutes apart; GitHub starts them later."""
    fields = expression.split()
    minutes = sorted(_numbers(fields[0], 0, 59, {}) or ())
    hours = _numbers(fields[1], 0, 23, {}) or frozenset()
    if any(later - earlier < SHORTEST_MINUTES for earlier, later in pairwise(minutes)):
        return True
    neighbours = any((hour + 1) % 24 in hours for hour in hours)
    return bool(minutes) and neighbours and minutes[0] + 60 - minutes[-1] < SHORTEST_MINUTES


def _numbers(field: str, low: int, high: int, words: dict[str, int]) -> frozenset[int] | None:
    found: set[int] = set()
    for piece in field.split(","):
        numbers = _range(piece, low, high, words)
        if numbers is None:
            return None
        found.update(numbers)
    return frozenset(found)


def _range(piece: str, low: int, high: int, words: dict[str, int]) -> range | None:
    base, slash, step_text = piece.partition("/")
    step = _number(step_text, {}) if slash else 1
    if step is None or step < 1:
        return None
    if base == "*":
        return range(low, high + 1, step)
    first_text, dash, last_text = base.partition("-")
    first = _number(first_text, words)
    last = _number(last_text, words) if dash else (high if slash else first)
    if first is None or last is None or not low <= first <= last <= high:
        return None
    return range(first, last + 1, step)


def _number(text: str, words: dict[str, int]) -> int | None:
    if text.upper() in words:
        return words[text.upper()]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None
