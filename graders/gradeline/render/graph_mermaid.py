"""A drawing as a Mermaid flowchart, for a README or a merge request.

Ids are ours.  Every text stands in a quoted label, and there every character that is not a letter, a digit or one
of a few harmless signs becomes ``#NUMBER;``, the way Mermaid writes characters (Mermaid, "Flowcharts: Special
characters that break syntax").  So no label can end its quotes, begin a directive, or become HTML or
Markdown: Mermaid looks for ``%%{`` and for lists in the whole text, quoted or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gradeline.graph.drawing import Drawing, Group, Link, LinkKind, Node, Page, Row, with_joins
from gradeline.render import graph_words
from gradeline.render.mask import mask
from gradeline.render.text import visible
from gradeline.words import Words

# A letter, a digit or one of these is itself; a dash or an underscore is inside a word, a colon before a space.
_HARMLESS = re.compile(r"[A-Za-z0-9 ,/()…]|(?<=[A-Za-z0-9])[-_](?=[A-Za-z0-9])|(?<=[A-Za-z0-9]):(?= )")
_FORMULA = re.compile(r"\$(?=\$)")  # between two of "$$" Mermaid sets mathematics
_LONGEST = 90  # characters of one text
_ROWS = 6
_BREAK = "<br/>"
_ARROWS: dict[LinkKind, str] = {
    "start": "-->", "must": "-->", "inside": "-->", "optional": "-.->", "waits": "-.->", "files": "-.->",
}  # fmt: skip
_WIDE = '%%{init: {"flowchart": {"wrappingWidth": 360}}}%%'
_STYLES = (
    "classDef way stroke:#cf222e,stroke-width:4px",
    "classDef found stroke:#cf222e,stroke-width:2px",
    "classDef off stroke-dasharray:5 4",
)


def render(page: Page) -> str:
    """The page as one flowchart, with a subgraph for each pipeline when there are several."""
    lines = [_WIDE, "flowchart LR", f"  accTitle: {page.words('drawn.title')}"]
    several = len(page.drawings) > 1
    for number, drawing in enumerate(page.drawings, start=1):
        inner = list(_pipeline(with_joins(drawing), page.words))
        if several:
            lines.append(f"  subgraph p{number}{_label(graph_words.heads(drawing))}")
            lines += ["    direction LR", *(f"  {line}" for line in inner)]
            lines.append("  end")
        else:
            lines += inner
    if page.findings:
        said = [f"{graph_words.marks([one.number])} {page.words(f'status.{one.status}')}: {one.title}"
                for one in page.findings]  # fmt: skip
        lines.append(f"  findings{_label(page.words('drawn.findings'), *said, most=_LONGEST * 2)}")
    lines += [f"  {style}" for style in _STYLES]
    return "\n".join(lines) + "\n"


def _pipeline(drawing: Drawing, words: Words) -> Iterator[str]:
    inside = {group.id: [node for node in drawing.nodes if node.group == group.id] for group in drawing.groups}
    for node in drawing.nodes:
        if not node.group:
            yield f"  {_node(node, drawing, words)}"
    for group in drawing.groups:
        if not group.parent:
            yield from _group(group, drawing, inside, "  ", words)
    for link in drawing.links:
        yield f"  {_link(link, words)}"
    for name, nodes in (
        ("way", [node for node in drawing.nodes if node.on_path]),
        ("found", [node for node in drawing.nodes if not node.on_path and _marked(node)]),
        ("off", [node for node in drawing.nodes if node.state in ("skipped", "absent", "never")]),
    ):
        if nodes:
            yield f"  class {','.join(node.id for node in nodes)} {name}"


def _group(group: Group, drawing: Drawing, inside: dict[str, list[Node]], indent: str, words: Words) -> Iterator[str]:
    yield f"{indent}subgraph {group.id}{_label(group.title)}"
    for node in inside[group.id]:
        yield f"{indent}  {_node(node, drawing, words)}"
    for other in drawing.groups:
        if other.parent == group.id:
            yield from _group(other, drawing, inside, f"{indent}  ", words)
    yield f"{indent}end"


def _node(node: Node, drawing: Drawing, words: Words) -> str:
    if node.kind == "join":
        return f"{node.id}(( ))"
    if node.kind == "start":
        runs = (
            [drawing.event] if drawing.event else [graph_words.run_text(run, words, brief=True) for run in drawing.runs]
        )
        numbered = len(runs) > 1
        said = [words("drawn.run", number=at, run=run) if numbered else run for at, run in enumerate(runs, start=1)]
        said += [f"! {remark}" for remark in drawing.remarks]
        return f"{node.id}({_label(_with(graph_words.started_by(words), node.findings), *said)})"
    said = [_with(graph_words.heading(node, words), node.findings)]
    if node.kind != "return":
        said.append(node.place)
    said += node.notes
    telling = [row for row in node.rows if row.gate or row.findings or row.on_path or row.doing]
    shown = sorted(telling, key=lambda row: not (row.on_path or row.findings or row.gate))[:_ROWS]
    said += [_row(row, words) for row in telling if any(row is one for one in shown)]
    hidden = len(node.rows) - len(shown)
    if hidden:
        said.append(graph_words.more_steps(hidden, words, alone=not shown))
    label = _label(*said)
    return f"{node.id}({label})" if node.kind in ("call", "return") else f"{node.id}{label}"


def _row(row: Row, words: Words) -> str:
    sign = graph_words.SIGNS.of(row)
    return f"{sign} {_with(graph_words.row_text(row, words), row.findings)}"


def _link(link: Link, words: Words) -> str:
    arrow = "==>" if link.on_path else _ARROWS[link.kind]
    said = [words(f"drawn.short.{link.kind}")] if link.kind in ("optional", "waits") else []
    said += [words("drawn.files", files=link.label)] if link.label else []
    label = f"|{_text(said)}|" if said else ""
    return f"{link.source} {arrow}{label} {link.target}"


def _with(text: str, numbers: Iterable[int]) -> str:
    marked = graph_words.marks(numbers)
    return f"{marked} {text}" if marked else text


def _marked(node: Node) -> bool:
    return bool(node.findings) or any(row.findings for row in node.rows)


def _label(*texts: str, most: int = _LONGEST) -> str:
    return f"[{_text(texts, most)}]"


def _text(texts: Iterable[str], most: int = _LONGEST) -> str:
    return f'"{_BREAK.join(_quoted(text, most) for text in texts if text)}"'


def _quoted(text: str, most: int = _LONGEST) -> str:
    """``text`` without credentials, cut, and with everything that could act as its number."""
    shown = _FORMULA.sub("$ ", visible(mask(text)[: _LONGEST * 4]))
    shown = shown if len(shown) <= most else f"{shown[:most]}…"
    return "".join(
        char if _HARMLESS.match(shown, position) else f"#{ord(char)};" for position, char in enumerate(shown)
    )
