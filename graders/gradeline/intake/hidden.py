"""Text that is not what it looks like (CVE-2021-42574 "Trojan Source" and its relatives).

Emoji and letters of every script are fine; only characters that change or hide what the text around
them says are reported, each with its code point.
"""

from __future__ import annotations

import re
import unicodedata

from gradeline.intake.limits import MAX_REPORTED
from gradeline.source import Diagnostic, SourceFile, Span

# Unicode Technical Standard 55, "Unicode Source Code Handling", on bidirectional embedding.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u115f\u1160\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0")
# Part of Arabic, Hebrew, Persian, Indic and emoji spelling; between Latin letters they only hide.
_JOINERS = frozenset("\u061c\u200c\u200d\u200e\u200f")
_SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
_LOOK_ALIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")
_WHAT = {
    "bidirectional-text": "shows the text around it in another order than a program reads it",
    "invisible-character": "cannot be seen, but it makes another word of the text around it",
    "odd-space": "looks like a space, but it does not separate anything",
}
_WORD = re.compile(r"[\w.-]+")


def find_hidden(source: SourceFile) -> tuple[Diagnostic, ...]:
    """Warnings with the codes ``bidirectional-text``, ``invisible-character``, ``odd-space`` and
    ``mixed-script``; at most ``MAX_REPORTED`` for one file."""
    if source.text.isascii():
        return ()
    found: list[Diagnostic] = []
    for number, line in enumerate(source.lines, start=1):
        if line.isascii():
            continue
        found += _in_line(source.path, number, line)
        if len(found) >= MAX_REPORTED:
            break
    return tuple(found[:MAX_REPORTED])


def _in_line(path: str, number: int, line: str) -> list[Diagnostic]:
    comment = line.lstrip().startswith("#")
    found = [] if comment else _mixed_keys(path, number, line)
    for column, character in enumerate(line, start=1):
        code = "" if character.isascii() else _code(character, line, column, comment)
        if code:
            message = f"{_named(character)} {_WHAT[code]}."
            found.append(Diagnostic("warning", code, message, path, Span(path, number, column, number, column + 1)))
    return found


def _code(character: str, line: str, column: int, comment: bool) -> str:
    if character in _BIDIRECTIONAL:
        return "bidirectional-text"
    if character in _INVISIBLE or _is_tag(character) or (character in _JOINERS and _near_latin(line, column)):
        return "invisible-character"
    if character in _SPACES and not comment and _separates(line, column):
        return "odd-space"
    return ""


def _near_latin(line: str, column: int) -> bool:
    near = line[max(column - 2, 0) : column - 1] + line[column : column + 1]
    return any(one.isascii() and one.isalnum() for one in near)


def _is_tag(character: str) -> bool:
    """Unicode tag characters: ASCII that no font shows."""
    return 0xE0000 <= ord(character) <= 0xE007F


def _separates(line: str, column: int) -> bool:
    """Whether a space stands where syntax wants one: in the indentation or after a separator."""
    return line[column - 2 : column - 1] in (":", "=", "-", ",") or not line[: column - 1].strip()


def _mixed_keys(path: str, number: int, line: str) -> list[Diagnostic]:
    """Words before ``:`` or ``=`` that mix Latin letters with letters that look like them."""
    found = []
    for word in _WORD.finditer(line):
        text = word[0]
        if text.isascii() or line[word.end() : word.end() + 8].lstrip("\"' \t")[:1] not in (":", "="):
            continue
        strange = [character for character in text if not character.isascii() and _looks_alike(character)]
        if strange and any(character.isascii() and character.isalpha() for character in text):
            message = f"{_named(strange[0])} stands among Latin letters: this is another word than it looks like."
            span = Span(path, number, word.start() + 1, number, word.end() + 1)
            found.append(Diagnostic("warning", "mixed-script", message, path, span))
    return found


def _looks_alike(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_LOOK_ALIKE)


def _named(character: str) -> str:
    name = unicodedata.name(character, "unnamed character")
    return f"U+{ord(character):04X} ({name})"
