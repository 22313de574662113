"""Gradings as JUnit XML: one suite for each, one test case for each criterion.

The elements and attributes are those of Jenkins' ``junit-10.xsd``, which GitLab and the autograding plug-ins of
both read too.  What a person has to decide is *skipped*; a grader that failed is an *error*, never a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from gradeline.render.findings import STATUS_WORDS, Graded, placed, points, said, score_line
from gradeline.result import CriterionResult, Report
from gradeline.score import shown
from gradeline.source import Diagnostic, Span

_PLACES = 20


def render(gradings: Sequence[Graded]) -> str:
    """The document, with a line end."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _open("testsuites", **_counts(*gradings))]
    for graded in gradings:
        lines += _suite(graded)
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(graded: Graded) -> Iterator[str]:
    report = graded.report
    name = f"{report.exercise} in {said(graded.root)}" if graded.root else report.exercise
    yield "  " + _open("testsuite", name=name, package="gradeline", **_counts(graded))
    yield "    <properties>"
    for key, value in (
        ("score", shown(report.score)), ("max_score", shown(report.max_score)), ("pass_mark", shown(report.pass_mark)),
        ("passed", str(report.passed).lower()), ("needs_review", str(report.needs_review).lower()),
        ("rubric_digest", report.rubric_digest), ("grader_version", report.grader_version),
    ):  # fmt: skip
        yield f"      {_open('property', name=key, value=value)[:-1]}/>"
    yield "    </properties>"
    for result in report.criteria:
        yield from _case(graded, result)
    yield f"    <system-out>{_escaped(score_line(report))}</system-out>"
    notes = [_note(graded, one) for one in report.diagnostics]
    if notes:
        yield f"    <system-err>{_escaped(chr(10).join(notes))}</system-err>"
    yield "  </testsuite>"


def _case(graded: Graded, result: CriterionResult) -> Iterator[str]:
    start = _open("testcase", name=said(result.title) or result.id, classname=f"{graded.report.exercise}.{result.id}")
    message = f"{STATUS_WORDS[result.status]}, {points(result)} points: {said(result.message)}"
    if result.status == "met":
        yield f"    {start[:-1]}/>"
        return
    yield f"    {start}"
    if result.status in ("unmet", "partial"):
        body = _escaped("\n".join(_details(graded, result)))
        yield f"      {_open('failure', type=result.status, message=message)}{body}</failure>"
    elif result.status == "error":
        yield f"      {_open('error', type='grader-error', message=message)}</error>"
    else:
        yield f"      {_open('skipped', message=message)[:-1]}/>"
    yield "    </testcase>"


def _details(graded: Graded, result: CriterionResult) -> Iterator[str]:
    yield said(result.message)
    places = [item for item in result.evidence if item.role != "proof"]
    for item in places[:_PLACES]:
        yield f"{_place(graded, item.span)}: {said(item.text)}"
    if result.path_trace:
        hops = [said(hop.text) + (f" ({_place(graded, hop.span)})" if hop.span else "") for hop in result.path_trace]
        yield f"The path: {' -> '.join(hops[:_PLACES])}"
    if result.why:
        yield f"Why: {said(result.why)}"
    if result.hint:
        yield f"Hint: {said(result.hint)}"


def _note(graded: Graded, one: Diagnostic) -> str:
    place = _place(graded, one.span) if one.span else said(placed(graded.root, one.path)) if one.path else ""
    return ": ".join(part for part in (one.severity, place, said(one.message)) if part)


def _place(graded: Graded, span: Span) -> str:
    return f"{said(placed(graded.root, span.path))}:{span.line}"


def _counts(*gradings: Graded) -> dict[str, str]:
    def count(*statuses: str) -> str:
        return str(sum(one.status in statuses for report in reports for one in report.criteria))

    reports: list[Report] = [graded.report for graded in gradings]
    counts = {"tests": str(sum(len(report.criteria) for report in reports)), "failures": count("unmet", "partial")}
    counts["errors"] = count("error")
    if len(gradings) == 1:
        counts["skipped"] = count("cannot_tell", "not_applicable")
    return counts


def _open(element: str, **attributes: str) -> str:
    # ``said`` has left no character that XML 1.0 forbids: those are not printable.
    return "<" + " ".join([element, *(f"{name}={quoteattr(value)}" for name, value in attributes.items())]) + ">"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
