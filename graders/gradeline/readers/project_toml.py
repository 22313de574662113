"""TOML files with places: the standard library reads the values, a tokenizer of our own finds where they are.

TOML 1.0.0.  Only a file that the standard library accepts is looked at, so the tokenizer may be lenient.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from gradeline.model.text import Text
from gradeline.readers.project_source import Chunk, FileText
from gradeline.records import field, record
from gradeline.source import Diagnostic, SourceFile, Span

Path = tuple[str | int, ...]

_SKIP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_MAX_DEPTH = 40
# The time that the standard library takes for a dotted key grows with the square of its length.
_LONG_KEY = re.compile(r"(?<![\w\-\"'.])(?:[\w\-\"']++[ \t]*+\.[ \t]*+){60}")


@record(frozen=False)
class Toml:
    """``value(path)`` gives plain data, ``text(path)`` a string with its place, ``span(path)`` a place."""

    file: FileText
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    def value(self, *path: str | int) -> Any:
        """The value at ``path``, None when there is none."""
        found: Any = self.data
        for part in path:
            if isinstance(found, dict) and isinstance(part, str):
                found = found.get(part)
            elif isinstance(found, list) and isinstance(part, int) and part < len(found):
                found = found[part]
            else:
                return None
        return found

    def table(self, *path: str | int) -> dict[str, Any]:
        """The table at ``path``, empty when there is none."""
        found = self.value(*path)
        return found if isinstance(found, dict) else {}

    def string(self, *path: str | int) -> str | None:
        found = self.value(*path)
        return found if isinstance(found, str) else None

    def strings(self, *path: str | int) -> list[str]:
        """A list of strings; one string counts as a list of its words."""
        found = self.value(*path)
        if isinstance(found, str):
            return found.split()
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def span(self, *path: str | int) -> Span:
        """Where the value, or else its key, is written."""
        where = self.keys.get(path) or self.places.get(path)
        while where is None and path:
            path = path[:-1]
            where = self.keys.get(path) or self.places.get(path)
        return self.file.span(*(where or (0, 0)))

    def text(self, *path: str | int) -> Text:
        """The string (or other scalar) at ``path`` with the place of its characters."""
        value = self.value(*path)
        raw = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        start, end = self.places.get(path, (0, 0))
        written = self.file.text[start:end]
        for mark in ('"""', "'''", '"', "'"):
            if len(written) >= 2 * len(mark) and written.startswith(mark) and written.endswith(mark):
                start, end = start + len(mark), end - len(mark)
                if len(mark) == 3 and self.file.text.startswith("\n", start):
                    start += 1
                break
        return self.file.compose([Chunk(raw, start, self.file.text[start:end] == raw)], start, end)


def read_toml(file: FileText) -> Toml:
    """The values of a TOML file with their places; empty, with a diagnostic, when it is not valid."""
    return file.source.once("toml", _read)


def _read(source: SourceFile) -> Toml:
    file = FileText(source)
    try:
        if _LONG_KEY.search(file.text) is not None:
            raise RecursionError  # noqa: TRY301 - as the parser would, but before it has spent the time
        data = tomllib.loads(file.text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        message = f"This file is not valid TOML: {str(error)[:120] or 'it is nested too deeply'}."
        diagnostic = Diagnostic("warning", "toml-syntax", message, file.source.path, file.span(0, 0))
        return Toml(file, diagnostics=(diagnostic,))
    toml = Toml(file, data)
    _Finder(file.text, toml).document()
    return toml


class _Finder:
    """Walks over a valid document and notes where keys and values are."""

    def __init__(self, text: str, toml: Toml) -> None:
        self.text = text
        self.toml = toml
        self.position = 0
        self.tables: dict[Path, int] = {}

    def skip(self) -> None:
        found = _SKIP.match(self.text, self.position)
        self.position = found.end() if found is not None else self.position

    def document(self) -> None:
        prefix: Path = ()
        while True:
            self.skip()
            if self.position >= len(self.text):
                return
            start = self.position
            if self.text.startswith("[", start):
                many = self.text.startswith("[[", start)
                self.position += 2 if many else 1
                prefix = self.named(self.key(), many)
                self.position = self.line_end()
                self.toml.keys.setdefault(prefix, (start, self.position))
            else:
                self.pair(prefix, 0)
            if self.position <= start:
                return

    def line_end(self) -> int:
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        comment = self.text.find("#", self.position, end)
        return len(self.text[: end if comment < 0 else comment].rstrip())

    def named(self, parts: Path, many: bool) -> Path:
        """The path of a table, with the number of the element inside arrays of tables."""
        path: Path = ()
        for number, part in enumerate(parts):
            path = (*path, part)
            last = number == len(parts) - 1
            if many and last:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:
                path = (*path, self.tables[path])
        return path

    def key(self) -> Path:
        parts: list[str | int] = []
        while True:
            self.blanks()
            found = _BARE.match(self.text, self.position)
            quoted = _BASIC.match(self.text, self.position) or _LITERAL.match(self.text, self.position)
            if found is not None:
                parts.append(found[0])
                self.position = found.end()
            elif quoted is not None:
                parts.append(_unquoted(quoted[0]))
                self.position = quoted.end()
            else:
                return tuple(parts)
            self.blanks()
            if not self.text.startswith(".", self.position):
                return tuple(parts)
            self.position += 1

    def blanks(self) -> None:
        found = _BLANK.match(self.text, self.position)
        self.position = found.end() if found is not None else self.position

    def pair(self, prefix: Path, depth: int) -> None:
        start = self.position
        key = self.key()
        path = (*prefix, *key)
        for length in range(1, min(len(key), _MAX_DEPTH) + 1):
            self.toml.keys.setdefault((*prefix, *key[:length]), (start, self.position))
        self.blanks()
        if self.text.startswith("=", self.position):
            self.position += 1
            self.blanks()
            self.value(path, depth)

    def value(self, path: Path, depth: int) -> None:
        text, start = self.text, self.position
        opener = text[start : start + 1]
        if opener in ("[", "{") and depth < _MAX_DEPTH:
            self.position += 1
            number = 0
            while True:
                before = self.position
                self.skip()
                if self.position >= len(text) or text[self.position] in "]}":
                    self.position += 1
                    break
                if opener == "[":
                    self.value((*path, number), depth + 1)
                    number += 1
                else:
                    self.pair(path, depth + 1)
                self.skip()
                if text.startswith(",", self.position):
                    self.position += 1
                if self.position <= before:
                    self.position = len(text)
        elif text.startswith(('"""', "'''"), start):
            self.long_string(text[start : start + 3])
        else:
            found = _BASIC.match(text, start) or _LITERAL.match(text, start) or _SCALAR.match(text, start)
            self.position = found.end() if found is not None else start + 1
        end = min(self.position, len(text))
        self.toml.places[path] = (start, start + len(text[start:end].rstrip()))

    def long_string(self, mark: str) -> None:
        self.position += 3
        while True:
            end = self.text.find(mark, self.position)
            if end < 0:
                self.position = len(self.text)
                return
            slashes = len(self.text[self.position : end]) - len(self.text[self.position : end].rstrip("\\"))
            if mark == '"""' and slashes % 2:
                self.position = end + 1
                continue
            end += 3
            while self.text.startswith(mark[0], end) and end < self.position + len(self.text):
                end += 1  # up to two quotes may stand before the closing ones
            self.position = end
            return


def _unquoted(key: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return key[1:-1]
