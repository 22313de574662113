"""The words of any file a pipeline is made of, with comments apart and the names somebody chose taken out.

Linear in the text, for any text: this reads what nobody else could parse, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Literal

from gradeline.records import record

NAME = "\u25e6"  # stands for every name somebody chose
LIMIT = 200_000  # characters of one file that are looked at

Style = Literal["hash", "slash", "both", "markup", "none"]

_HASH = r"(?:(?<=\s)|^)\#[^\n]*"
# Groovy: in `twine upload dist/*.whl` no comment begins.
_SLASH = r"//[^\n]*|(?<![\w.*/])/\*(?:[^*]|\*(?!/))*(?:\*/)?"
_MARKUP = r"<!--(?:[^-]|-(?!->))*(?:-->)?"
_WORD = r"[^\W_]+(?:_+[^\W_]+)*|&&|\|\|?"
# Longer than a text in quotes ever is; without a bound, unclosed quotes would be looked through again and again.
_QUOTED = r"\"(?:[^\"\\\n]|\\.){0,500}\"|'(?:[^'\\\n]|\\.){0,500}'"
_SCRIPT = r"'''(?:[^'\\]|\\[\s\S]|'(?!''))*(?:''')?|\"\"\"(?:[^\"\\]|\\[\s\S]|\"(?!\"\"))*(?:\"\"\")?"
_PATTERNS = {
    style: re.compile(rf"(?P<comment>{comment})|(?P<quoted>{quoted})|(?P<word>{_WORD})", re.MULTILINE)
    for style, comment, quoted in (
        ("hash", _HASH, _QUOTED), ("slash", rf"(?<!:){_SLASH}", rf"{_SCRIPT}|{_QUOTED}"),
        ("both", rf"{_HASH}|(?<!:){_SLASH}", _QUOTED), ("markup", _MARKUP, _QUOTED), ("none", r"(?!)", _QUOTED),
    )
}  # fmt: skip
_IN_QUOTES = re.compile(_WORD)
_DOCSTRING = re.compile(r'^[ \t]*(?:"""|\'\'\')', re.MULTILINE)

# What gives a thing a name of its own, by the end of a file's name.  Each has the name as its last group that matched.
_DEFINES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    ((".py",), re.compile(r"\b(?:def|class|as|for)[ ]+(\w+)|^[ \t]*(\w+)[ ]*(?::[^=\n]{1,80})?=(?!=)", re.MULTILINE)),
    ((".tf", ".hcl", ".tofu"), re.compile(
        r'^[ \t]*(?:resource|data)[ ]+"\w+"[ ]+"(\w+)"|^[ \t]*(?:variable|output|module)[ ]+"(\w+)"', re.MULTILINE)),
    ((".sh", ".bash", ".envrc"), re.compile(
        r"^[ \t]*(?:export[ ]+|local[ ]+|readonly[ ]+)?(\w+)=|^(\w+)\(\)", re.MULTILINE)),
    (("dockerfile", "containerfile"), re.compile(
        r"^[ \t]*(?:ARG|ENV)[ ]+(\w+)|[ ]AS[ ]+(\w+)", re.MULTILINE | re.IGNORECASE)),
    (("makefile", ".mk", "justfile"), re.compile(r"^(\w[\w-]*)[ ]*:(?!=)|^(\w+)[ ]*[:?+]?=", re.MULTILINE)),
    (("jenkinsfile", ".groovy"), re.compile(
        r"\b(?:def|String|boolean|int)[ ]+(\w+)|\bstage[ (]+['\"]([^'\"\n]{1,200})['\"]|^[ \t]*([A-Z_]+)[ ]*=",
        re.MULTILINE)),
)  # fmt: skip
_STYLES: tuple[tuple[tuple[str, ...], Style], ...] = (
    ((".groovy", ".js", ".ts", ".go", ".java", ".json5", ".jsonnet"), "slash"),
    ((".tf", ".hcl", ".tofu", ".php"), "both"),
    ((".md", ".html", ".xml", ".rst", ".txt"), "markup"),
    ((".json", ".lock", ".csv"), "none"),
)


@record
class Word:
    text: str  # in small letters
    line: int


@record
class Words:
    """``code`` and ``comments`` in order of the file."""

    code: tuple[Word, ...]
    comments: tuple[Word, ...]


def style_of(path: str) -> Style:
    name = path.rpartition("/")[2].lower()
    if name.startswith("jenkinsfile"):
        return "slash"
    return next((style for ends, style in _STYLES if name.endswith(ends)), "hash")


def read(text: str, style: Style, first: int = 1, names: Set[str] = frozenset(), *, python: bool = False) -> Words:
    """The words in ``text``, whose first line is ``first`` of its file; ``names`` in small letters are not told."""
    text = text[:LIMIT]
    code: list[Word] = []
    comments: list[Word] = []
    prose = _docstrings(text) if python else []
    line, position = first, 0
    for found in _PATTERNS[style].finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        into = code
        if found.lastgroup == "comment" or any(start <= found.start() < end for start, end in prose):
            into = comments
        if found.lastgroup == "word":
            into.append(Word(_said(found[0], names), line))
            continue
        row = line
        for start, word in _inner(found[0]):
            into.append(Word(_said(word, names), row + found[0].count("\n", 0, start)))
    return Words(tuple(code), tuple(comments))


def _inner(text: str) -> Iterator[tuple[int, str]]:
    for found in _IN_QUOTES.finditer(text):
        yield found.start(), found[0]


def _said(word: str, names: Set[str]) -> str:
    low = word.lower()
    return NAME if low in names else low


def _docstrings(text: str) -> list[tuple[int, int]]:
    """Where texts stand that a Python file begins a line with: they explain, and do nothing."""
    found: list[tuple[int, int]] = []
    position = 0
    while len(found) < 500 and (begin := _DOCSTRING.search(text, position)) is not None:
        quotes = begin[0].strip()
        end = text.find(quotes, begin.end())
        end = len(text) if end < 0 else end + 3
        found.append((begin.end() - 3, end))
        position = end
    return found


def defined(path: str, text: str) -> frozenset[str]:
    """The names that a file gives to things of its own, in small letters."""
    name = path.rpartition("/")[2].lower()
    for ends, pattern in _DEFINES:
        if name.endswith(ends) or any(name.startswith(f"{end}.") for end in ends if "." not in end):
            return frozenset(
                found[found.lastindex].lower() for found in pattern.finditer(text[:LIMIT]) if found.lastindex
            )
    return frozenset()
