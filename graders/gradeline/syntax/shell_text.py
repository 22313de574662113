"""What the readers of a shell script share: platform expressions, limits, notes about problems."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from gradeline.syntax.shell_nodes import Part, Piece, Problem

MAX_NESTING = 30  # constructs inside one another, each of which costs the parser about ten stack frames
MAX_COMMANDS = 10_000
TOO_DEEP = "This is nested too deeply to be understood."
MAX_HEIGHT = 120  # of the resulting tree, so that whoever walks it may recurse


class Unexpected(Exception):
    """The text stops making sense; the enclosing top-level command is given up."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class TooMuch(Exception):
    """A bound was reached; nothing after this place is read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Notes:
    """What a reader and the readers for texts inside its text write down together."""

    __slots__ = ("commands", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.commands = 0

    def command(self) -> None:
        self.commands += 1
        if self.commands > MAX_COMMANDS:
            raise TooMuch(f"Only the first {MAX_COMMANDS} commands of a script are read.")


class Holes:
    """The platform expressions of a text: each is one indivisible character to the shell."""

    def __init__(self, spans: tuple[tuple[int, int, int], ...]) -> None:
        """``spans`` are (start, end, number), in order."""
        self._spans = spans
        self._starts = [start for start, _, _ in spans]
        self._at = {start: (end, number) for start, end, number in spans}

    def at(self, position: int) -> tuple[int, int] | None:
        """(end, number) of the expression that starts at ``position``."""
        return self._at.get(position) if self._at else None

    def between(self, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
        """The expressions that lie inside a stretch of the text."""
        if not self._spans:
            return ()
        return self._spans[bisect_left(self._starts, start) : bisect_right(self._starts, end - 1)]

    def find(self, text: str, wanted: str, start: int) -> int:
        """Where ``wanted`` is next, outside of expressions; -1 when nowhere."""
        found = text.find(wanted, start)
        if not self._spans:
            return found
        while found >= 0:
            index = bisect_right(self._starts, found) - 1
            if index < 0 or self._spans[index][1] <= found:
                return found
            found = text.find(wanted, self._spans[index][1])
        return -1


class Parts:
    """Collects the parts of a word, joining neighbouring literal text of the same kind."""

    __slots__ = ("_quoted", "_text", "made")

    def __init__(self) -> None:
        self.made: list[Part] = []
        self._text: list[str] = []
        self._quoted = False

    def literal(self, text: str, quoted: bool) -> None:
        if self._text and self._quoted != quoted:
            self.flush()
        self._quoted = quoted
        self._text.append(text)

    def add(self, part: Part) -> None:
        self.flush()
        self.made.append(part)

    def flush(self) -> None:
        if self._text:
            self.made.append(Piece("".join(self._text), self._quoted))
            self._text = []

    def tuple(self) -> tuple[Part, ...]:
        self.flush()
        return tuple(self.made)
