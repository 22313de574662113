"""A report for a person at a terminal.

Pure text in, pure text out: the caller says how wide the terminal is, whether it has colour and
whether it can show more than ASCII.  Nothing is said by colour alone: every state has a symbol and a
word.  Whatever a learner wrote is made harmless (``render.text``) and never starts a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.records import record
from gradeline.render.closing import earned, in_the_way, more_about, next_step
from gradeline.render.frame import frame
from gradeline.render.mask import mask
from gradeline.render.since import CHANGES, FIRST, Since, changes, in_one_line
from gradeline.render.text import visible, width, wrap
from gradeline.result import CRITICAL, CriterionResult, Evidence, Hop, Report, Status
from gradeline.score import shown, waiting
from gradeline.source import Diagnostic, Span
from gradeline.words import Words, english

COLUMNS = 80
NARROWEST = 50

_FRAMES = 3  # places shown per criterion
_HOPS = 12  # stations shown per path
_DIAGNOSTICS = 12
_MESSAGE = 1200  # characters of one message

_SYMBOLS: dict[Status, str] = {
    "met": "✔", "partial": "◐", "unmet": "✘", "cannot_tell": "?", "not_applicable": "-", "error": "!",
}  # fmt: skip
_ASCII_SYMBOLS: dict[Status, str] = {
    "met": "+", "partial": "~", "unmet": "x", "cannot_tell": "?", "not_applicable": "-", "error": "!",
}  # fmt: skip


@record
class Palette:
    """Escape sequences for each meaning; all empty means plain text."""

    good: str = ""
    half: str = ""
    bad: str = ""
    note: str = ""
    dim: str = ""
    bold: str = ""
    reset: str = ""

    def paint(self, kind: str, text: str) -> str:
        return f"{kind}{text}{self.reset}" if kind and text else text

    def of(self, status: Status) -> str:
        return {"met": self.good, "partial": self.half, "unmet": self.bad}.get(status, self.note)


PLAIN = Palette()
COLOUR = Palette(
    good="\x1b[32m", half="\x1b[33m", bad="\x1b[31m", note="\x1b[36m", dim="\x1b[2m", bold="\x1b[1m", reset="\x1b[0m"
)


def render(
    report: Report, *, columns: int = COLUMNS, palette: Palette = PLAIN, ascii_only: bool = False,
    words: Words | None = None, since: Since = FIRST, only: str | None = None,
) -> str:  # fmt: skip
    """The whole report as text that ends with a line end; no line is wider than ``columns``.

    ``since`` says what changed since the learner's last attempt; ``only`` is the id of the one criterion to explain.
    """
    page = _Page(report, max(columns, NARROWEST), palette, ascii_only, words or english(), since, only)
    return "".join(line.rstrip() + "\n" for line in page.lines())


class _Page:
    def __init__(
        self, report: Report, columns: int, palette: Palette, ascii_only: bool, words: Words, since: Since,
        only: str | None,
    ) -> None:  # fmt: skip
        self.report = report
        self.words = words
        self.since = since
        self.only = only
        self.columns = columns
        self.palette = palette
        self.ascii = ascii_only
        self.symbols = _ASCII_SYMBOLS if ascii_only else _SYMBOLS
        self.arrow = "->" if ascii_only else "→"

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield ""
        yield from self._table()
        yield from self._changes()
        yield from self._needed()
        yield from self._diagnostics()
        groups = self._to_show()
        chosen = [one for one in groups if self.only in (None, *(result.id for result in one))]
        for alike in chosen:
            yield ""
            yield from self._details(alike[0])
            if len(alike) > 1:
                yield from self._same(alike[1:])
        if len(groups) > len(chosen):
            yield ""
            number = len(groups) - len(chosen)
            more = self.words.count("report.more_open", number, exercise=self.report.exercise)
            yield from self._paragraph(more, 0)
        yield ""
        yield from self._closing()

    def _to_show(self) -> list[list[CriterionResult]]:
        """The criteria that need an explanation; those with the very same one are explained once."""
        groups: dict[object, list[CriterionResult]] = {}
        for result in self.report.criteria:
            if result.status in ("unmet", "partial", "cannot_tell", "error"):
                key = (result.status, result.message, result.evidence, result.path_trace)
                groups.setdefault(key, []).append(result)
        return list(groups.values())

    # --- head and table ------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        report, paint = self.report, self.palette.paint
        for number, line in enumerate(self._wrap(report.title, self.columns - len(report.exercise) - 2)):
            lead = report.exercise if number == 0 else " " * len(report.exercise)
            yield paint(self.palette.bold, f"{lead}  {line}")
        if report.submission_id:
            yield from self._paragraph(self.words("report.submission", name=report.submission_id), 0)
        yield ""
        score = self.words("report.score", score=shown(report.score), max=shown(report.max_score))
        word = self.words("report.passed" if report.passed else "report.not_passed")
        kind = self.palette.good if report.passed else self.palette.bad
        symbol = self.symbols["met" if report.passed else "unmet"]
        mark = self.words("report.pass_mark", mark=shown(report.pass_mark))
        yield f"{paint(self.palette.bold, score)}  {paint(kind, f'{symbol} {word}')}  {mark}"
        points = waiting(report.criteria)
        if points:
            key = "report.damaged" if self._in_the_way() else "report.undecided"
            yield from self._paragraph(self.words.count(key, shown(points)), 0)

    def _table(self) -> Iterator[str]:
        results = self.report.criteria
        numbers = [f"{shown(result.awarded)}/{shown(result.points)}" for result in results]
        size = max(map(len, numbers), default=0)
        words = max((len(self._status(result)) for result in results), default=0)
        for result, number in zip(results, numbers, strict=True):
            state = f"{self.symbols[result.status]} {self._status(result):<{words}}"
            before = 2 + width(state) + 2 + size + 2
            first, *more = self._wrap(result.title, self.columns - before) or [""]
            yield f"  {self.palette.paint(self.palette.of(result.status), state)}  {number:>{size}}  {first}"
            yield from (f"{' ' * before}{line}" for line in more)

    def _changes(self) -> Iterator[str]:
        """What changed since the last attempt, with a symbol and a word for each criterion."""
        since, words = self.since, self.words
        said, rows = in_one_line(since), changes(since)
        if said:
            yield ""
            yield from self._paragraph(words(said), 0)
        if not rows:
            return
        yield ""
        key = "since.title_started" if since.kind == "started" else "since.title"
        title = words(key, before=shown(since.before), now=shown(self.report.score))
        yield self.palette.paint(self.palette.bold, title.replace("->", self.arrow))
        size = max(len(words(f"since.{kind}")) for kind, _ in rows)
        for kind, result in rows:
            status: Status = CHANGES[kind]
            state = f"{self.symbols[status]} {words(f'since.{kind}'):<{size}}"
            before = 2 + width(state) + 2
            first, *more = self._wrap(result.title, self.columns - before) or [""]
            yield f"  {self.palette.paint(self.palette.of(status), state)}  {first}"
            yield from (f"{' ' * before}{line}" for line in more)

    def _needed(self) -> Iterator[str]:
        notes = [one.message for one in self.report.diagnostics if one.code == CRITICAL]
        if notes:
            yield ""
            yield self.palette.paint(self.palette.bold, self.words("report.needed"))
        for note in notes:
            yield from (f"  {line}" for line in self._wrap(note, self.columns - 2))

    def _in_the_way(self) -> list[Diagnostic]:
        return in_the_way(self.report)

    def _diagnostics(self) -> Iterator[str]:
        of_files = [one for one in self.report.diagnostics if one.code != CRITICAL]
        found = sorted(of_files, key=lambda one: ("error", "warning", "note").index(one.severity))
        if not found:
            return
        yield ""
        yield self.palette.paint(self.palette.bold, self.words("report.files"))
        for one in found[:_DIAGNOSTICS]:
            yield from self._diagnostic(one)
        if len(found) > _DIAGNOSTICS:
            yield "  " + self.words("report.more", number=len(found) - _DIAGNOSTICS)

    def _diagnostic(self, one: Diagnostic) -> Iterator[str]:
        place = _place(one.span) if one.span else one.path
        kind = {"error": self.palette.bad, "warning": self.palette.half}.get(one.severity, self.palette.note)
        word = self.words(f"severity.{one.severity}")
        label = self.palette.paint(kind, word)
        body = f"{place}: {one.message}" if place and f"`{place}`" not in one.message else one.message
        lines = self._wrap(mask(body), self.columns - 4 - len(word) - 2)
        for index, line in enumerate(lines):
            yield f"  {label}: {line}" if index == 0 else f"    {' ' * len(word)}{line}"
        if one.span and one.severity == "error":
            yield from self._frame(one.span, "")

    # --- one criterion -------------------------------------------------------------------------

    def _details(self, result: CriterionResult) -> Iterator[str]:
        state = f"{self.symbols[result.status]} {self._status(result)}"
        points = self.words.count("report.of_points", shown(result.points), awarded=shown(result.awarded))
        paint, before = self.palette.paint, width(state) + 2
        first, *more = self._wrap(f"{result.title} {points}", self.columns - before)
        yield f"{paint(self.palette.of(result.status), state)}: {paint(self.palette.bold, first)}"
        yield from (f"{' ' * before}{paint(self.palette.bold, line)}" for line in more)
        yield from self._paragraph(mask(result.message), 2)
        if result.path_trace:
            yield from self._path(result.path_trace)
        yield from self._places(result.evidence)
        if result.evidence or result.path_trace:
            yield ""
        if result.why:
            yield from self._labelled(self.words("report.why"), result.why)
        if result.hint:
            yield from self._labelled(self.words("report.hint"), result.hint)
        if result.hint:
            label, pages = self.words("report.more_about"), more_about(self.report, result, self.words)
            fits = len(label) + 4 + len(", ".join(pages)) <= self.columns
            yield from self._labelled(label, (", " if fits else ",\n").join(pages))
        if result.status == "cannot_tell":
            note = self.words("report.note.damaged" if self._in_the_way() else "report.note.person")
            yield from self._labelled(self.words("report.note"), note)

    def _same(self, others: Iterable[CriterionResult]) -> Iterator[str]:
        """The titles of criteria with the explanation above, each on lines of its own."""
        lead = f"  {self.words('report.same')} "
        for result in others:
            for number, line in enumerate(self._wrap(result.title, self.columns - len(lead) - 2)):
                yield f"{lead}{'  ' if number else ''}{line}"
                lead = " " * len(lead)

    def _places(self, evidence: Iterable[Evidence]) -> Iterator[str]:
        ranked = sorted(evidence, key=lambda item: ("problem", "context", "proof").index(item.role))
        places = [item for item in ranked if item.role != "proof"] or ranked
        for item in places[:_FRAMES]:
            yield ""
            yield from self._location(item.span)
            yield from self._frame(item.span, item.text)
        if len(places) > _FRAMES:
            yield "    " + self.words("report.more_places", number=len(places) - _FRAMES)

    def _location(self, span: Span) -> Iterator[str]:
        for line in self._wrap(f"{_place(span)}:{span.column}", self.columns - 4):
            yield f"    {self.palette.paint(self.palette.dim, line)}"

    def _frame(self, span: Span, text: str) -> Iterator[str]:
        lines = self.report.sources.get(span.path, ())
        digits = len(str(span.line + 1))
        gutter = 4 + digits + 3
        bar = "|" if self.ascii else "│"
        drawn = frame(lines, span, self.columns - gutter, ascii_only=self.ascii)
        note = visible(mask(text), ascii_only=self.ascii)
        if not drawn:
            yield from self._paragraph(mask(text), 6)
        for line in drawn:
            start = self.palette.paint(self.palette.dim, f"    {line.number or '':>{digits}} {bar} ")
            if line.number is not None:
                yield f"{start}{line.text}"
            elif gutter + width(line.text) + 1 + width(note) <= self.columns:
                yield start + self.palette.paint(self.palette.bad, f"{line.text} {note}".rstrip())
            else:
                yield start + self.palette.paint(self.palette.bad, line.text)
                for more in self._wrap(mask(text), self.columns - gutter):
                    yield start + self.palette.paint(self.palette.bad, more)

    def _path(self, trace: tuple[Hop, ...]) -> Iterator[str]:
        yield ""
        yield f"  {self.words('report.path')}"
        hops: list[Hop | None] = list(trace)
        if len(trace) > _HOPS:
            hops = [*trace[: _HOPS // 2], None, *trace[-_HOPS // 2 :]]
        for index, hop in enumerate(hops):
            lead = "    " if index == 0 else f"    {self.arrow} "
            if hop is None:
                yield lead + self.words("report.more_hops", number=len(trace) - _HOPS)
                continue
            place = f"  ({_place(hop.span)})" if hop.span else ""
            lines = self._wrap(mask(hop.text) + place, self.columns - width(lead))
            for number, line in enumerate(lines):
                yield f"{' ' * width(lead) if number else lead}{line}"

    # --- closing -------------------------------------------------------------------------------

    def _closing(self) -> Iterator[str]:
        praise = earned(self.report, self.since, self.words)
        if praise:
            yield from self._paragraph(praise, 0)
        yield from self._paragraph(self.words("report.next", step=next_step(self.report, self.words)), 0)

    # --- text ----------------------------------------------------------------------------------

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        """A label of ours and an author's text; its line breaks and its indented lines stay."""
        lead = f"  {label}: "
        start = f"  {self.palette.paint(self.palette.bold, f'{label}:')} "
        for written in text.rstrip().split("\n"):
            inner = " " * min(len(written) - len(written.lstrip(" ")), 12)
            for line in self._wrap(written, self.columns - len(lead) - len(inner)) or [""]:
                yield f"{start}{inner}{line}"
                start = " " * len(lead)

    def _paragraph(self, text: str, indent: int) -> Iterator[str]:
        """Wrapped lines; only the first, which begins with words of our own, may stand at the margin."""
        for index, line in enumerate(self._wrap(text, self.columns - (indent or 2))):
            yield " " * (indent if index == 0 else indent or 2) + line

    def _wrap(self, text: str, columns: int) -> list[str]:
        return wrap(text if len(text) <= _MESSAGE else text[:_MESSAGE] + "...", columns, ascii_only=self.ascii)

    def _status(self, result: CriterionResult) -> str:
        return self.words(f"status.{result.status}")

def _place(span: Span) -> str:
    return f"{span.path}:{span.line}"
