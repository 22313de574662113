"""From byte offsets of a parser to lines and columns in characters."""

from __future__ import annotations

from gradeline.source import Span


class Places:
    """The places of one file.  Columns count characters, also where a line is not ASCII."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path = path
        self.source = source
        self._ascii = source.isascii()
        self._lines: list[bytes] | None = None

    def column(self, row: int, column: int) -> int:
        if self._ascii:
            return column + 1
        if self._lines is None:
            self._lines = self.source.split(b"\n")
        line = self._lines[row] if row < len(self._lines) else b""
        return len(line[:column].decode("utf-8", "replace")) + 1

    def span(self, start: tuple[int, int], end: tuple[int, int]) -> Span:
        """Points are (row, column), both from 0, the column in bytes."""
        return Span(
            self.path,
            start[0] + 1,
            self.column(start[0], start[1]),
            end[0] + 1,
            self.column(end[0], end[1]),
        )
