"""Findings as a GitLab Code Quality report (GitLab Docs, "Code Quality report format").

GitLab needs of each: ``description``, ``check_name``, ``fingerprint``, ``severity``, ``location.path`` and
``location.lines.begin``.  It shows the description as text.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.render.findings import Finding, Graded, Level, all_wanted, said
from gradeline.render.json import dumped

_SEVERITIES: dict[Level, str] = {"error": "major", "warning": "minor", "note": "info"}


def render(gradings: Sequence[Graded]) -> str:
    """The list as indented JSON with a line end."""
    return dumped([_issue(graded, one) for graded, one in all_wanted(gradings) if one.span is not None])


def _issue(graded: Graded, one: Finding) -> dict[str, object]:
    assert one.span is not None
    about = f"{one.title}: {one.message}" if one.result is not None else one.message
    return {
        "type": "issue",
        "description": f"{graded.report.exercise}: {about}",
        "check_name": f"gradeline/{one.rule}",
        "categories": ["Bug Risk"],
        "fingerprint": one.fingerprint,
        "severity": "blocker" if one.critical else _SEVERITIES[one.level],
        "location": {
            "path": said(one.span.path),
            "lines": {"begin": max(one.span.line, 1), "end": max(one.span.end_line, one.span.line, 1)},
        },
    }
