"""Words of the shell language, up to the blank or operator that ends them."""

from __future__ import annotations

import re

from gradeline.syntax.shell_expansions import ExpansionReader
from gradeline.syntax.shell_nodes import Piece, Substitution, Word
from gradeline.syntax.shell_quotes import CONTINUATION
from gradeline.syntax.shell_text import Parts

_PLAIN = re.compile(r"[^\s;&|<>()$`'\"\\]+")
_WHOLE = re.compile(r"[^\s;&|<>()$`'\"\\]++(?=[ \t\n;&|)]|\Z)")  # nothing but plain text
_EXTENDED = "?*+@!"


class WordReader(ExpansionReader):
    """Reads words."""

    def word(self, extended: bool = True, expression: bool = False) -> Word | None:
        """The word at the position, or None when an operator or a blank is there.

        ``expression`` reads the right side of ``=~``, where parentheses and bars belong to the word.
        """
        text, start, end = self.text, self.position, self.position
        whole = _WHOLE.match(text, start)
        if whole is not None and not expression:  # most words
            self.position = whole.end()
            return self.word_of((Piece(whole[0]),), start, self.position)
        parts = Parts()
        open_groups = 0
        while self.position < self.length:
            here = self.position
            plain = _PLAIN.match(text, here)
            if plain is not None:
                parts.literal(plain[0], False)
                end = self.position = plain.end()
                continue
            char = text[here]
            if char in "$`'\"":
                self.quotation(parts, char)
            elif char == "\\":
                continuation = CONTINUATION.match(text, here)
                if continuation is not None:
                    self.position = continuation.end()
                    continue
                parts.literal(text[here + 1 : here + 2] or "\\", True)
                self.position = min(here + 2, self.length)
            elif char in "<>" and text.startswith("(", here + 1) and not expression:
                self.position = here + 2
                parts.add(Substitution(self.nested(here), False, True))
            elif char == "(" and (expression or (extended and here > start and text[here - 1] in _EXTENDED)):
                open_groups += 1
                parts.literal(char, False)
                self.position += 1
            elif char == ")" and open_groups:
                open_groups -= 1
                parts.literal(char, False)
                self.position += 1
            elif (open_groups and (char in "| \t" or expression)) or (expression and char in "|<>"):
                parts.literal(char, False)
                self.position += 1
            elif char.isspace() and not (char in " \t\n" or self.ends_line(here)):
                parts.literal(char, False)  # only space, tab and line end separate words
                self.position += 1
            else:
                break
            end = self.position
        if open_groups:
            self.unexpected("A parenthesis in this word is never closed.")
        if end == start:
            return None
        return self.word_of(parts.tuple(), start, end)

    def ends_line(self, position: int) -> bool:
        """Whether a carriage return only belongs to the line end after it."""
        return self.text[position] == "\r" and self.text[position + 1 : position + 2] in ("", "\n")
