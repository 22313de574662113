"""What stands in the boxes of a picture, and how large they are: lines of text that are already harmless.

Widths are estimated with generous averages, because a picture is shown with whatever font the reader has.
"""

from __future__ import annotations

from gradeline.graph.drawing import Drawing, Node, Row
from gradeline.records import record
from gradeline.render import graph_words
from gradeline.render.mask import mask
from gradeline.render.text import visible
from gradeline.words import Words

TITLE, SMALL = 13.0, 11.5  # font sizes in pixels
BOLD = 1.1  # how much wider bold text is
STEP = 15.0  # from line to line
PAD = 10.0
WIDEST = 300.0
NARROWEST = 110.0
INDENT = 15.0  # room of a sign
BADGE = 22.0  # room of a number
ROWS, FEW_ROWS = 10, 4
NOTE_LINES, FEW_NOTE_LINES = 3, 2
LONGEST = 600  # characters of one text
MANY = 16  # jobs from which on boxes are kept short

_NARROW = frozenset("iljtfrI.,:;'|!()[]{} `-/\\")
_WIDE = frozenset("mwMW@%&#=<>+~_") | frozenset("ABCDEFGHKNOPQRUVXYZ")


@record
class Line:
    """One line in a box.  ``kind`` is its style, ``numbers`` the findings shown at its end."""

    text: str
    kind: str
    sign: str = ""
    indent: float = 0.0
    numbers: tuple[int, ...] = ()
    marked: bool = False


@record
class Content:
    """The lines of a box and its size."""

    lines: tuple[Line, ...]
    width: float
    height: float


def clean(text: str) -> str:
    """``text`` without credentials and without anything that is not seen as itself."""
    return visible(mask(text)[:LONGEST])


def measure(text: str, size: float) -> float:
    """About how wide harmless ``text`` is, in pixels; rather too wide than too narrow."""
    return size * sum(_em(char) for char in text)


def fold(text: str, room: float, size: float) -> list[str]:
    """Lines of at most ``room`` pixels; a word that is too long is cut."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        if line and measure(f"{line} {word}", size) <= room:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        line = word
        while measure(line, size) > room:
            cut = _fitting(line, room, size)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines or [""]


def content(node: Node, drawing: Drawing, words: Words) -> Content:
    """The text of a node."""
    if node.kind == "join":
        return Content((), 8.0, 8.0)
    brief = len(drawing.nodes) > MANY
    lines = _start(node, drawing, words) if node.kind == "start" else _unit(node, words, brief=brief)
    used = max((_used(line) for line in lines), default=0.0)
    width = min(max(used + 2 * PAD, NARROWEST), WIDEST)
    return Content(tuple(lines), round(width, 1), round(len(lines) * STEP + 2 * PAD - 4, 1))


def _start(node: Node, drawing: Drawing, words: Words) -> list[Line]:
    lines = [Line(graph_words.started_by(words), "t", numbers=node.findings)]
    if drawing.event:
        return lines + [Line(text, "n") for text in fold(drawing.event, 180, SMALL)]
    for run in drawing.runs:
        sign = f"{run.number}" if len(drawing.runs) > 1 else ""
        folded = fold(graph_words.run_text(run, words, brief=True), 180, SMALL)
        lines += [Line(text, "n", sign if not at else "", INDENT if sign else 0.0) for at, text in enumerate(folded)]
    if not drawing.runs:
        lines.append(Line(words("drawn.no_event"), "n"))
    return lines


def _unit(node: Node, words: Words, *, brief: bool) -> list[Line]:
    room = WIDEST - 2 * PAD
    badges = BADGE * len(node.findings)
    lines = [Line(text, "t") for text in fold(graph_words.heading(node, words), room - badges, TITLE * BOLD)]
    lines[0] = Line(lines[0].text, "t", numbers=node.findings)
    if node.kind != "return":
        lines.append(Line(clean(node.place), "m"))
    for note in node.notes:
        lines += [Line(text, "n") for text in _cut(fold(note, room, SMALL), FEW_NOTE_LINES if brief else NOTE_LINES)]
    rows, hidden = graph_words.chosen(node, FEW_ROWS if brief else ROWS)
    if brief:
        hidden += len(rows)
        rows = tuple(row for row in rows if row.gate or row.findings or row.on_path or row.doing)
        hidden -= len(rows)
    for row in rows:
        lines += _row(row, room - INDENT, words)
    if hidden:
        lines.append(Line(graph_words.more_steps(hidden, words, alone=not rows), "m", indent=INDENT))
    return lines


def _row(row: Row, room: float, words: Words) -> list[Line]:
    kind = {"gate": "g", "lost": "l", "unknown": "u"}.get(row.gate, "m" if row.plain else "r")
    size = SMALL * BOLD if kind in "gl" else SMALL
    folded = fold(row.title, room - BADGE * len(row.findings), size)
    lines = [
        Line(
            text, kind, "" if at else graph_words.SIGNS.of(row), INDENT, () if at else row.findings,
            row.on_path and not at,
        )
        for at, text in enumerate(folded)
    ]  # fmt: skip
    said = graph_words.does(row, words)
    for text in (said, *row.notes) if said else row.notes:
        lines += [Line(part, "m", indent=INDENT) for part in _cut(fold(text, room, SMALL), NOTE_LINES)]
    return lines


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


def _used(line: Line) -> float:
    size = TITLE if line.kind == "t" else SMALL
    bold = BOLD if line.kind in "tgl" else 1.0
    return line.indent + measure(line.text, size) * bold + BADGE * len(line.numbers)


def _fitting(text: str, room: float, size: float) -> int:
    used = 0.0
    for position, char in enumerate(text):
        used += size * _em(char)
        if used > room:
            return max(position, 1)
    return len(text)


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.38
    if char in _WIDE:
        return 0.78
    return 0.62 if ord(char) < 0x1100 else 1.05
