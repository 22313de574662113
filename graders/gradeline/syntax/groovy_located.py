"""The base of the Groovy tree: places in a file, and what every node has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import cast

from gradeline.records import record
from gradeline.source import Span


class Places:
    """One file: its offsets as lines and columns, both from 1."""

    __slots__ = ("_spans", "path", "starts", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._spans: dict[tuple[int, int], Span] = {}  # several readers ask for that of one node
        self.starts = [0]
        position = text.find("\n")
        while position >= 0:
            self.starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        known = self._spans.get((start, end))
        if known is None:
            starts = self.starts  # as in ``place``, written out: a file has thousands of nodes
            line, end_line = bisect_right(starts, start), bisect_right(starts, end)
            columns = start - starts[line - 1] + 1, end - starts[end_line - 1] + 1
            known = self._spans[start, end] = Span(self.path, line, columns[0], end_line, columns[1])
        return known

    def __repr__(self) -> str:
        return f"Places({self.path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and (self.path, self.text) == (other.path, other.text)

    def __hash__(self) -> int:
        return hash((self.path, self.text))


@record
class Located:
    """What all nodes share: ``places.text[start:end]`` is how the node is spelled."""

    start: int
    end: int
    places: Places

    # A plain name and no annotation: it must not become a field of the record.
    _parts = cast(
        "tuple[str, ...]", ()
    )  # names of the values that are nodes, tuples of nodes, or None; in source order

    @property
    def span(self) -> Span:
        return self.places.span(self.start, self.end)

    @property
    def line(self) -> int:
        return bisect_right(self.places.starts, self.start)

    @property
    def source(self) -> str:
        """The node as written."""
        return self.places.text[self.start : self.end]


Node = Located


@record
class Problem(Located):
    """What was wrong, for people, and where.  ``code`` is a short stable word.

    Codes: ``never-closed``, ``closes-nothing``, ``unterminated-string``, ``unterminated-comment``,
    ``unexpected``, ``odd-character``, ``odd-escape``, ``odd-dollar``, and for limits ``too-large``,
    ``too-deep``, ``too-many-words``.  ``expected`` is the offset where a missing character seems to
    belong, or -1.
    """

    code: str
    message: str
    expected: int = -1

    @property
    def expected_line(self) -> int:
        """The line of ``expected``, or of the problem itself."""
        return self.places.place(self.expected)[0] if self.expected >= 0 else self.line


def children(node: Node) -> Iterator[Node]:
    """The direct parts of ``node``, in source order."""
    for name in node._parts:
        value = getattr(node, name)
        if type(value) is tuple:
            yield from value
        elif value is not None:
            yield value


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it, parents first, in source order."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        found: list[Node] = []
        for name in current._parts:  # as in ``children``, written out: a file has thousands of nodes
            value = getattr(current, name)
            if type(value) is tuple:
                found += value
            elif value is not None:
                found.append(value)
        found.reverse()
        todo += found
