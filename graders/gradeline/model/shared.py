"""What the repository defines once so that pipelines can share it, with a contract for its callers."""

from __future__ import annotations

from gradeline.records import record
from gradeline.source import Span


@record
class SharedStep:
    """A step that pipelines call by ``name``.  ``parameters`` are the names of what a call hands over; ``refuses``
    is where a call that lacks something is refused before the work begins, None when nothing does that.  ``kept``: it
    lies beside its callers and has their version."""

    path: str
    name: str
    span: Span
    parameters: tuple[str, ...] = ()
    refuses: Span | None = None
    kept: bool = False
