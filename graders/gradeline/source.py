"""Where things are: files that were read, places in them, and what was wrong with them.

This module is the bottom of the import graph.  Lines and columns are 1-based, columns count
characters, and the end of a span is exclusive, as editors show it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Literal, TypeVar

from gradeline.records import record

T = TypeVar("T")

# The same SHA-256 without OpenSSL, whose loading costs 2.5 ms of a cold start of 135 ms.  CPython's own
# ``random`` does so too.  The module is CPython's and has had two names.
try:
    from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from hashlib import sha256


class GradelineError(Exception):
    """A known problem with an input or a tool: it is shown to people, never as a traceback."""


class ToolError(GradelineError):
    """A program or package that is needed is missing or failed; never a learner's failure."""


def sha256_hex(content: bytes) -> str:
    """The SHA-256 digest of ``content`` in hexadecimal digits."""
    digest: str = sha256(content).hexdigest()
    return digest


@record(order=True)
class Span:
    """A stretch of one file.  ``path`` is relative to the submission, with ``/`` between parts."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    # Written out, as no other record is made as often.
    def __init__(self, path: str, line: int, column: int = 1, end_line: int = 0, end_column: int = 0) -> None:
        state = self.__dict__
        state |= {
            "path": path,
            "line": line,
            "column": column,
            "end_line": end_line or line,
            "end_column": end_column or column,
        }

    def to(self, other: Span) -> Span:
        """The stretch from the start of this span to the end of ``other`` (same file)."""
        return Span(self.path, self.line, self.column, other.end_line, other.end_column)


Severity = Literal["error", "warning", "note"]

# Codes of problems after which a part of the file is not seen, so nothing is known about the file as a whole.
HIDING = frozenset(
    {
        "alias-bomb", "alias-cycle", "closes-nothing", "dockerfile-syntax", "never-closed", "no-mapping",
        "hcl-syntax", "odd-character", "open-heredoc", "python-syntax", "too-deep", "too-large", "too-many-aliases",
        "too-many-directives", "too-many-documents", "too-many-entries", "too-many-instructions",
        "too-many-levels", "too-many-nodes", "too-many-patterns", "too-many-words", "unexpected",
        "unknown-instruction", "unterminated-comment", "unterminated-string", "yaml-syntax",
    }
)  # fmt: skip


@record
class Diagnostic:
    """Something a person should know about an input, with the place where it was seen.

    ``code`` is a short stable word such as ``not-text`` or ``duplicate-key``; ``path`` may be
    given without a ``span`` when the problem is the file itself.
    """

    severity: Severity
    code: str
    message: str
    path: str
    span: Span | None = None


@record
class SourceFile:
    """One text file of a submission, read once: everything later works on this copy."""

    path: str
    text: str
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", sha256_hex(self.text.encode("utf-8", "surrogatepass")))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their line ends.  Only LF and CRLF end a line, as editors count them."""
        lines = self.text.split("\n")
        return tuple([line.removesuffix("\r") for line in lines] if "\r" in self.text else lines)

    def line(self, number: int) -> str:
        """Line ``number`` (1-based), or an empty string outside the file."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def share(self) -> None:
        """From now on this is one object for all submissions that have the file, so keep what readers make of it."""
        object.__setattr__(self, "_made", {})

    @property
    def shared(self) -> bool:
        """Whether this is one object for all submissions that have the file."""
        return "_made" in self.__dict__

    def once(self, reader: Hashable, make: Callable[[SourceFile], T]) -> T:
        """``make`` of this file; done once for a file that many submissions share.

        ``make`` may look at nothing but the file, and nobody may change what it gives.
        """
        made: dict[Hashable, Any] | None = self.__dict__.get("_made")
        if made is None:
            return make(self)
        if reader not in made:
            made[reader] = make(self)
        found: T = made[reader]
        return found
