"""Gradings as Markdown: the summary of a CI job, and the comment below a pull request.

Both begin with a table that has no text of a learner but the folder's name.  Then come the criteria that lost
points, as many as fit: GitHub takes 1 MiB for the summary of a step and 65,536 characters for a comment (GitHub
Docs, "Workflow commands"; GitHub API, issue comments).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradeline.render.findings import Finding, Graded, findings, placed_span, points, said
from gradeline.render.frame import frame
from gradeline.render.markdown_text import block, cell, code, prose
from gradeline.result import CRITICAL, CriterionResult, Evidence
from gradeline.score import WAITING, shown, waiting
from gradeline.source import Span
from gradeline.words import Words, english

MARK = "<!-- gradeline -->"  # by it the comment of the last run is found again
SUMMARY_LIMIT = 1024 * 1024 - 1024  # bytes
COMMENT_LIMIT = 60_000  # bytes, so surely fewer than 65,536 characters

_FRAMES = 3
_HOPS = 12
_COLUMNS = 100
_LINE = 400  # characters of one message
_SYMBOLS = {
    "met": "✅", "partial": "🟡", "unmet": "❌", "cannot_tell": "❔", "not_applicable": "⏳", "error": "⚠️",
}  # fmt: skip


def render(
    gradings: Sequence[Graded], notes: Sequence[str] = (), *, limit: int = SUMMARY_LIMIT, words: Words | None = None
) -> str:
    """The summary of a job.  ``notes`` are sentences about the run as a whole."""
    words = words or english()
    return _fitted(_blocks(gradings, notes, words), limit, words)


def comment(gradings: Sequence[Graded], notes: Sequence[str] = (), *, words: Words | None = None) -> str:
    """The comment for a pull request: the same, marked, and shorter."""
    return f"{MARK}\n{render(gradings, notes, limit=COMMENT_LIMIT, words=words)}"


def of_one(graded: Graded, words: Words, *, limit: int = SUMMARY_LIMIT) -> str:
    """The findings of one grading, below a heading of somebody else; what criteria say stays English."""
    blocks = list(_graded(graded, words))
    return _fitted(iter(blocks[1:]), limit, words)


def _fitted(blocks: Iterator[str], limit: int, words: Words) -> str:
    kept: list[str] = []
    used, left_out = 0, 0
    for one in blocks:
        size = len(one.encode("utf-8")) + 2
        if left_out or used + size > limit - 200:
            left_out += 1
        else:
            kept.append(one)
            used += size
    if left_out:
        kept.append(f"_{words('markdown.left_out', number=left_out)}_")
    return "\n\n".join(kept) + "\n"


def _blocks(gradings: Sequence[Graded], notes: Sequence[str], words: Words) -> Iterator[str]:
    yield "## Gradeline"
    for note in notes:
        yield f"> **{words('report.note')}:** {prose(note)}"
    if gradings:
        yield "\n".join(_table(gradings, words))
    for graded in gradings:
        yield from _graded(graded, words)


def _table(gradings: Sequence[Graded], words: Words) -> Iterator[str]:
    yield f"| {words('markdown.table')} | |"
    yield "|---|---|---:|---:|---|"
    for graded in gradings:
        report = graded.report
        state = f"✅ {words('report.passed')}" if report.passed else f"❌ {words('report.not_passed')}"
        if waits := waiting(report.criteria):
            state += f", {words('markdown.waits', points=shown(waits))}"
        yield (
            f"| {report.exercise} | {cell(graded.root or '.')} "
            f"| {words('markdown.of', score=shown(report.score), max=shown(report.max_score))} "
            f"| {shown(report.pass_mark)} | {state} |"
        )


def _graded(graded: Graded, words: Words) -> Iterator[str]:
    report = graded.report
    heading = f"### {report.exercise}: {prose(report.title)}"
    yield words("markdown.in", heading=heading, folder=code(graded.root)) if graded.root else heading
    yield "\n".join(_criteria(graded, words))
    for one in report.diagnostics:
        if one.code == CRITICAL:
            yield f"**{words('report.needed')}:** {prose(one.message)}"
    for found in findings(graded):
        yield from _criterion(graded, found, words) if found.result is not None else _file(found, words)


def _criteria(graded: Graded, words: Words) -> Iterator[str]:
    yield f"| | {words('page.head.points')} | {words('page.head.criterion')} |"
    yield "|---|---:|---|"
    for result in graded.report.criteria:
        state = f"{_SYMBOLS[result.status]} {words(f'status.{result.status}')}"
        yield f"| {state} | {points(result)} | {prose(result.title.replace('|', '/'))} |"


def _criterion(graded: Graded, found: Finding, words: Words) -> Iterator[str]:
    result = found.result
    assert result is not None
    yield (
        f"#### {_SYMBOLS[result.status]} {words(f'status.{result.status}')}: {prose(result.title)} "
        f"({words('markdown.points', points=points(result))})\n\n— {prose(_cut(result.message))}"
    )
    if result.path_trace:
        yield _path(graded, result, words)
    for item in _shown_places(result):
        span = placed_span(graded.root, item.span)
        lines = graded.report.sources.get(item.span.path, ())
        yield words("markdown.at", place=code(_place(span)), text=prose(_cut(item.text)) or words("markdown.here"))
        drawn = frame(lines, item.span, _COLUMNS)
        if drawn:
            yield block([f"{line.number or '':>5} | {line.text}".rstrip() for line in drawn])
    if result.why:
        yield f"**{words('report.why')}:** {prose(result.why)}"
    if result.hint:
        yield f"**{words('report.hint')}:** {prose(result.hint)}"
    if result.status in WAITING:
        yield f"_{words('report.note.person')}_"


def _path(graded: Graded, result: CriterionResult, words: Words) -> str:
    hops = result.path_trace
    kept = hops if len(hops) <= _HOPS else (*hops[: _HOPS // 2], *hops[-_HOPS // 2 :])
    lines = []
    for number, hop in enumerate(kept):
        place = f"  ({_place(placed_span(graded.root, hop.span))})" if hop.span else ""
        lines.append(f"{'   ' if number == 0 else '-> '}{said(_cut(hop.text))}{said(place)}")
    if len(kept) < len(hops):
        lines.insert(_HOPS // 2, f"   {words('report.more_hops', number=len(hops) - len(kept))}")
    return f"{words('report.path')}\n\n" + block(lines)


def _file(found: Finding, words: Words) -> Iterator[str]:
    where = f" {code(_place(found.span))}" if found.span is not None else ""
    yield f"**{words(f'severity.{found.level}')}**{where}: {prose(_cut(found.message))}"


def _shown_places(result: CriterionResult) -> tuple[Evidence, ...]:
    return tuple(item for item in result.evidence if item.role != "proof")[:_FRAMES]


def _place(span: Span) -> str:
    return f"{span.path}:{span.line}"


def _cut(text: str) -> str:
    return text if len(text) <= _LINE else f"{text[:_LINE]}..."
