"""What the checks of monitoring say alike."""

from __future__ import annotations

from gradeline.model.monitoring import Monitoring
from gradeline.result import Evidence, Verdict

NO_ALERTS = Verdict("unmet", "There is no alert.")


def hidden(verdict: Verdict, monitoring: Monitoring) -> Verdict:
    """The verdict, or *cannot tell* when it is bad and a part of a file could not be read."""
    if verdict.status in ("met", "cannot_tell") or not monitoring.opaque:
        return verdict
    first = monitoring.opaque[0]
    message = f"{verdict.message} But a part of {first.span.path} cannot be read."
    return Verdict("cannot_tell", message, (Evidence(first.span, "problem", first.reason), *verdict.evidence))


def numbered(message: str, count: int) -> str:
    return (
        message
        if count == 1
        else f"{message} {count - 1} more {'alert has' if count == 2 else 'alerts have'} a problem."
    )
