"""The parts of a Markdown text that can be checked: headings, what stands under them, tables and named values.

CommonMark 0.31 (ATX and setext headings, fenced code, HTML comments) and GitHub Flavored Markdown (tables), line by
line.  Nothing is rendered; code blocks and comments say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from gradeline.records import record

MAX_LINES = 20_000
MAX_CELLS = 60
MAX_NODES = 2_000  # of a front matter
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)\Z")
_RULE = re.compile(r" {0,3}(=+|-+)[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_DELIMITER = re.compile(r"[ \t|:\-]+\Z")
_WORD = re.compile(r"\w+")


@record
class Line:
    """One line of text with its number from 1.  ``text`` is without marks of emphasis and lists."""

    number: int
    text: str


@record
class Table:
    """``header`` and the cells of each row; ``line`` is that of the header."""

    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@record
class Section:
    """A heading and what stands under it until the next heading of its level or above.

    The first section has no title and level 0: what stands before any heading, or the front matter.
    """

    level: int
    title: str
    line: int
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def words(self) -> int:
        """How many words stand under the heading, in tables too."""
        cells = (cell for table in self.tables for _, row in table.rows for cell in row)
        return sum(len(_WORD.findall(text)) for text in (*(line.text for line in self.lines), *cells))


@lru_cache(maxsize=16)
def sections(text: str) -> tuple[Section, ...]:
    """Every section, in order; the content of inner sections belongs to the outer ones, too."""
    heads: list[tuple[int, str, int]] = [(0, "", 1)]
    content: list[tuple[int, str]] = []
    front = text.startswith("---\n")  # the front matter holds named values, no headings
    for number, line in _visible(text):
        if front:
            front = number == 1 or line.rstrip() not in ("---", "...")
            content.extend([(number, line)] if line.strip() and line.strip("-. ") else [])
            continue
        found = _HEADING.match(line)
        if found is not None:
            heads.append((len(found[1]), _plain(found[2].rstrip("#")), number))
        elif _RULE.match(line) is not None and content and content[-1][0] == number - 1:
            title = content.pop()[1]
            if title.strip() and "|" not in title:
                heads.append((1 if "=" in line else 2, _plain(title), number - 1))
        elif line.strip():
            content.append((number, line))
    found_sections: list[Section] = []
    for place, (level, title, start) in enumerate(heads):
        following = (head[2] for head in heads[place + 1 :] if head[0] <= level)
        end = next(following, MAX_LINES + 1) if level else (heads[1][2] if len(heads) > 1 else MAX_LINES + 1)
        mine = [one for one in content if (start < one[0] or level == 0) and one[0] < end]
        lines, tables = _tables(mine)
        if not level and (measured := _metrics(text)) is not None:
            tables = (measured, *tables)
        found_sections.append(Section(level, title, start, lines, tables))
    return tuple(found_sections)


def _metrics(text: str) -> Table | None:
    """The measurements in the front matter of a model card: entries with a ``value`` and a ``type`` or ``name``.

    Hugging Face Hub documentation, "Model Cards" and the model card specification (``model-index``, ``metrics``).
    """
    if not text.startswith("---\n"):
        return None
    end = next((at for at in (text.find("\n---", 3), text.find("\n...", 3)) if at >= 0), -1)
    front = text[4 : end + 1] if end >= 0 else ""
    if "value:" not in front:
        return None
    from gradeline.source import SourceFile
    from gradeline.syntax.yaml import Mapping, Scalar, Sequence, parse, resolve

    parsed = parse(SourceFile("front matter", "\n" + front))  # so that the numbers of the lines stay
    rows: list[tuple[int, tuple[str, ...]]] = []
    todo = list(parsed.documents[:1])
    for _ in range(MAX_NODES):
        if not todo:
            break
        node = resolve(todo.pop())
        if isinstance(node, Sequence):
            todo.extend(reversed(node.items))
        elif isinstance(node, Mapping):
            known = {name.value: resolve(value) for name, value in node.entries if isinstance(name, Scalar)}
            value, names = known.get("value"), [known.get("type"), known.get("name")]
            said = " ".join(name.value for name in names if isinstance(name, Scalar))
            if said and isinstance(value, Scalar):
                rows.append((value.span.line, (_plain(said), _plain(value.value))))
            else:
                todo.extend(inner for _, inner in reversed(node.entries))
    return Table(1, ("metric", "value"), tuple(rows)) if rows else None


def _visible(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside code blocks and comments, with their numbers."""
    fence = ""
    comment = False
    for number, line in enumerate(text.split("\n")[:MAX_LINES], start=1):
        rest = line.rstrip("\r")
        if comment:
            _, closed, rest = rest.partition("-->")
            comment = not closed
        found = _FENCE.match(rest)
        if fence:
            fence = "" if found is not None and found[1].startswith(fence) else fence
            continue
        if found is not None:
            fence = found[1][:3]
            continue
        while "<!--" in rest:
            before, _, behind = rest.partition("<!--")
            _, closed, after = behind.partition("-->")
            rest, comment = before + after, not closed
            if comment:
                break
        yield number, rest


def _tables(content: list[tuple[int, str]]) -> tuple[tuple[Line, ...], tuple[Table, ...]]:
    lines: list[Line] = []
    tables: list[Table] = []
    position = 0
    while position < len(content):
        number, text = content[position]
        following = content[position + 1] if position + 1 < len(content) else (0, "")
        if "|" in text and following[0] == number + 1 and "-" in following[1] and _DELIMITER.match(following[1]):
            rows: list[tuple[int, tuple[str, ...]]] = []
            position += 2
            last = following[0]
            while position < len(content) and content[position][0] == last + 1 and "|" in content[position][1]:
                last = content[position][0]
                rows.append((last, _cells(content[position][1])))
                position += 1
            tables.append(Table(number, _cells(text), tuple(rows)))
            continue
        lines.append(Line(number, _plain(text)))
        position += 1
    return tuple(lines), tuple(tables)


def _cells(line: str) -> tuple[str, ...]:
    text = line.strip().removeprefix("|").removesuffix("|")
    return tuple(_plain(cell) for cell in text.replace("\\|", "\0").split("|")[:MAX_CELLS])


def _plain(text: str) -> str:
    """Without marks of lists, emphasis and code."""
    rest = text.strip()
    for mark in ("- ", "* ", "+ ", "> "):
        rest = rest.removeprefix(mark)
    return rest.replace("**", "").replace("__", "").replace("`", "").replace("\0", "|").strip()
