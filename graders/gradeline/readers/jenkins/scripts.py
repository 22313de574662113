"""Scripts as the shell gets them: Groovy puts values into the text before any shell reads it.

What a value is for sure becomes text, so that it is read as code like everything around it.  The rest is
spelled ``${{...}}``, which is how the shell parser knows a value that is put in from outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.expression import Constant, Expression, Template
from gradeline.model.text import Hole, Places, Text
from gradeline.readers.texts import number_text

MAX_LENGTH = 200_000


def spelled(text: Text) -> Text:
    """The text with known values in it, and everything where it is in the file."""
    if not text.holes and "${{" not in text.raw:
        return text
    builder = _Builder(text)
    position = 0
    for hole in text.holes:
        builder.literal(position, hole.start)
        builder.value(hole)
        position = hole.end
    builder.literal(position, len(text.raw))
    return builder.made()


class _Builder:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.places = Places(text)
        self.pieces: list[str] = []
        self.length = 0
        self.holes: list[Hole] = []
        self.cuts: list[int] = []
        self.lines: list[tuple[int, int]] = []

    def literal(self, start: int, end: int) -> None:
        """A stretch of the text itself; each of its lines is where it is."""
        raw = self.text.raw
        while start < end:
            stop = raw.find("\n", start, end)
            stop = end if stop < 0 else stop + 1
            self._cut(start)
            self._add(raw[start:stop].replace("${{", "${_"))
            start = stop

    def value(self, hole: Hole) -> None:
        for part in _parts(hole.expression):
            self._cut(hole.start)
            if isinstance(part, str):
                self._add(part.replace("${{", "${_"))
                continue
            inner = self.text.raw[hole.start : hole.end].strip("${}").replace("\n", " ").replace("}}", "")
            start = self.length
            self._add("${{" + (inner or " ") + "}}")
            self.holes.append(Hole(start, self.length, part))

    def _cut(self, offset: int) -> None:
        if self.text.lines:
            self.cuts.append(self.length)
            self.lines.append(self.places.place(offset))

    def _add(self, piece: str) -> None:
        piece = piece[: max(MAX_LENGTH - self.length, 0)]
        self.pieces.append(piece)
        self.length += len(piece)

    def made(self) -> Text:
        return Text("".join(self.pieces), self.text.span, tuple(self.holes), tuple(self.lines), tuple(self.cuts))


def _parts(expression: Expression) -> Iterator[str | Expression]:
    """What is known of a value, as texts, and what is not."""
    if isinstance(expression, Constant):
        value = expression.value
        yield value if isinstance(value, str) else "null" if value is None else number_text(value)
    elif isinstance(expression, Template):
        for part in expression.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from _parts(part)
    else:
        yield expression
