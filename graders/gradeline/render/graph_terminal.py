"""A drawing for a person at a terminal: jobs in the order in which they can start, and what each waits for.

Four columns on the left are for ``==>``, which marks the way of a counter-example.  Whatever a learner wrote is
made harmless (``render.text``) and stands behind something of ours on its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.graph.drawing import Drawing, Finding, Link, LinkKind, Node, Page, Row
from gradeline.render import graph_words
from gradeline.render.mask import mask
from gradeline.render.terminal import NARROWEST, PLAIN, Palette
from gradeline.render.text import width, wrap

_GUTTER = 4
_MESSAGE = 600  # characters of one text


def render(page: Page, *, columns: int = 80, palette: Palette = PLAIN, ascii_only: bool = False) -> str:
    """The page as text that ends with a line end; no line is wider than ``columns``."""
    drawn = _Text(page, max(columns, NARROWEST), palette, ascii_only)
    return "".join(line.rstrip() + "\n" for line in drawn.lines())


class _Text:
    def __init__(self, page: Page, columns: int, palette: Palette, ascii_only: bool) -> None:
        self.page = page
        self.words = page.words
        self.columns = columns
        self.palette = palette
        self.ascii = ascii_only
        self.signs = graph_words.ASCII_SIGNS if ascii_only else graph_words.SIGNS
        self.corner, self.bar, self.end, self.dash = ("+-", "|", "+-", "-") if ascii_only else ("┌─", "│", "└─", "─")

    def lines(self) -> Iterator[str]:
        if self.page.graded:
            yield from self._text(self.page.heading, "", self.palette.bold)
            yield from self._text(self.page.result, "")
            yield ""
        for number, drawing in enumerate(self.page.drawings):
            if number:
                yield ""
            yield from self._drawing(drawing)
        if self.page.findings:
            yield ""
            yield self._paint(self.palette.bold, self.words("drawn.findings"))
            for finding in self.page.findings:
                yield from self._finding(finding)
        signs = graph_words.legend(self.page, self.signs)
        if signs:
            yield ""
            yield self._paint(self.palette.bold, self.words("drawn.signs"))
            for sign, meaning in signs:
                yield from self._text(meaning, f"  {sign:<4} ")

    # -- one pipeline ------------------------------------------------------------------------

    def _drawing(self, drawing: Drawing) -> Iterator[str]:
        yield from self._text(graph_words.heads(drawing), "", self.palette.bold)
        for remark in drawing.remarks:
            yield from self._text(remark, "    ! ", self.palette.half)
        start, *nodes = drawing.nodes
        yield ""
        yield from self._start(start, drawing)
        layer = 0
        for node in sorted(nodes, key=lambda one: one.layer):
            if node.layer != layer:
                layer = node.layer
                said = self.words("drawn.at_once") if layer == 1 else self.words("drawn.waits_for", number=layer - 1)
                yield ""
                yield self._rule(f"{layer}  {said}")
            else:
                yield ""
            yield from self._node(node, drawing)
        if drawing.more:
            yield f"    {self.words('drawn.more_jobs', number=drawing.more)}"

    def _start(self, start: Node, drawing: Drawing) -> Iterator[str]:
        if drawing.event:
            yield from self._on(
                start.on_path, self._text(self.words("drawn.started_by", what=drawing.event), "", room=_GUTTER)
            )
            return
        if not drawing.runs:
            return
        mark = self._paint(self.palette.bad, graph_words.marks(start.findings))
        yield from self._on(start.on_path, [self.words("drawn.started_by", what=mark)])
        for run in drawing.runs:
            lead = f"{run.number:>4}  " if len(drawing.runs) > 1 else "  "
            yield from self._on(False, self._text(graph_words.run_text(run, self.words), lead, room=_GUTTER))

    def _rule(self, text: str) -> str:
        line = f"{self.dash * 2} {text} "
        return self._paint(self.palette.dim, line + self.dash * max(self.columns - width(line), 0))

    def _node(self, node: Node, drawing: Drawing) -> Iterator[str]:
        kind = self.palette.dim if node.state in ("skipped", "absent", "never") else self.palette.bold
        place = "" if node.kind == "return" else f" ({node.place})"
        title = self._text(
            f"{graph_words.heading(node, self.words)}{place}", f"{self.corner} ", kind, node.findings, room=_GUTTER
        )
        yield from self._on(node.on_path, title)
        inside = f"{self.bar}  "
        for link_kind, links in graph_words.waiting(node, drawing):
            yield from self._after(link_kind, links, drawing, inside)
        for note in node.notes:
            yield from self._on(False, self._text(note, inside, self.palette.note, room=_GUTTER))
        rows, hidden = graph_words.chosen(node)
        for row in rows:
            yield from self._row(row, inside)
        if hidden:
            yield from self._on(False, [f"{inside}{graph_words.more_steps(hidden, self.words)}"])
        yield from self._on(False, [self.end])

    def _after(self, kind: LinkKind, links: tuple[Link, ...], drawing: Drawing, inside: str) -> Iterator[str]:
        if kind == "start":
            return
        names = {node.id: graph_words.short(node, self.words) for node in drawing.nodes}
        for on_path in (True, False):
            sources = [link for link in links if link.on_path == on_path]
            if not sources:
                continue
            said = ", ".join(names[link.source] for link in sources)
            text = self.words(f"drawn.after.{kind}", names=said)
            yield from self._on(on_path, self._text(text, inside, room=_GUTTER))
        for link in links:
            if link.label:
                files = self.words("drawn.files_from", name=names[link.source], files=link.label)
                yield from self._on(False, self._text(files, inside, room=_GUTTER))

    def _row(self, row: Row, inside: str) -> Iterator[str]:
        sign = self.signs.of(row)
        kind = {"gate": self.palette.good, "lost": self.palette.bad, "unknown": self.palette.half}.get(row.gate, "")
        text = graph_words.row_text(row, self.words)
        text = text if row.plain else f"{text} ({row.place})"
        yield from self._on(row.on_path, self._text(text, f"{inside}{sign} ", kind, row.findings, room=_GUTTER))
        for note in row.notes:
            yield from self._on(False, self._text(note, f"{inside}    ", self.palette.note, room=_GUTTER))

    def _finding(self, finding: Finding) -> Iterator[str]:
        kind = self.palette.half if finding.status == "partial" else self.palette.bad
        kind = self.palette.note if finding.status in ("cannot_tell", "error") else kind
        lead = f"  [{finding.number}] "
        yield from self._text(graph_words.finding_text(finding, self.words), lead, kind)
        yield from self._text(finding.message, " " * len(lead))
        if scope := graph_words.scope(finding, self.words):
            yield from self._text(scope, " " * len(lead))
        for hop in finding.path:
            yield from self._text(hop, f"{' ' * len(lead)}==> ")

    # -- text --------------------------------------------------------------------------------

    def _on(self, on_path: bool, lines: Iterable[str]) -> Iterator[str]:
        """The lines behind the column that marks a path; only their first is marked."""
        for number, line in enumerate(lines):
            lead = "==> " if on_path and not number else " " * _GUTTER
            yield f"{self._paint(self.palette.bad, lead)}{line}" if on_path and not number else lead + line

    def _text(
        self, text: str, lead: str, kind: str = "", numbers: tuple[int, ...] = (), *, room: int = 0
    ) -> Iterator[str]:
        """``text`` wrapped behind ``lead``; further lines stand under the first, behind the same bar."""
        text = mask(text)
        if len(text) > _MESSAGE:
            text = text[:_MESSAGE] + "..."
        if numbers:
            text = f"{text} {graph_words.marks(numbers)}"
            kind = kind or self.palette.bad
        more = (self.bar if lead[:1] in (self.bar, self.corner[0]) else " ") + " " * (width(lead) - 1) if lead else ""
        lines = wrap(text, self.columns - room - width(lead), ascii_only=self.ascii) or [""]
        for number, line in enumerate(lines):
            yield f"{more if number else lead}{self._paint(kind, line)}"

    def _paint(self, kind: str, text: str) -> str:
        return self.palette.paint(kind, text)
