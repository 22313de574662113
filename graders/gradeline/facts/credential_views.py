"""A text seen differently, with the way back to the places in the original.

A credential can be cut in pieces that become one value again: over a line that is continued with a
backslash, or as neighbouring string literals.  A view has the cuts removed; ``origin`` maps back.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from gradeline.records import record

_CONTINUED = re.compile(r"(?P<blank>(?<=[ \t]))?\\\r?\n(?P<indent>[ \t]{0,200}+)")
# Between two literals: a quote, what joins them, a quote.  Or one quote inside a word: ghp_"abc".
_JOINT = re.compile(r"[\"'][\s+~\\,{}$.]{0,60}+[frbuFRBU]?[\"']|(?<=[A-Za-z0-9_-])[\"'](?=[A-Za-z0-9_-])")


@record
class View:
    """``text`` and, for each stretch of it that was copied whole, where it starts here and there."""

    text: str
    here: tuple[int, ...] = (0,)
    there: tuple[int, ...] = (0,)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that ``text[start:end]`` comes from."""
        return self._back(start), self._back(max(start, end - 1)) + 1

    def _back(self, position: int) -> int:
        index = bisect_right(self.here, position) - 1
        return self.there[index] + position - self.here[index]


def continued(text: str) -> View:
    """The text with lines that end in a backslash joined to the next one.

    After a blank the next line's indentation stays (a shell command); without one it goes (a quoted
    YAML scalar), because only there the two halves form one word.
    """
    return _without(text, _CONTINUED, keep_indent=True) if "\\\n" in text or "\\\r\n" in text else View(text)


def joined(text: str) -> View:
    """The text with neighbouring string literals written as one."""
    return _without(text, _JOINT, keep_indent=False)


def _without(text: str, pattern: re.Pattern[str], *, keep_indent: bool) -> View:
    pieces: list[str] = []
    here: list[int] = []
    there: list[int] = []
    position = length = 0
    for match in pattern.finditer(text):
        cut_end = match.end()
        if keep_indent and match["blank"] is not None:
            cut_end -= len(match["indent"])
        here.append(length)
        there.append(position)
        pieces.append(text[position : match.start()])
        length += match.start() - position
        position = cut_end
    here.append(length)
    there.append(position)
    pieces.append(text[position:])
    return View("".join(pieces), tuple(here), tuple(there))
