"""A drawing for a screen reader: the same jobs, order, gates and findings as sentences, one a line.

Nothing is drawn and no sign is used; whatever a learner wrote stands behind words of ours.  ASCII only.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.graph.drawing import Drawing, Finding, Node, Page
from gradeline.render import graph_words
from gradeline.render.mask import mask
from gradeline.render.text import wrap
from gradeline.words import Words

COLUMNS = 80

_MESSAGE = 600  # characters of one text


def render(page: Page) -> str:
    """The page as ASCII text, no line wider than 80 columns."""
    return "".join(f"{line}\n" for indent, text in _sentences(page) for line in _lines(indent, text))


def _lines(indent: int, text: str) -> list[str]:
    shorter = mask(text if len(text) <= _MESSAGE else text[:_MESSAGE] + "...")
    found = wrap(shorter, COLUMNS - indent - 2, ascii_only=True)
    return [" " * (indent if number == 0 else indent + 2) + line for number, line in enumerate(found)] or [""]


def _sentences(page: Page) -> Iterator[tuple[int, str]]:
    if page.graded:
        yield 0, page.heading
        yield 0, page.result
        yield 0, ""
    for drawing in page.drawings:
        yield from _drawing(drawing, page.words)
        yield 0, ""
    if page.findings:
        yield 0, page.words("drawn.plain.findings", number=len(page.findings))
        for finding in page.findings:
            yield from _finding(finding, page.words)


def _drawing(drawing: Drawing, words: Words) -> Iterator[tuple[int, str]]:
    yield 0, words("drawn.plain.pipeline", name=graph_words.heads(drawing))
    for remark in drawing.remarks:
        yield 2, words("drawn.plain.remark", text=remark)
    if drawing.event:
        yield 2, words("drawn.plain.event", event=drawing.event)
    for run in drawing.runs:
        yield 2, words("drawn.plain.run", run=graph_words.run_text(run, words))
    nodes = sorted((node for node in drawing.nodes if node.kind != "start"), key=lambda node: node.layer)
    yield 2, words.count("drawn.plain.jobs", len(nodes) + drawing.more)
    for number, node in enumerate(nodes, start=1):
        yield from _node(number, node, drawing, words)
    if drawing.more:
        yield 2, words("drawn.plain.more_jobs", number=drawing.more)


def _node(number: int, node: Node, drawing: Drawing, words: Words) -> Iterator[tuple[int, str]]:
    place = words("drawn.plain.at", place=node.place) if node.place else ""
    job = words("drawn.plain.job", number=number, name=graph_words.heading(node, words), place=place)
    yield 2, f"{job}{_marks(node.findings, words)}{_way(node.on_path, words)}"
    names = {one.id: graph_words.short(one, words) for one in drawing.nodes}
    waits = [(kind, links) for kind, links in graph_words.waiting(node, drawing) if kind != "start"]
    if not waits:
        yield 4, words("drawn.plain.at_once")
    for kind, links in waits:
        yield 4, words(f"drawn.plain.after.{kind}", names=", ".join(names[link.source] for link in links))
        for link in links:
            if link.label:
                yield 4, words("drawn.plain.files_from", name=names[link.source], files=link.label)
    if state := graph_words.state(node.state, words):
        yield 4, words("drawn.plain.state", state=state)
    for note in node.notes:
        yield 4, words("drawn.plain.note", text=note)
    rows, hidden = graph_words.chosen(node)
    for row in rows:
        where = words("drawn.plain.at", place=row.place) if row.place and not row.plain else ""
        said = [words("drawn.plain.step", title=row.title, place=where)]
        said += [words("drawn.plain.does", what=", ".join(row.does))] if row.does else []
        said += [words(f"drawn.plain.gate.{row.gate}")] if row.gate else []
        yield 4, f"{' '.join(said)}{_marks(row.findings, words)}{_way(row.on_path, words)}"
        for note in row.notes:
            yield 6, words("drawn.plain.note", text=note)
    if hidden:
        yield 4, words.count("drawn.plain.more_steps", hidden)


def _finding(finding: Finding, words: Words) -> Iterator[tuple[int, str]]:
    yield 2, words("drawn.plain.finding", number=finding.number, text=graph_words.finding_text(finding, words))
    yield 4, finding.message
    if scope := graph_words.scope(finding, words):
        yield 4, scope
    for number, hop in enumerate(finding.path, start=1):
        yield 4, words("drawn.plain.hop", number=number, text=hop)


def _marks(numbers: tuple[int, ...], words: Words) -> str:
    return f" {words('drawn.plain.see', numbers=', '.join(map(str, numbers)))}" if numbers else ""


def _way(on_path: bool, words: Words) -> str:
    return f" {words('drawn.plain.way')}" if on_path else ""
