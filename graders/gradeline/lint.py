"""What an analyser says about files, and how a check may ask one without knowing how it is run.

Analysers are programs of other people.  They are started by ``gradeline.tools`` only; a check gets a ``Linters``
from above and sees findings as data.  ``ToolError`` means that the analyser could not do its work: that says
nothing about the submission, and never counts as a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from gradeline.records import record
from gradeline.source import Span, ToolError

Severity = Literal["error", "warning", "info", "style"]

LINTERS = ("checkov", "hadolint", "yamllint", "zizmor")


@record
class Finding:
    """``code`` is the analyser's own name of the rule: ``DL3007``, ``unpinned-uses``, ``CKV_DOCKER_2``."""

    code: str
    severity: Severity
    message: str
    span: Span


@record
class Unread:
    """A file that was not given to the analyser, or that it could not read, and why."""

    path: str
    reason: str
    line: int = 1


@record
class Linted:
    """The findings in the order of their places.

    ``complete`` is false when a file could not be read to its end: then other findings may be missing, and
    ``unread`` says where.  ``looked_at`` counts the places that the rules were tried on, where the analyser says
    so: an analyser that found nothing to look at is not one that found nothing wrong.
    """

    findings: tuple[Finding, ...]
    complete: bool = True
    looked_at: int | None = None
    unread: tuple[Unread, ...] = ()


class Linters(Protocol):
    """The analysers, for one submission."""

    def lint(self, tool: str, paths: Sequence[str], rules: Sequence[str]) -> Linted:
        """What ``tool`` finds in the files by ``rules`` (all of them when there are none).  Raises ``ToolError``."""
        ...


class NoLinters:
    """Where no analyser was handed in."""

    def lint(self, tool: str, paths: Sequence[str], rules: Sequence[str]) -> Linted:
        raise ToolError(f"{tool} is not available here.")
