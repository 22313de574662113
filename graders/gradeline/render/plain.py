"""A report for a screen reader: sentences in reading order, nothing drawn, nothing said by place or colour.

One thing a line, no table, no symbol, no mark under a line: what is marked is repeated in words with its line and
columns.  ASCII only; what a learner wrote is made harmless as in the other renderers.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.render.closing import earned, in_the_way, more_about, next_step
from gradeline.render.mask import mask, masked_lines
from gradeline.render.since import FIRST, Since, changes, in_one_line
from gradeline.render.text import clip, wrap
from gradeline.result import CRITICAL, CriterionResult, Evidence, Report
from gradeline.score import shown, waiting
from gradeline.source import Diagnostic, Span
from gradeline.words import Words, english

COLUMNS = 80

_PLACES = 3  # places told per criterion
_LINE = 200  # characters of one quoted line
_MESSAGE = 1200  # characters of one message
_FILES = 12


def render(report: Report, *, words: Words | None = None, since: Since = FIRST, only: str | None = None) -> str:
    """The whole report as ASCII text, no line wider than 80 columns; ``only`` is the id of the one to explain."""
    told = _Telling(report, words or english(), since, only)
    return "".join(f"{line}\n" for text in told.sentences() for line in _lines(text))


def _lines(text: str) -> list[str]:
    """Wrapped; the indentation of an example stays.  Only our own words may stand at the margin."""
    inner = " " * min(len(text) - len(text.lstrip(" ")), 12)
    shorter = text if len(text) <= _MESSAGE else text[:_MESSAGE] + "..."
    lines = wrap(shorter, COLUMNS - max(len(inner), 2), ascii_only=True)
    return [(inner if number == 0 else inner or "  ") + line for number, line in enumerate(lines)] or [""]


class _Telling:
    def __init__(self, report: Report, words: Words, since: Since, only: str | None) -> None:
        self.report = report
        self.words = words
        self.since = since
        self.only = only

    def sentences(self) -> Iterator[str]:
        report, words = self.report, self.words
        yield f"{report.exercise}: {report.title}"
        if report.submission_id:
            yield words("report.submission", name=report.submission_id)
        score = words("report.score", score=shown(report.score), max=shown(report.max_score))
        ended = words("report.passed" if report.passed else "report.not_passed")
        yield f"{score}, {ended} {words('report.pass_mark', mark=shown(report.pass_mark))}."
        points = waiting(report.criteria)
        if points:
            yield words.count("report.damaged" if in_the_way(report) else "report.undecided", shown(points))
        yield from self._changes()
        yield ""
        yield words("plain.criteria", number=len(report.criteria))
        for result in report.criteria:
            yield words(
                "plain.item", status=self._status(result), awarded=shown(result.awarded),
                points=shown(result.points), title=result.title,
            )  # fmt: skip
        yield from self._files()
        open_ones = [one for one in report.criteria if one.status in ("unmet", "partial", "cannot_tell", "error")]
        chosen = [result for result in open_ones if self.only in (None, result.id)]
        for result in chosen:
            yield ""
            status, number = self._status(result), open_ones.index(result) + 1
            yield words("plain.detail", number=number, all=len(open_ones), status=status, title=result.title)
            yield from (f"  {text}" for text in self._details(result))
        yield ""
        if len(open_ones) > len(chosen):
            yield words.count("report.more_open", len(open_ones) - len(chosen), exercise=report.exercise)
        praise = earned(report, self.since, words)
        if praise:
            yield praise
        yield words("report.next", step=next_step(report, words))

    def _changes(self) -> Iterator[str]:
        since, words = self.since, self.words
        said, rows = in_one_line(since), changes(since)
        if said:
            yield ""
            yield words(said)
        if not rows:
            return
        yield ""
        key = "since.plain_started" if since.kind == "started" else "since.plain"
        yield words(key, before=shown(since.before), now=shown(self.report.score))
        for kind, result in rows:
            yield f"{words(f'since.{kind}')}: {result.title}"

    def _files(self) -> Iterator[str]:
        notes = [one.message for one in self.report.diagnostics if one.code == CRITICAL]
        if notes:
            yield ""
            yield f"{self.words('report.needed')}:"
            yield from notes
        found = sorted(
            (one for one in self.report.diagnostics if one.code != CRITICAL),
            key=lambda one: ("error", "warning", "note").index(one.severity),
        )
        if found:
            yield ""
            yield f"{self.words('report.files')}:"
        for one in found[:_FILES]:
            yield self._diagnostic(one)
        if len(found) > _FILES:
            yield self.words("report.more", number=len(found) - _FILES)

    def _diagnostic(self, one: Diagnostic) -> str:
        place = self.words("plain.file", path=one.span.path, line=one.span.line) if one.span else one.path
        severity = self.words(f"severity.{one.severity}")
        return f"{severity}, {place}: {mask(one.message)}" if place else f"{severity}: {mask(one.message)}"

    def _details(self, result: CriterionResult) -> Iterator[str]:
        words = self.words
        yield mask(result.message)
        if result.path_trace:
            yield words("report.path")
            for step, hop in enumerate(result.path_trace, start=1):
                place = f" ({words('plain.file', path=hop.span.path, line=hop.span.line)})" if hop.span else ""
                yield words("plain.step", number=step, text=mask(hop.text) + place)
        ranked = sorted(result.evidence, key=lambda item: ("problem", "context", "proof").index(item.role))
        places = [item for item in ranked if item.role != "proof"] or ranked
        for item in places[:_PLACES]:
            yield from self._place(item)
        if len(places) > _PLACES:
            yield words("report.more_places", number=len(places) - _PLACES)
        if result.why:
            yield f"{words('report.why')}: {result.why}"
        if result.hint:
            first, *rest = result.hint.rstrip().split("\n")
            yield f"{words('report.hint')}: {first}"
            yield from rest
            yield from (f"{words('report.more_about')}: {one}" for one in more_about(self.report, result, words))
        if result.status == "cannot_tell":
            key = "report.note.damaged" if in_the_way(self.report) else "report.note.person"
            yield f"{words('report.note')}: {words(key)}"

    def _place(self, item: Evidence) -> Iterator[str]:
        span, words = item.span, self.words
        marked = self._marked(span)
        if marked and span.end_line == span.line and span.end_column > span.column:
            yield words("plain.place", path=span.path, line=span.line, first=span.column, last=span.end_column - 1)
        else:
            yield words("plain.place_line", path=span.path, line=span.line)
        if marked:
            yield words("plain.shows" if span.end_column <= span.column else "plain.marked", text=marked)
        if item.text:
            yield words("plain.note", text=mask(item.text))

    def _marked(self, span: Span) -> str:
        """The marked part of the first line; the whole line when no part is marked; empty outside the file."""
        lines = self.report.sources.get(span.path, ())
        if not 0 < span.line <= len(lines):
            return ""
        line = masked_lines(lines)[span.line - 1]
        if span.end_line > span.line:
            part = line[span.column - 1 :]
        elif span.end_column > span.column:
            part = line[span.column - 1 : span.end_column - 1]
        else:
            part = line
        return clip(part, _LINE, ascii_only=True)

    def _status(self, result: CriterionResult) -> str:
        return self.words(f"status.{result.status}")
