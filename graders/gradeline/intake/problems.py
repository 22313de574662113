"""How intake says that something is wrong: exceptions inside, diagnostics outside."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.intake.limits import MAX_REPORTED
from gradeline.intake.names import safe_name
from gradeline.source import Diagnostic, GradelineError, Severity, Span


class IntakeError(GradelineError):
    """The submission as a whole cannot be read.  The message says what was seen and what to do."""


class Unreadable(Exception):
    """One file cannot be read; ``message`` is a whole sentence.  Becomes a diagnostic in the snapshot."""

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line

    def diagnostic(self, path: str, severity: Severity = "error") -> Diagnostic:
        shown = safe_name(path)
        return Diagnostic(severity, self.code, self.message, shown, Span(shown, self.line) if self.line else None)


def capped(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """``found`` sorted by place and without repetitions; of one kind at most ``MAX_REPORTED`` in all
    files together, the last one with a count of the others."""
    kept: list[Diagnostic] = []
    places: dict[str, list[int]] = {}
    more: dict[str, int] = {}
    for one in sorted(dict.fromkeys(found), key=_place):
        seen = places.setdefault(one.code, [])
        if len(seen) == MAX_REPORTED:
            more[one.code] = more.get(one.code, 0) + 1
            continue
        seen.append(len(kept))
        kept.append(one)
    for code, count in more.items():
        last = places[code][-1]
        one = kept[last]
        message = f"{one.message} ({count} more of this kind.)"
        kept[last] = Diagnostic(one.severity, one.code, message, one.path, one.span)
    return tuple(kept)


def _place(one: Diagnostic) -> tuple[str, int, int, str, str]:
    line, column = (one.span.line, one.span.column) if one.span else (0, 0)
    return one.path, line, column, one.code, one.message
