"""A report as an editor shows it: findings at places in files, and what is known of the place under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from gradeline.records import record
from gradeline.render.mask import mask
from gradeline.render.text import visible
from gradeline.result import CRITICAL, CriterionResult, Report
from gradeline.rubric import Rubric
from gradeline.score import shown
from gradeline.source import Span
from gradeline.words import Words

Weight = Literal["error", "warning", "note"]


@record
class Finding:
    """Something to look at.  ``criterion`` is empty for a problem of the file itself; ``span`` may lie in no file
    of the workspace; ``related`` are the stations of a path through the pipeline."""

    span: Span
    weight: Weight
    code: str
    message: str
    criterion: str = ""
    url: str = ""
    related: tuple[tuple[Span, str], ...] = ()


def findings(report: Report, rubric: Rubric, words: Words, home: str) -> tuple[Finding, ...]:
    """What is wrong with the files, and what each open criterion points at.

    What has no place in a file stands in the first line of ``home``.
    """
    open_ones = [one for result in report.criteria for one in _of(result, report, rubric, words, home)]
    return (*_of_files(report, home), *open_ones)


def _of_files(report: Report, home: str) -> Iterator[Finding]:
    for one in report.diagnostics:
        if one.code != CRITICAL:
            span = one.span or Span(one.path if one.path in report.sources else home, 1)
            yield Finding(first_line(span, report), one.severity, one.code, _shown(one.message))


def _of(result: CriterionResult, report: Report, rubric: Rubric, words: Words, home: str) -> Iterator[Finding]:
    if result.status not in ("unmet", "partial", "cannot_tell", "error"):
        return
    weight: Weight = "warning" if result.status == "unmet" else "note"
    if result.id in report.lost_critical:
        weight = "error"
    criterion = rubric.criterion(result.id)
    url = criterion.source.url if criterion is not None and criterion.source is not None else ""
    head = f"{result.title} ({words(f'status.{result.status}')}). {_shown(result.message)}"
    related = tuple(
        (first_line(hop.span, report), _shown(hop.text)) for hop in result.path_trace if hop.span is not None
    )
    problems = [item for item in result.evidence if item.role == "problem"]
    for item in problems:
        text = f"{head} [{_shown(item.text)}]" if item.text else head
        yield Finding(first_line(item.span, report), weight, result.id, text, result.id, url, related)
    if not problems:
        yield Finding(Span(home, 1), weight, result.id, head, result.id, url, related)


def at(report: Report, path: str, line: int, column: int, found: Iterable[Finding]) -> tuple[str, ...]:
    """The ids of the criteria that say something about a place: what is wrong there first, then what is proved."""
    here = [one for one in found if one.span.path == path and _covers(one.span, line, column)]
    wrong = [one.criterion for one in here if one.criterion]
    proved = [
        result.id
        for result in report.criteria
        for item in result.evidence
        if item.role == "proof" and item.span.path == path and _covers(first_line(item.span, report), line, column)
    ]
    return tuple(dict.fromkeys([*wrong, *proved]))


def first_line(span: Span, report: Report) -> Span:
    """The part of a span in its first line, as in a code frame: a job or a file is not underlined as a whole.

    A span without length becomes its whole line.
    """
    lines = report.sources.get(span.path, ())
    if not 0 < span.line <= len(lines):
        return span
    length = len(lines[span.line - 1])
    if span.end_line > span.line or (span.end_line, span.end_column) == (span.line, span.column):
        return Span(span.path, span.line, span.column, span.line, max(length + 1, span.column))
    return span


def explained(result: CriterionResult, pages: Mapping[str, str], words: Words) -> str:
    """What a criterion asks for, why, and the manual pages of its checks.  No text of a learner is in it."""
    points = words.count("report.of_points", shown(result.points), awarded=shown(result.awarded))
    lines = [f"{words(f'status.{result.status}')}: {result.title} {points}"]
    if result.why:
        lines += ["", f"{words('report.why')}: {' '.join(result.why.split())}"]
    for check in result.checks:
        if check in pages:
            lines += ["", check, "-" * len(check), pages[check].rstrip()]
    return "\n".join(lines)


def _shown(text: str) -> str:
    """Text that may quote a learner's file, as one line: credentials are hidden, and nothing in it acts."""
    return visible(mask(text))


def _covers(span: Span, line: int, column: int) -> bool:
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)
