"""A drawing for a screen reader: the same jobs, order, gates and findings as sentences, one a line.

Nothing is drawn and no sign is used; whatever a learner wrote stands behind words of ours.  ASCII only.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.graph.drawing import Drawing, Finding, LinkKind, Node, Page
from gradeline.render import graph_words as words
from gradeline.render.mask import mask
from gradeline.render.text import wrap

COLUMNS = 80

_MESSAGE = 600  # characters of one text
_WAITS: dict[LinkKind, str] = {
    "must": "It starts after these have succeeded: {names}.",
    "optional": "It starts after these have succeeded, when they are part of the run: {names}.",
    "waits": "It starts after these have ended, whatever their result: {names}.",
    "inside": "It comes after {names}.",
    "files": "It takes files of {names}.",
}


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
        yield from _drawing(drawing)
        yield 0, ""
    if page.findings:
        yield 0, f"What the criteria found, {len(page.findings)} in all:"
        for finding in page.findings:
            yield from _finding(finding)


def _drawing(drawing: Drawing) -> Iterator[tuple[int, str]]:
    yield 0, f"Pipeline {words.heads(drawing)}."
    for remark in drawing.remarks:
        yield 2, f"Note: {remark}"
    if drawing.event:
        yield 2, f"Shown is the run started by {drawing.event}."
    for run in drawing.runs:
        yield 2, f"Started by {words.run_text(run)}."
    nodes = sorted((node for node in drawing.nodes if node.kind != "start"), key=lambda node: node.layer)
    yield 2, f"It has {len(nodes) + drawing.more} jobs, in the order in which they can start."
    for number, node in enumerate(nodes, start=1):
        yield from _node(number, node, drawing)
    if drawing.more:
        yield 2, f"{drawing.more} more jobs are not told."


def _node(number: int, node: Node, drawing: Drawing) -> Iterator[tuple[int, str]]:
    place = f", at {node.place}" if node.place else ""
    yield 2, f"Job {number}: {words.heading(node)}{place}.{_marks(node.findings)}{_way(node.on_path)}"
    names = {one.id: words.short(one) for one in drawing.nodes}
    waits = [(kind, links) for kind, links in words.waiting(node, drawing) if kind != "start"]
    if not waits:
        yield 4, "It starts at once."
    for kind, links in waits:
        yield 4, _WAITS[kind].format(names=", ".join(names[link.source] for link in links))
        for link in links:
            if link.label:
                yield 4, f"It gets files from {names[link.source]}: {link.label}."
    if words.STATES[node.state]:
        yield 4, f"In this run: {words.STATES[node.state]}."
    for note in node.notes:
        yield 4, f"Note: {note}."
    rows, hidden = words.chosen(node)
    for row in rows:
        does = f". It does: {', '.join(row.does)}" if row.does else ""
        gate = {"gate": " It is a gate: when it fails, the run fails.", "lost": " Its failure is lost.",
                "unknown": " The files do not tell whether its failure stops the run."}.get(row.gate, "")  # fmt: skip
        where = f", at {row.place}" if row.place and not row.plain else ""
        yield 4, f"Step: {row.title}{where}{does}.{gate}{_marks(row.findings)}{_way(row.on_path)}"
        for note in row.notes:
            yield 6, f"Note: {note}."
    if hidden:
        yield 4, f"{words.more_steps(hidden, alone=True)} more are not told."


def _finding(finding: Finding) -> Iterator[tuple[int, str]]:
    yield 2, f"Finding {finding.number}. {words.finding_text(finding)}"
    yield 4, finding.message
    if words.SCOPES[finding.scope]:
        yield 4, words.SCOPES[finding.scope]
    for number, hop in enumerate(finding.path, start=1):
        yield 4, f"Way, station {number}: {hop}"


def _marks(numbers: tuple[int, ...]) -> str:
    return f" See finding {', '.join(map(str, numbers))}." if numbers else ""


def _way(on_path: bool) -> str:
    return " It lies on the way that a finding is about." if on_path else ""
