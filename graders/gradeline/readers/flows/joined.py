"""Texts that are put together from parts, of which some are not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from gradeline.readers.flows.values import Joined, Runtime, Unknown, is_plain

MAX_ITEMS = 64  # rounds of one loop, fields of one text
MAX_TEXT = 4096


def join(parts: Iterable[Any], keeps: Callable[[Any], bool] = lambda value: False) -> Any:
    """Texts one after the other: a string when all of it is known."""
    found: list[Any] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            piece = str(piece) if is_plain(piece) and not isinstance(piece, list | dict) else piece
            if isinstance(piece, str) and found and isinstance(found[-1], str):
                found[-1] = (found[-1] + piece)[:MAX_TEXT]
            else:
                found.append(piece if isinstance(piece, str | Runtime) or keeps(piece) else Unknown())
    if all(isinstance(piece, str) for piece in found):
        return "".join(found)
    return Joined(tuple(found))


def formatted(text: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``text.format(...)`` for fields without attributes, items, conversions and formats."""
    parts: list[Any] = []
    number = 0
    try:
        pieces = list(Formatter().parse(text))[:MAX_ITEMS]
    except ValueError:
        return Unknown()
    for literal, field, spec, conversion in pieces:
        parts.append(literal)
        if field is None:
            continue
        if spec or conversion or not (field == "" or field.isdecimal() or field.isidentifier()):
            return Unknown()
        place = number if field == "" else int(field[:4]) if field.isdecimal() else -1
        number += field == ""
        known: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        value = known.get(place if place >= 0 else field, Unknown())
        plain = isinstance(value, str | int | float | bool)
        parts.append(str(value) if plain else value if isinstance(value, Joined | Runtime) else Unknown())
    return join(parts)
