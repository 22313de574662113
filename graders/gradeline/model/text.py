"""Text a learner wrote, with its expressions and the place of every character."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from gradeline.model.expression import Constant, Expression, Template, walk
from gradeline.records import record
from gradeline.source import Span


@record
class Hole:
    """One expression inside a text: ``raw[start:end]`` is its spelling, delimiters included."""

    start: int
    end: int
    expression: Expression


class Places:
    """Offsets of one text as places in its files; the answers of ``Text.at`` for many offsets."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.starts = text.starts

    def index(self, offset: int) -> int:
        """The number of the line that holds ``offset``, from 0."""
        return min(bisect_right(self.starts, offset) - 1, len(self.text.lines) - 1)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in the file."""
        offset = min(max(offset, 0), len(self.text.raw))
        index = self.index(offset)
        line, column = self.text.lines[index]
        return line, column + offset - self.starts[index]

    def at(self, start: int, end: int) -> Span:
        """The place of ``raw[start:end]``; of its first line's file, when its lines come from several."""
        if not self.text.lines:
            return self.text.span
        if self.text.sources:
            return self._in_source(start, end)
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end - 1))
        return Span(self.text.span.path, line, column, end_line, end_column + 1)

    def _in_source(self, start: int, end: int) -> Span:
        first, last = self._exact(start), self._exact(max(start, end - 1))
        if first.path != last.path or (last.end_line, last.end_column) < (first.line, first.column):
            return first
        return first.to(last)

    def _exact(self, offset: int) -> Span:
        offset = min(max(offset, 0), len(self.text.raw))
        index = self.index(offset)
        source = self.text.sources[index]
        if not self.text.lines[index][0]:
            return source
        line, column = self.place(offset)
        return Span(source.path, line, column, line, column + 1)


@record
class Text:
    """A scalar value as written.

    ``lines`` gives, for each line of ``raw``, the file line and column where that line starts; it is
    empty when the value was folded or escaped, and then every offset maps to ``span``.  ``cuts`` are the
    offsets in ``raw`` where each of ``lines`` starts, when that is not after every line break (a platform
    that joins continued lines leaves none).  A text that was put together from several values has ``sources``,
    too: the place of the value that each line comes from.  A line at (0, 0) then has no exact place, and all of
    it maps to its source.
    """

    raw: str
    span: Span
    holes: tuple[Hole, ...] = ()
    lines: tuple[tuple[int, int], ...] = ()
    cuts: tuple[int, ...] = ()
    sources: tuple[Span, ...] = ()

    def at(self, start: int, end: int | None = None) -> Span:
        """The place in the file of ``raw[start:end]`` (``end`` defaults to one character)."""
        # Simulations and checks ask for the same commands again and again.
        known: dict[tuple[int, int | None], Span] = self.__dict__.setdefault("_spans", {})
        found = known.get((start, end))
        if found is None:
            found = known[start, end] = Places(self).at(start, start + 1 if end is None else end)
        return found

    @cached_property
    def starts(self) -> Sequence[int]:
        """The offsets in ``raw`` at which each of ``lines`` starts."""
        if self.cuts:
            return self.cuts
        starts = [0]
        position = self.raw.find("\n") if self.lines else -1
        while position >= 0:
            starts.append(position + 1)
            position = self.raw.find("\n", position + 1)
        return starts

    @property
    def constant(self) -> str | None:
        """The value when nothing in it has to be computed, else None."""
        return None if self.holes else self.raw

    def template(self) -> Expression:
        """The text as one expression: a constant, a single expression, or a template of parts."""
        if not self.holes:
            return Constant(self.raw, self.span)
        parts: list[str | Expression] = []
        position = 0
        for hole in self.holes:
            if hole.start > position:
                parts.append(self.raw[position : hole.start])
            parts.append(hole.expression)
            position = hole.end
        if position < len(self.raw):
            parts.append(self.raw[position:])
        if len(parts) == 1 and not isinstance(parts[0], str):
            return parts[0]
        return Template(tuple(parts), self.span)

    def expressions(self) -> Iterator[Expression]:
        """Every expression node inside the text, outer ones first."""
        for hole in self.holes:
            yield from walk(hole.expression)
