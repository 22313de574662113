"""A report as a list of findings with one place each: what every format for CI systems is made of.

A finding is a criterion that did not earn all of its points, or a diagnostic of a file.  Places are relative to
the repository, not to the submission in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from gradeline.records import record, replace
from gradeline.render.mask import mask
from gradeline.render.text import visible
from gradeline.result import CRITICAL, CriterionResult, Evidence, Hop, Report, Status
from gradeline.score import shown
from gradeline.source import Diagnostic, Span, sha256_hex

Level = Literal["error", "warning", "note"]

LEVELS: dict[Status, Level] = {
    "unmet": "error", "partial": "warning", "cannot_tell": "note", "not_applicable": "note", "error": "note",
}  # fmt: skip
STATUS_WORDS: dict[Status, str] = {
    "met": "met", "partial": "partly met", "unmet": "not met", "cannot_tell": "cannot tell",
    "not_applicable": "waiting", "error": "grader failed",
}  # fmt: skip
_PATTERN = frozenset("*?[")


@record
class Graded:
    """A report and the folder of its submission in the repository, with ``/`` and without an end; "" is its top.

    ``lines`` are the lines of each path (seen from the repository) that findings are wanted for; None is all."""

    report: Report
    root: str = ""
    lines: Mapping[str, tuple[range, ...]] | None = None


@record
class Finding:
    """``rule`` is the id of a criterion or the code of a diagnostic.  ``message`` is harmless on one line, for a
    terminal and a log; a page has to escape it again.  ``span`` is None when no file is known at all."""

    rule: str
    title: str
    level: Level
    message: str
    span: Span | None
    result: CriterionResult | None = None
    critical: bool = False
    related: tuple[Evidence, ...] = ()
    trace: tuple[Hop, ...] = ()
    fingerprint: str = ""

    @property
    def lost(self) -> Fraction:
        return self.result.points - self.result.awarded if self.result is not None else Fraction(0)


@lru_cache(maxsize=4096)  # several formats of one grading say the same
def said(text: str) -> str:
    """``text`` on one line, without credentials and without a character that could act on a terminal or a log."""
    return visible(mask(text))


def score_line(report: Report) -> str:
    """The one sentence every format begins with."""
    state = "passed" if report.passed else "not passed"
    return f"{shown(report.score)} of {shown(report.max_score)} points, {state} (pass mark {shown(report.pass_mark)})"


def points(result: CriterionResult) -> str:
    return f"{shown(result.awarded)}/{shown(result.points)}"


def findings(graded: Graded) -> tuple[Finding, ...]:
    """The findings of a report: the most points first, then the diagnostics of files, each in its order."""
    report = graded.report
    fallback = _fallback(report)
    lost = [one for one in report.criteria if one.status in LEVELS]
    lost.sort(key=lambda one: (one.id not in report.lost_critical, -(one.points - one.awarded)))
    found = [_of_criterion(graded, one, fallback) for one in lost]
    found += [_of_diagnostic(graded, one) for one in report.diagnostics if one.code != CRITICAL and one.path]
    return tuple(_unique(found))


def wanted(graded: Graded) -> tuple[Finding, ...]:
    """The findings that stand in the lines asked for, or that something in those lines shows."""
    found = findings(graded)
    if graded.lines is None:
        return found
    return tuple(one for one in found if any(_overlaps(span, graded.lines) for span in _spans(one)))


def _spans(one: Finding) -> Iterator[Span]:
    if one.span is not None:
        yield one.span
    yield from (item.span for item in one.related)
    yield from (hop.span for hop in one.trace if hop.span)


def _overlaps(span: Span, lines: Mapping[str, tuple[range, ...]]) -> bool:
    return any(span.line < part.stop and part.start <= span.end_line for part in lines.get(span.path, ()))


def placed(root: str, path: str) -> str:
    """``path`` of a submission seen from the repository."""
    return f"{root}/{path}" if root else path


def placed_span(root: str, span: Span) -> Span:
    return replace(span, path=placed(root, span.path)) if root else span


def _of_criterion(graded: Graded, result: CriterionResult, fallback: Span | None) -> Finding:
    report = graded.report
    primary = _primary(result)
    span = primary or fallback
    others = tuple(item for item in result.evidence if item.role != "proof" and item.span != primary)
    message = [said(result.message)]
    if result.status == "cannot_tell":
        message.append("The files do not say. No points are lost: a person decides.")
    return Finding(
        rule=result.id,
        title=f"{said(result.title)} ({STATUS_WORDS[result.status]}, {points(result)} points)",
        level=LEVELS[result.status],
        message=" ".join(part for part in message if part) or said(result.title),
        span=placed_span(graded.root, span) if span is not None else None,
        result=result,
        critical=result.id in report.lost_critical,
        related=tuple(replace(item, span=placed_span(graded.root, item.span)) for item in others),
        trace=tuple(
            replace(hop, span=placed_span(graded.root, hop.span)) if hop.span else hop for hop in result.path_trace
        ),
        fingerprint=_fingerprint(graded, result.id, primary),
    )


def _of_diagnostic(graded: Graded, one: Diagnostic) -> Finding:
    span = one.span or Span(one.path, 1)
    return Finding(
        rule=one.code,
        title=f"About the file: {said(one.code)}",
        level=one.severity,
        message=said(one.message),
        span=placed_span(graded.root, span),
        fingerprint=_fingerprint(graded, f"{one.code} {one.message}", span),
    )


def _primary(result: CriterionResult) -> Span | None:
    """Where to look first: the problem, the end of the path that shows it, or what stands around it."""
    for role in ("problem", "context"):
        for item in result.evidence:
            if item.role == role:
                return item.span
    return next((hop.span for hop in reversed(result.path_trace) if hop.span), None)


def _fallback(report: Report) -> Span | None:
    """The file to show what has no place of its own: the one that most of the report is about, or one that is
    missing."""
    paths = [item.span.path for result in report.criteria for item in result.evidence]
    if paths:
        counts = {path: paths.count(path) for path in dict.fromkeys(paths)}
        return Span(max(counts, key=lambda path: counts[path]), 1)
    named = [one.path for one in report.diagnostics if one.path and _PATTERN.isdisjoint(one.path)]
    return Span(named[0], 1) if named else None


def _fingerprint(graded: Graded, rule: str, span: Span | None) -> str:
    """What stays the same when lines move: the rule, the file and the text of the line."""
    line = ""
    if span is not None:
        lines = graded.report.sources.get(span.path, ())
        line = lines[span.line - 1].strip() if 0 < span.line <= len(lines) else ""
    path = placed(graded.root, span.path) if span is not None else graded.root
    parts = (graded.report.exercise, rule, path, line)
    return sha256_hex("\0".join(parts).encode("utf-8", "surrogatepass"))


def _unique(found: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings with fingerprints that differ, in the order they come."""
    seen: dict[str, int] = {}
    for one in found:
        count = seen.get(one.fingerprint, 0)
        seen[one.fingerprint] = count + 1
        yield replace(one, fingerprint=sha256_hex(f"{one.fingerprint} {count}".encode())) if count else one


def all_wanted(gradings: Sequence[Graded]) -> tuple[tuple[Graded, Finding], ...]:
    """The findings of several gradings that are asked for, one grading after the other."""
    return tuple((graded, one) for graded in gradings for one in wanted(graded))
