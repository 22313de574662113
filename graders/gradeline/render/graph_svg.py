"""A drawing as a picture: one SVG file that needs nothing else.

No script, no link, no font and no image from elsewhere.  It is readable on light and on dark ground, says
everything in shapes and words as well as in colours, and tells screen readers the same in sentences.  The same
page gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from gradeline.graph.drawing import Drawing, Link, Node, Page, with_joins
from gradeline.records import record
from gradeline.render import graph_boxes as boxes
from gradeline.render import graph_words
from gradeline.render.graph_layout import MOST, Area, Box, Layout, Line, Point, lay_out
from gradeline.words import Words

MARGIN = 24.0
HEAD = 26.0
_LABEL = "l"  # the id of the text on a link is its number behind this
_READING = 900.0  # widest text below the drawings
_STYLE = """
text{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1f2328}
.t{font-size:13px;font-weight:600}.h{font-size:16px;font-weight:600}.m{fill:#59636e}.n{fill:#0b57b0}
.g{font-weight:600;fill:#116329}.l{font-weight:600;fill:#a40e26}.u{fill:#7d4e00}.s{font-size:11px}
.page{fill:#fff}.box{fill:#f6f8fa;stroke:#818b98;stroke-width:1.2}.off{stroke-dasharray:5 4}.off~text{fill:#59636e}
.group{fill:none;stroke:#818b98;stroke-dasharray:2 4}
.link{fill:none;stroke:#59636e;stroke-width:1.4}.way{stroke:#cf222e;stroke-width:3}.head{fill:#59636e}.headway{fill:#cf222e}.dot{fill:#59636e}
.waits{stroke-dasharray:7 4}.optional{stroke-dasharray:2 3}.files{stroke-dasharray:12 3 2 3}
.badge{fill:#cf222e}.num{fill:#fff;font-weight:600}.patch{fill:#fff}.bar{fill:#cf222e}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.m,.off~text{fill:#9198a1}.n{fill:#79b8ff}.g{fill:#56d364}
.l{fill:#ff7b72}.u{fill:#e3b341}.page,.patch{fill:#0d1117}.box{fill:#161b22;stroke:#6e7681}
.group{stroke:#6e7681}.link{stroke:#9198a1}.head,.dot{fill:#9198a1}.way{stroke:#ff7b72}.headway,.bar{fill:#ff7b72}
.badge{fill:#da3633}.num{fill:#fff}}
"""


@record
class _Part:
    """A piece of the picture that is as large as it says, drawn from its own left upper corner."""

    width: float
    height: float
    code: tuple[str, ...]


def render(page: Page) -> str:
    """The page as SVG with a line end.  Raises ``ToolError`` when the library for the layout is missing."""
    parts = [_pipeline(with_joins(drawing), page.words) for drawing in page.drawings]
    parts += [part for part in (_findings(page), _legend(page)) if part.height]
    if page.graded:
        parts.insert(0, _lines([(page.heading, "h"), (page.result, "r")]))
    width = max([part.width for part in parts], default=0.0) + 2 * MARGIN
    code: list[str] = []
    y = MARGIN
    for part in parts:
        code.append(f'<g transform="translate({_n(MARGIN)} {_n(y)})">')
        code += part.code
        code.append("</g>")
        y += part.height + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(y)}" '
        f'viewBox="0 0 {_n(width)} {_n(y)}" role="img" aria-labelledby="title desc">'
    )
    described = " ".join(boxes.clean(sentence) for sentence in _sentences(page))
    return "\n".join([
        head, f'<title id="title">{_x(_title(page))}</title>', f'<desc id="desc">{escape(described)}</desc>',
        f"<style>{_STYLE}</style>", f'<rect class="page" width="{_n(width)}" height="{_n(y)}"/>', *code, "</svg>", "",
    ])  # fmt: skip


# -- one pipeline ----------------------------------------------------------------------------------


def _pipeline(drawing: Drawing, words: Words) -> _Part:
    filled = {node.id: boxes.content(node, drawing, words) for node in drawing.nodes}
    placed = [Box(node.id, filled[node.id].width, filled[node.id].height, node.group) for node in drawing.nodes]
    lines: list[Line] = []
    owner: list[tuple[Link, bool]] = []  # the link of each line, and whether an arrow ends it
    groups = {node.id: node.group for node in drawing.nodes}
    layer = {node.id: node.layer for node in drawing.nodes}
    drawn = _affordable(drawing, layer)
    for number, link in enumerate(drawn):
        weight = 4 if link.on_path else 1
        if link.label:
            text = boxes.fold(words("drawn.files", files=link.label), 150, boxes.SMALL)
            wide = max(boxes.measure(one, boxes.SMALL) for one in text) + 8
            same = groups[link.source] if groups[link.source] == groups[link.target] else ""
            placed.append(Box(f"{_LABEL}{number}", wide, len(text) * boxes.STEP + 4, same))
            lines += [Line(link.source, f"{_LABEL}{number}", weight), Line(f"{_LABEL}{number}", link.target, weight)]
            owner += [(link, False), (link, True)]
        else:
            lines.append(Line(link.source, link.target, weight, max(layer[link.target] - layer[link.source], 1)))
            joined = groups.get(link.target) is not None and _node(drawing, link.target).kind == "join"
            owner.append((link, not joined))
    layout = lay_out(placed, lines, {group.id: group.parent for group in drawing.groups}, near=18, far=60)
    code = [f'<text class="h" x="0" y="16">{_x(graph_words.heads(drawing))}</text>']
    top = HEAD
    for remark in drawing.remarks:
        code.append(f'<text class="u" x="0" y="{_n(top + 10)}">! {_x(remark)}</text>')
        top += boxes.STEP
    left_out = len(drawing.links) - len(drawn)
    for said in (
        words.count("drawn.lines_left_out", left_out) if left_out else "",
        words.count("drawn.jobs_left_out", drawing.more) if drawing.more else "",
    ):
        if said:
            code.append(f'<text class="m" x="0" y="{_n(top + 10)}">{said}</text>')
            top += boxes.STEP
    code.append(f'<g transform="translate(0 {_n(top)})">')
    code += _groups(drawing, layout)
    order = sorted(range(len(lines)), key=lambda at: owner[at][0].on_path)  # the path lies on top
    for at in order:
        code += _curve(owner[at][0], layout.curves[at], arrow=owner[at][1])
    for number, link in enumerate(drawn):
        if link.label:
            code += _on_link(link, words, layout.boxes[f"{_LABEL}{number}"])
    for node in drawing.nodes:
        code += _box(graph_words.heading(node, words), node, filled[node.id], layout.boxes[node.id])
    code.append("</g>")
    wide = max(layout.width, boxes.measure(boxes.clean(graph_words.heads(drawing)), 17))
    return _Part(wide, layout.height + top, tuple(code))


def _affordable(drawing: Drawing, layer: Mapping[str, int]) -> tuple[Link, ...]:
    """The links that can be drawn in reasonable time: all, or without the longest."""
    long = sorted(drawing.links, key=lambda link: (not link.on_path, layer[link.target] - layer[link.source]))
    work = 0
    kept = set()
    for link in long:
        work += max(layer[link.target] - layer[link.source], 1)
        if work > MOST:
            break
        kept.add((link.source, link.target))
    return tuple(link for link in drawing.links if (link.source, link.target) in kept)


def _node(drawing: Drawing, node_id: str) -> Node:
    return next(node for node in drawing.nodes if node.id == node_id)


def _groups(drawing: Drawing, layout: Layout) -> Iterator[str]:
    for group in drawing.groups:
        area = layout.groups[group.id]
        yield f'<rect class="group" {_area(area)} rx="8"/>'
        label = boxes.fold(group.title, area.width - 20, boxes.SMALL)
        shown = label[0] if len(label) == 1 else f"{label[0][:-1]}…"
        yield f'<text class="m" x="{_n(area.x + 10)}" y="{_n(area.y + 15)}">{escape(shown)}</text>'


def _box(heading: str, node: Node, content: boxes.Content, area: Area) -> Iterator[str]:
    if node.kind == "join":
        yield f'<circle class="dot" cx="{_n(area.x + 4)}" cy="{_n(area.y + 4)}" r="4"/>'
        return
    style = "box" + (" off" if node.state in ("skipped", "absent", "never") else "") + (" way" if node.on_path else "")
    round_ = 16 if node.kind in ("start", "call", "return") else 6
    yield "<g>"
    yield f"<title>{_x(heading)}</title>"
    yield f'<rect class="{style}" {_area(area)} rx="{round_}"/>'
    y = area.y + boxes.PAD + 9
    for line in content.lines:
        x = area.x + boxes.PAD
        if line.marked:
            yield f'<rect class="bar" x="{_n(area.x)}" y="{_n(y - 11)}" width="5" height="{_n(boxes.STEP)}"/>'
        if line.sign:
            yield f'<text class="{line.kind} s" x="{_n(x)}" y="{_n(y)}">{escape(line.sign)}</text>'
        yield f'<text class="{line.kind}" x="{_n(x + line.indent)}" y="{_n(y)}">{escape(line.text)}</text>'
        for place, number in enumerate(reversed(line.numbers)):
            yield from _badge(number, area.x + area.width - (place + 1) * boxes.BADGE, y - 11)
        y += boxes.STEP
    yield "</g>"


def _badge(number: int, x: float, y: float) -> Iterator[str]:
    yield f'<rect class="badge" x="{_n(x)}" y="{_n(y)}" width="19" height="14" rx="7"/>'
    yield f'<text class="num s" x="{_n(x + 9.5)}" y="{_n(y + 10.8)}" text-anchor="middle">{number}</text>'


def _curve(link: Link, points: tuple[Point, ...], *, arrow: bool) -> Iterator[str]:
    first, *rest = points
    path = f"M{_p(first)}" + "".join(
        f"C{_p(rest[at])} {_p(rest[at + 1])} {_p(rest[at + 2])}" for at in range(0, len(rest) - 2, 3)
    )
    style = f"link {link.kind}" + (" way" if link.on_path else "")
    yield f'<path class="{style}" d="{path}"/>'
    if arrow:
        yield f'<path class="{"headway" if link.on_path else "head"}" d="{_arrow(points)}"/>'


def _arrow(points: tuple[Point, ...]) -> str:
    """A triangle whose tip is the end of the curve."""
    (x, y), (before_x, before_y) = points[-1], points[-2]
    long = max(((x - before_x) ** 2 + (y - before_y) ** 2) ** 0.5, 0.001)
    dx, dy = (x - before_x) / long, (y - before_y) / long
    left = (x - 8 * dx - 4 * dy, y - 8 * dy + 4 * dx)
    right = (x - 8 * dx + 4 * dy, y - 8 * dy - 4 * dx)
    return f"M{_p((x, y))}L{_p(left)}L{_p(right)}Z"


def _on_link(link: Link, words: Words, area: Area) -> Iterator[str]:
    yield f'<rect class="patch" {_area(area)}/>'
    for at, text in enumerate(boxes.fold(words("drawn.files", files=link.label), 150, boxes.SMALL)):
        y = area.y + 12 + at * boxes.STEP
        yield f'<text class="m" x="{_n(area.x + 4)}" y="{_n(y)}">{escape(text)}</text>'


# -- below the pipelines ---------------------------------------------------------------------------


def _findings(page: Page) -> _Part:
    if not page.findings:
        return _Part(0, 0, ())
    words = page.words
    said = [(words("drawn.findings"), "t")]
    for finding in page.findings:
        texts = [f"[{finding.number}] {graph_words.finding_text(finding, words)}", finding.message]
        if finding.path:
            texts.append("==> " + " ==> ".join(finding.path))
        if scope := graph_words.scope(finding, words):
            texts.append(scope)
        for kind, text in zip(("l" if finding.status == "unmet" else "u", "r", "r", "r"), texts, strict=False):
            said += [(line, kind) for line in boxes.fold(text, _READING, boxes.SMALL * 1.05)]
    return _lines(said)


def _legend(page: Page) -> _Part:
    written = _lines([(page.words("drawn.signs"), "t")])
    code = list(written.code)
    y = written.height
    samples = [
        (_sample(sign, y + at * boxes.STEP), meaning)
        for at, (sign, meaning) in enumerate(graph_words.legend(page, graph_words.SIGNS))
    ]  # fmt: skip
    used = {link.kind for drawing in page.drawings for link in drawing.links}
    for kind in (kind for kind in graph_words.LINKS if kind in used and kind not in ("start", "inside")):
        line = [f'<path class="link {kind}" d="M0 {_n(y + len(samples) * boxes.STEP + 6)}H40"/>']
        samples.append((line, page.words(f"drawn.link.{kind}")))
    for drawn, meaning in samples:
        code += [*drawn, f'<text x="52" y="{_n(y + 10)}">{escape(meaning)}</text>']
        y += boxes.STEP
    return _Part(520.0, y, tuple(code)) if samples else _Part(0, 0, ())


def _sample(sign: str, y: float) -> list[str]:
    """A sign as it looks in the picture."""
    if sign == graph_words.PATH:
        return [f'<path class="link way" d="M0 {_n(y + 6)}H40"/>']
    if sign == graph_words.NUMBER:
        return list(_badge(1, 0, y))
    kind = {graph_words.SIGNS.gate: "g", graph_words.SIGNS.lost: "l"}.get(sign, "u")
    return [f'<text class="{kind}" x="0" y="{_n(y + 10)}">{escape(sign)}</text>']


def _lines(said: Iterable[tuple[str, str]]) -> _Part:
    code = []
    y = wide = 0.0
    for text, kind in said:
        size = {"h": 17.0, "t": boxes.TITLE}.get(kind, boxes.SMALL * 1.05)
        y += size + 5
        shown = boxes.clean(text)
        wide = max(wide, boxes.measure(shown, size))
        code.append(f'<text class="{kind}" x="0" y="{_n(y - 5)}">{escape(shown)}</text>')
    return _Part(min(wide, _READING), y, tuple(code))


# -- words for those who do not see it -------------------------------------------------------------


def _title(page: Page) -> str:
    what = ", ".join(drawing.path for drawing in page.drawings[:3])
    return f"{page.words('drawn.title')}: {what}"


def _sentences(page: Page) -> Iterator[str]:
    words = page.words
    if page.graded:
        yield f"{page.heading}. {page.result}."
    for drawing in page.drawings:
        yield f"{graph_words.heads(drawing)}."
        names = {node.id: graph_words.short(node, words) for node in drawing.nodes}
        for node in drawing.nodes[1:]:
            waited = [names[link.source] for kind, links in graph_words.waiting(node, drawing) for link in links
                      if kind != "start"]  # fmt: skip
            after = f" {words('drawn.after.must', names=', '.join(waited))}" if waited else ""
            yield f"{graph_words.heading(node, words)}{after}."
    for finding in page.findings:
        said = graph_words.finding_text(finding, words)
        yield words("drawn.finding", number=finding.number, text=said, message=finding.message)


# -- numbers and texts -----------------------------------------------------------------------------


def _x(text: str, most: int = 200) -> str:
    """Harmless text, cut and escaped for XML."""
    shown = boxes.clean(text)
    return escape(shown if len(shown) <= most else f"{shown[:most]}…")


def _n(number: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{number:.1f}"
    return text.removesuffix(".0")


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _area(area: Area) -> str:
    return f'x="{_n(area.x)}" y="{_n(area.y)}" width="{_n(area.width)}" height="{_n(area.height)}"'
