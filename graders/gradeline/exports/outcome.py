"""What came of an export: the file, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from gradeline.records import field, record

Kind = Literal[
    "error",  # the grader failed on it: there is no grade
    "open",  # points of it wait for a person
    "missing",  # nothing was handed in
    "excused",  # the format has no word for it
    "unknown",  # the learner is not in the file or the roster
    "unclear",  # more than one row, or more than one learner, could be meant
    "ungraded",  # a row of the file that no grade is there for
    "locked",  # the platform takes no grade for it
    "column",  # the file has no column for the exercise
    "altered",  # its key had to be made harmless, so that the importer may not know the learner
    "above",  # more points than the platform takes
]
# What has a grade that the file does not say.
LOST: frozenset[Kind] = frozenset({"unknown", "unclear", "locked", "column", "open"})


@record(order=True)
class Notice:
    """``name`` is the learner's id, with the exercise behind it (``ada/exercise-01``) when it is about one."""

    kind: Kind
    name: str


@record
class Outcome:
    content: bytes
    written: int  # grades that the file says
    notices: tuple[Notice, ...] = ()

    def by_kind(self) -> Mapping[Kind, tuple[str, ...]]:
        """The names of each kind, each once, in a fixed order."""
        found: dict[Kind, dict[str, None]] = {}
        for one in sorted(self.notices):
            found.setdefault(one.kind, {})[one.name] = None
        return {kind: tuple(names) for kind, names in found.items()}

    @property
    def lost(self) -> bool:
        return any(one.kind in LOST for one in self.notices)


@record
class Settings:
    """How grades become cells.

    ``open_too``: grades of which points wait for a person are written as they stand.  ``missing_zero``: nothing
    handed in counts as zero.  ``columns`` maps an exercise to the title or number of its column.  ``scale``: points
    are converted when the platform has another maximum.
    """

    open_too: bool = False
    missing_zero: bool = False
    scale: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


def encoded(lines: Iterable[str]) -> bytes:
    return "".join(lines).encode("utf-8")
