"""Reading the value of an assignment in a text whose language is only roughly known.

YAML, shell, Dockerfiles, Groovy, Python, HCL, JSON and INI share enough spelling: a literal is quoted
or bare, literals are joined by ``+``, ``~`` or by standing next to each other, references start with
a sigil.  Every pattern here has a fixed bound, so reading a value costs the same in any text.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

from gradeline.records import record

Dialect = Literal["config", "code", "prose"]

_CODE = {
    ".py",
    ".tf",
    ".hcl",
    ".groovy",
    ".gradle",
    ".js",
    ".mjs",
    ".ts",
    ".go",
    ".java",
    ".kt",
    ".rb",
    ".rs",
    ".ipynb",
}
_PROSE = {".md", ".rst", ".adoc", ".txt"}
MAX_VALUE = 4096
_MAX_PARTS = 32

REFERENCE = re.compile(
    r"\$\{\{[ \t]{0,20}(?:(?:env|inputs|params)\.(?P<a>\w{1,80}+)[ \t]{0,20}\}\}|[^{}\n]{0,300}\}\}?)"
    r"|\$\{(?P<b>\w{1,80}+)\}|\$\{[^{}\n]{0,300}\}|\$\([^)\n]{0,300}\)|\$env:(?P<c>\w{1,80}+)|\$(?P<d>[A-Za-z_]\w{0,80}+)"
    r"|%(?P<e>[A-Za-z_]\w{0,80}+)%|\{\{[ \t]{0,20}(?P<f>\w{1,80}+)[ \t]{0,20}\}\}|\{\{[^{}\n]{0,300}\}\}"
)
_BARE = re.compile(r"""[^\s"'`,;()\[\]{}<>|&]{1,1024}+""")
_BARE_YAML = re.compile(r"""[^\s"'`,\]}]{1,1024}+""")
_STRING_PREFIX = re.compile(r"[fFrRbBuU]{1,2}(?=[\"'])")
_ANNOTATION = re.compile(r"[A-Za-z_][\w.\[\]| ]{0,60} =[ \t]{1,8}")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]{0,80}+")
_JOIN = re.compile(r"[ \t]{0,40}[+~][ \t]{0,40}\\?(?:\r?\n[ \t]{0,80})?")
_ADJACENT = re.compile(r"[ \t]{0,40}\\?(?:\r?\n[ \t]{0,80})?(?=[fFrRbBuU]{0,2}[\"'])")
_ENDS = re.compile(r"[ \t]{1,200}+(?:#|//)|[ \t]{0,200}+(?:[\r\n\"'`,;)\]}|]|$|\\n|&&)")
_BLOCK = re.compile(
    r"[ \t]{0,20}(?:[|>][+-]?\d?[ \t]{0,20})?(?:#[^\n]{0,200})?\r?\n"
    r"(?P<indent>[ \t]{1,80})(?P<value>[^\s#-][^\s]{3,4095})[ \t]{0,80}(?:\r?\n|$)"
)


def dialect_of(path: str) -> Dialect:
    """How bare words are to be read: as values (``config``), as names (``code``) or as talk (``prose``)."""
    file = PurePosixPath(path)
    if file.suffix in _CODE or file.name.startswith("Jenkinsfile"):
        return "code"
    return "prose" if file.suffix in _PROSE else "config"


@record
class Part:
    """A piece of a value: a literal (``name`` is None), or a reference to ``name`` ("" when unknown)."""

    text: str
    start: int
    end: int
    name: str | None = None


def literal(parts: tuple[Part, ...]) -> Part | None:
    """The parts as one literal, when nothing in them is a reference."""
    if not parts or any(part.name is not None for part in parts):
        return None
    full = [part for part in parts if part.text] or list(parts)
    return Part("".join(part.text for part in full), full[0].start, full[-1].end)


