"""Text for a terminal: made harmless, measured in columns, wrapped and cut.

One rule makes text harmless: a character is shown as it is only when it is printable and visible, in
the sense of ``str.isprintable``; every other one (control, bidirectional, zero width, unassigned,
private) is shown as its escape, so it can be seen and cannot act.  Two more things are broken up
because CI systems read commands out of logs: ``::`` at the start of a line, and ``##[`` or
``##word[`` anywhere (GitHub Actions runner, ActionCommand.cs; Azure Pipelines, "Logging commands").
"""

from __future__ import annotations

import re
import unicodedata

TAB = "    "

# Printable by Unicode's general category, but drawn as nothing: they could hide text.
_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x1810))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)
# Typographic quotes, the ellipsis, the arrow and dashes have plain spellings.
_PLAIN = {
    "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2026": "...", "\u2192": "->", "\u2013": "-",
    "\u2014": "-", "\u2264": "<=", "\u2265": ">=",
}  # fmt: skip
_LOG_COMMAND = re.compile(r"##(?=[A-Za-z]{0,20}\[)")
_COLON = "\\x3a"
_LINE_COMMAND = re.compile(r"(?:^|(?<=\s)):(?=:)")


def cells(text: str, *, ascii_only: bool = False) -> list[str]:
    """What is drawn for each character of one line; the list is as long as ``text``."""
    drawn = [_cell(char, ascii_only) for char in text]
    for found in _LOG_COMMAND.finditer(text):
        drawn[found.start() + 1] = "\\x23"
    return drawn


def visible(text: str, *, ascii_only: bool = False) -> str:
    """``text`` as one harmless line, wherever it will be wrapped; line ends become blanks."""
    line = text.replace("\n", " ")
    drawn = cells(line, ascii_only=ascii_only)
    for found in _LINE_COMMAND.finditer(line):
        drawn[found.start()] = _COLON
    return "".join(drawn)


def width(text: str) -> int:
    """Columns that already harmless ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def wrap(text: str, columns: int, *, ascii_only: bool = False) -> list[str]:
    """Harmless lines of at most ``columns`` (not below 8); a word that is too long is cut, never pushed out."""
    columns = max(columns, 8)
    lines: list[str] = []
    line, used = "", 0
    for word in visible(text, ascii_only=ascii_only).split():
        for piece in _pieces(word, columns):
            size = width(piece)
            if line and used + 1 + size > columns:
                lines.append(line)
                line, used = "", 0
            line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    return [*lines, line] if line else lines


def clip(text: str, columns: int, *, ascii_only: bool = False) -> str:
    """``text`` as one harmless line of at most ``columns``, with an ellipsis when something is cut."""
    shown = visible(text, ascii_only=ascii_only).strip()
    if width(shown) <= columns:
        return shown
    end = "..." if ascii_only else "…"
    kept, used = "", width(end)
    for char in shown:
        if used + _columns(char) > columns:
            break
        kept, used = kept + char, used + _columns(char)
    return kept + end


def _cell(char: str, ascii_only: bool) -> str:
    if " " <= char <= "~":
        return char
    if char == "\t":
        return TAB
    if char.isprintable() and ord(char) not in _INVISIBLE:
        return char if not ascii_only else _PLAIN.get(char) or _escape(char)
    return _escape(char)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _pieces(word: str, columns: int) -> list[str]:
    """``word`` cut so that each piece fits, also when its first colon has to be escaped."""
    if width(word) <= columns:
        return [word]
    room = max(columns - len(_COLON), 2)
    pieces, piece, used = [], "", 0
    for char in word:
        size = _columns(char)
        if used + size > room:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + char, used + size
    return [_COLON + one[1:] if one.startswith("::") else one for one in (*pieces, piece)]
