"""What the formats of other graders share: harmless text, exact numbers, stable bytes."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.render.findings import STATUS_WORDS, points, said
from gradeline.result import CRITICAL, CriterionResult, Report
from gradeline.source import Span

PLACES = 5  # places of one criterion


def place(span: Span) -> str:
    return f"{said(span.path)}:{span.line}"


def problem_span(result: CriterionResult) -> Span | None:
    """The first place to look at, or None."""
    for item in result.evidence:
        if item.role == "problem":
            return item.span
    return next((hop.span for hop in reversed(result.path_trace) if hop.span), None)


def details(result: CriterionResult) -> list[str]:
    """A criterion in lines of harmless plain text: what was seen, where, why it matters, what to try."""
    return list(_details(result))


def _details(result: CriterionResult) -> Iterator[str]:
    yield f"{STATUS_WORDS[result.status]}, {points(result)} points. {said(result.message)}".rstrip()
    for item in [one for one in result.evidence if one.role != "proof"][:PLACES]:
        yield f"{place(item.span)}: {said(item.text)}"
    if result.path_trace and result.status != "met":
        hops = [said(hop.text) + (f" ({place(hop.span)})" if hop.span else "") for hop in result.path_trace]
        yield f"The path: {' -> '.join(hops)}"
    if result.status != "met" and result.why:
        yield f"Why: {said(result.why)}"
    if result.hint:
        yield f"Hint: {said(result.hint)}"
    if result.status == "cannot_tell":
        yield "The files do not say. No points are lost: a person decides."


def file_notes(report: Report) -> list[str]:
    """The diagnostics, one harmless line each."""
    notes = []
    for one in report.diagnostics:
        where = place(one.span) if one.span else said(one.path)
        kind = "needed to pass" if one.code == CRITICAL else one.severity
        notes.append(": ".join(part for part in (kind, where, said(one.message)) if part))
    return notes