def reference(match: re.Match[str]) -> Part:
    """The part that a match of ``REFERENCE`` stands for."""
    name = next((group for group in match.groups() if group), "")
    return Part(match.group(), match.start(), match.end(), name)


def read_value(text: str, position: int, operator: str, dialect: Dialect) -> tuple[Part, ...]:
    """The value that starts at ``position``, after ``operator`` (``:``, ``=``, ...) and blanks.

    Empty when there is none that could be a literal: prose, calls, nothing at all.
    """
    colon = operator == ":"
    if colon and dialect == "code" and (annotation := _ANNOTATION.match(text, position)):
        position, colon = annotation.end(), False
    parts: list[Part] = []
    while len(parts) < _MAX_PARTS:
        part, position = _read_part(text, position, colon=colon and not parts, dialect=dialect, first=not parts)
        if part is None:
            break
        parts.append(part)
        if joined := _JOIN.match(text, position):
            if not _starts_value(text, joined.end(), dialect):
                break
            position = joined.end()
        elif dialect == "code" and (adjacent := _ADJACENT.match(text, position)):
            position = adjacent.end()
        elif position >= len(text) or text[position] not in "\"'$":
            break
    return tuple(parts)


def _starts_value(text: str, position: int, dialect: Dialect) -> bool:
    return text[position : position + 1] in {"'", '"', "$"} or dialect == "code"


def _read_part(text: str, position: int, *, colon: bool, dialect: Dialect, first: bool) -> tuple[Part | None, int]:
    prefix = _STRING_PREFIX.match(text, position)
    start = prefix.end() if prefix else position
    if (quote := text[start : start + 1]) in {'"', "'"}:
        return _read_quoted(text, start, quote, formatted=prefix is not None and prefix.group() in {"f", "F"})
    if match := REFERENCE.match(text, position):
        return reference(match), match.end()
    if first and quote in {"!", "*", "&", "[", "(", "{", "<", "|", ">", "`"}:
        return None, position
    if dialect == "code":
        word = _IDENTIFIER.match(text, position)
        if word is None or text[word.end() : word.end() + 1] in {"(", "["}:
            return None, position
        return Part(word.group(), word.start(), word.end(), word.group()), word.end()
    bare = (_BARE_YAML if colon else _BARE).match(text, position)
    if bare is None:
        return None, position
    end = bare.end()
    spaced = text[position - 1 : position] in {" ", "\t"}
    if first and spaced and not _ENDS.match(text, end) and text[end : end + 1] != "$":
        return None, position
    value = bare.group().rstrip(");") if colon else bare.group()
    value = value.split("\\n", 1)[0]
    return (Part(value, position, position + len(value)), end) if value else (None, position)


def _read_quoted(text: str, start: int, quote: str, *, formatted: bool) -> tuple[Part | None, int]:
    if text.startswith(quote * 3, start):
        quote *= 3
    begin = start + len(quote)
    end = text.find(quote, begin, begin + MAX_VALUE)
    while end > begin and text[end - 1] == "\\" and len(quote) == 1:
        end = text.find(quote, end + 1, begin + MAX_VALUE)
    if end < 0 or (len(quote) == 1 and "\n" in text[begin:end]):
        return None, start
    value = text[begin:end]
    whole = REFERENCE.fullmatch(value)
    if whole:
        part = reference(whole)
        return Part(value, begin, end, part.name), end + len(quote)
    if formatted and "{" in value:
        return Part(value, begin, end, ""), end + len(quote)
    return Part(value, begin, end), end + len(quote)


def read_block(text: str, position: int) -> tuple[Part, int] | None:
    """The single-line value below a key (``password: >-`` and the next line), and its indentation."""
    match = _BLOCK.match(text, position)
    if match is None or match["value"].endswith(":"):
        return None
    start, end = match.span("value")
    if text[start] in "\"'" and text[end - 1] == text[start]:
        start, end = start + 1, end - 1
    return Part(text[start:end], start, end), len(match["indent"])
