"""Times of a gradebook: ISO 8601 in UTC to the second, as ``2026-11-25T19:00:00Z``."""

from __future__ import annotations

from datetime import UTC, datetime

from gradeline.words import Told


def when(time: datetime) -> str:
    """An aware time as the gradebook keeps it."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def point_in_time(text: str) -> datetime:
    """The time in ISO 8601, in UTC; one without a zone is UTC.  Raises ``Told``."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the first and the last day of all years have no UTC everywhere
        raise Told("book.time", text=text) from error
