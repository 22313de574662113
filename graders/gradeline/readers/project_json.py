"""JSON files with the places of their strings, as far as ``package.json`` needs it (RFC 8259)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gradeline.readers.project_source import FileText

_BLANKS = re.compile(r"[ \t\r\n]*")


class Member(NamedTuple):
    """A member of an object: ``value`` is at ``file.text[start:end]``."""

    key: str
    value: Any
    key_start: int
    start: int
    end: int


def members(file: FileText, start: int = 0) -> Iterator[Member]:
    """The members of the object that starts at or after ``start``; stops where the text is not JSON."""
    text = file.text
    decoder = json.JSONDecoder()
    position = _skip(text, start + (start == 0 and text.startswith("\ufeff")))
    if not text.startswith("{", position):
        return
    position = _skip(text, position + 1)
    while text.startswith('"', position):
        try:
            key, after = decoder.raw_decode(text, position)
            colon = _skip(text, after)
            if not text.startswith(":", colon):
                return
            begin = _skip(text, colon + 1)
            value, end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return
        yield Member(key, value, position, begin, end)
        position = _skip(text, end)
        if not text.startswith(",", position):
            return
        position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return position if found is None else found.end()
