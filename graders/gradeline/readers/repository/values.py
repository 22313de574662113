"""Settings files as values with places, and what is wrong with them as JSON.

JSON is read as YAML, whose notation includes it, so that a file with a mistake still shows what it can.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gradeline.model.document import Document, Key, Value
from gradeline.model.text import Text
from gradeline.readers.documents import values_of
from gradeline.records import record
from gradeline.source import Diagnostic, SourceFile, Span


@record
class Part:
    """A table or a list inside a document, with keys from there."""

    document: Document
    key: Key = ()

    @property
    def span(self) -> Span:
        found = self.document.values.get(self.key)
        return found.span if found is not None else self.document.span

    @property
    def head(self) -> Span:
        """Where it starts, so that a large table is not shown as a whole."""
        span = self.span
        return Span(span.path, span.line, span.column)

    def get(self, *key: str | int) -> Value | None:
        return self.document.values.get((*self.key, *key))

    def has(self, *key: str | int) -> bool:
        """Whether there is something, and not ``null``."""
        found = self.get(*key)
        return found is not None and (found.data is not None or found.size is not None)

    def text(self, *key: str | int) -> str:
        found = self.get(*key)
        return found.text if found is not None else ""

    def part(self, *key: str | int) -> Part:
        return Part(self.document, (*self.key, *key))

    def parts(self, *key: str | int) -> Iterator[Part]:
        """What is directly inside a table or a list."""
        for known in self.document.items(*self.key, *key):
            yield Part(self.document, known)

    def texts(self, *key: str | int) -> tuple[Text, ...]:
        """The scalars of a list, or a single one."""
        found = self.get(*key)
        if found is not None and found.size is None:
            return (Text(found.text, found.span),) if found.data is not None else ()
        return tuple(
            Text(value.text, value.span) for one in self.parts(*key) if (value := one.get()) is not None and value.text
        )

    @property
    def name(self) -> str:
        return str(self.key[-1]) if self.key else ""


def read_values(source: SourceFile, problems: list[Diagnostic]) -> Part:
    """The values of a JSON, JSON5 or YAML file."""
    name = source.path.rpartition("/")[2]
    is_json = name.endswith((".json", ".json5")) or name == ".renovaterc"
    text = source.text.replace("\t", " ") if is_json else source.text
    if name.endswith(".json5") or ".renovaterc" in name:
        text = without_comments(text)
    elif is_json:
        problem = _json_problem(source)
        problems.extend([problem] if problem is not None else [])
    document, said = values_of(SourceFile(source.path, text, source.digest))
    problems.extend(one for one in said if not (is_json and one.code == "yaml-syntax"))
    known = any(one.path == source.path and one.severity == "error" for one in problems)
    if is_json and document.problem and not known:
        problems.extend(one for one in said if one.code == "yaml-syntax")
    return Part(document)


def _json_problem(source: SourceFile) -> Diagnostic | None:
    """Why the file is no JSON, with the place; None when it is."""
    try:
        json.loads(source.text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        span = Span(source.path, error.lineno, error.colno)
        message = f"This is no JSON from here on: {error.msg[:1].lower()}{error.msg[1:]}."
        return Diagnostic("error", "json-syntax", message, source.path, span)
    except (RecursionError, ValueError):
        message = "This JSON cannot be read: it is nested too deeply, or a number is too long."
        return Diagnostic("error", "too-deep", message, source.path, Span(source.path, 1))
    return None


def without_comments(text: str) -> str:
    """JSON5 without its comments; every other character keeps its place."""
    found = list(text)
    position = 0
    quote = ""
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "/" and text[position + 1 : position + 2] in ("/", "*"):
            closing = "\n" if text[position + 1] == "/" else "*/"
            end = text.find(closing, position + 2)
            end = len(text) if end < 0 else end + (2 if closing == "*/" else 0)
            found[position:end] = [one if one == "\n" else " " for one in text[position:end]]
            position = end
            continue
        position += 1
    return "".join(found)
