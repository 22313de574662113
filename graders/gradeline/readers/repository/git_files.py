"""Ignore files and attribute files of Git.

Git documentation, gitignore(5) and gitattributes(5); Git source, dir.c (``parse_path_pattern``) and attr.c
(``parse_attr_line``).  ``.dvcignore`` has the same notation (DVC documentation, ".dvcignore Files").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.model.git_patterns import MAX_PATTERN
from gradeline.model.repository import AttributeLine, AttributeState, FilePattern, IgnoreFile
from gradeline.source import Diagnostic, SourceFile, Span

MAX_LINES = 5_000
_MAX_ATTRIBUTE_LINE = 2_048  # attr.h, ATTR_MAX_LINE_LENGTH
_ATTRIBUTE = re.compile(r"(?P<mark>[-!]?)(?P<name>[A-Za-z0-9_.][-A-Za-z0-9_.]*)(?:=(?P<value>.*))?")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_patterns(source: SourceFile) -> IgnoreFile:
    """The patterns of an ignore file in their order."""
    folder = source.path.rpartition("/")[0]
    found: list[FilePattern] = []
    for number, line in enumerate(source.lines[:MAX_LINES], start=1):
        text = _trimmed(line.removeprefix("\ufeff") if number == 1 else line)
        if not text or text.startswith("#") or len(text) > MAX_PATTERN:
            continue
        span = Span(source.path, number, 1, number, len(text) + 1)
        negated = text.startswith("!")
        pattern = _pattern(text[1:] if negated else text)
        if pattern is not None:
            glob, anchored, folders_only = pattern
            found.append(FilePattern(folder, glob, span, negated, anchored, folders_only))
    return IgnoreFile(source.path, folder, tuple(found))


def _trimmed(line: str) -> str:
    """Without the blanks at the end, unless a backslash keeps one."""
    text = line.rstrip(" ")
    slashes = len(text) - len(text.rstrip("\\"))
    return f"{text} " if slashes % 2 and len(text) < len(line) else text


def _pattern(text: str) -> tuple[str, bool, bool] | None:
    """What is matched, whether only at its place, and whether only folders count."""
    folders_only = text.endswith("/")
    glob = text[:-1] if folders_only else text
    anchored = "/" in glob
    glob = glob.removeprefix("/")
    return (glob, anchored, folders_only) if glob else None


def read_attributes(source: SourceFile, problems: list[Diagnostic]) -> Iterator[AttributeLine]:
    """The lines of an attribute file.  What Git would leave out with a warning is left out and reported."""
    folder = source.path.rpartition("/")[0]
    for number, line in enumerate(source.lines[:MAX_LINES], start=1):
        text = (line.removeprefix("\ufeff") if number == 1 else line).strip(" \t\r")
        if not text or text.startswith("#"):
            continue
        span = Span(source.path, number, 1, number, len(line) + 1)

        def say(code: str, message: str, place: Span = span) -> None:
            problems.append(Diagnostic("warning", code, message, place.path, place))

        if len(text) > _MAX_ATTRIBUTE_LINE:
            say("long-line", "Git does not read attribute lines of more than 2048 characters.")
            continue
        name, rest = _name_and_rest(text)
        states, wrong = _states(rest)
        if wrong:
            say("bad-attribute", f"`{wrong[:60]}` is no attribute, so Git leaves out the whole line.")
            continue
        if name.startswith("[attr]") and not text.startswith('"'):
            if folder:
                say("macro-here", "Git takes macros from the attribute file in the root only.")
            else:
                yield AttributeLine(folder, "", False, span, states, name.removeprefix("[attr]"))
            continue
        if name.startswith("!") and not text.startswith('"'):
            say("negated-attribute", "Git knows no `!` in front of a pattern here, so this line means nothing.")
            continue
        pattern = _pattern(name)
        if pattern is None:
            continue
        glob, anchored, folders_only = pattern
        if folders_only:
            say("folder-attribute", f"`{name[:60]}` matches no file: attributes do not go into folders. "
                "A folder with all that is inside is written with `/**`.")  # fmt: skip
            continue
        yield AttributeLine(folder, glob, anchored, span, states)


def _name_and_rest(text: str) -> tuple[str, str]:
    if not text.startswith('"'):
        words = text.replace("\t", " ").split(" ", 1)
        return words[0], words[1] if len(words) > 1 else ""
    name: list[str] = []
    position = 1
    while position < len(text) and text[position] != '"':
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            position += 1
            character = _ESCAPES.get(text[position], text[position])
        name.append(character)
        position += 1
    return "".join(name), text[position + 1 :]


def _states(text: str) -> tuple[tuple[tuple[str, AttributeState], ...], str]:
    """The attributes of a line, and the first word that is none: with one, Git leaves the whole line out (attr.c,
    ``parse_attr``), also when the word is the ``#`` of a comment."""
    found: list[tuple[str, AttributeState]] = []
    for word in text.split():
        known = _ATTRIBUTE.fullmatch(word)
        if known is None:
            return (), word
        mark, value = known["mark"], known["value"]
        state: AttributeState = {"-": False, "!": None}.get(mark, value if value is not None else True)
        found.append((known["name"], state))
    return tuple(found), ""
