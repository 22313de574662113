"""What `grade similarity --format json` found, for the page that shows it: for a person to look at, never a grade."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradeline.records import record
from gradeline.render.text import cells
from gradeline.words import Told

SCHEMA = "https://gradeline.dev/schema/similarity-1.json"
_MOST = 200  # pairs of one exercise on the page


@record
class Side:
    """A place in the work of one of two: its lines with their numbers."""

    path: str
    line: int
    lines: tuple[str, ...]

    @property
    def numbered(self) -> str:
        wide = len(str(self.line + len(self.lines)))
        drawn = ("".join(cells(text)) for text in self.lines)
        return "\n".join(f"{self.line + at:>{wide}} | {text}".rstrip() for at, text in enumerate(drawn))


@record
class Pair:
    """``score`` and ``wording`` in percent."""

    left: str
    right: str
    score: int
    wording: int
    shared: int
    places: tuple[tuple[Side, Side], ...]


@record
class InCommon:
    """Two that differ and have a passage in common; the shares are percent of what each has of its own."""

    left: str
    right: str
    shared: int
    left_share: int
    right_share: int
    places: tuple[tuple[Side, Side], ...]


@record
class Alike:
    exercise: str
    compared: int
    pairs: tuple[Pair, ...]
    more: int  # pairs that are not shown
    clusters: tuple[tuple[str, ...], ...]
    small: tuple[str, ...]
    unreadable: tuple[str, ...]
    in_common: tuple[InCommon, ...] = ()
    more_in_common: int = 0  # that are not shown


def read(path: Path) -> tuple[Alike, ...]:
    """The exercises in the file; raises ``Told`` and ``OSError``."""
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] != SCHEMA:
            raise Told("similarity.file", file=path.name)
        return tuple(_exercise(one) for one in data["exercises"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Told("similarity.file", file=path.name) from error


def _exercise(data: Mapping[str, Any]) -> Alike:
    pairs, in_common = data["pairs"], data.get("in_common", ())
    return Alike(
        str(data["exercise"]), int(data["compared"]), tuple(_pair(one) for one in pairs[:_MOST]),
        max(0, len(pairs) - _MOST),
        tuple(_names(one["members"]) for one in data["clusters"] if len(one["members"]) > 2),
        _names(data["too_small"]), _names([one["learner"] for one in data["unreadable"]]),
        tuple(_in_common(one) for one in in_common[:_MOST]), max(0, len(in_common) - _MOST),
    )  # fmt: skip


def _names(data: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(one) for one in data)


def _pair(data: Mapping[str, Any]) -> Pair:
    return Pair(
        str(data["left"]), str(data["right"]), _percent(data["score"]), _percent(data["wording"]), int(data["shared"]),
        _places(data["evidence"]),
    )  # fmt: skip


def _in_common(data: Mapping[str, Any]) -> InCommon:
    return InCommon(
        str(data["left"]), str(data["right"]), int(data["shared"]), _percent(data["left_share"]),
        _percent(data["right_share"]), _places(data["evidence"]),
    )  # fmt: skip


def _places(data: Sequence[Any]) -> tuple[tuple[Side, Side], ...]:
    return tuple((_side(one["left"]), _side(one["right"])) for one in data)


def _percent(value: float) -> int:
    return int(value * 100 + 0.5)


def _side(data: Mapping[str, Any]) -> Side:
    return Side(str(data["path"]), int(data["line"]), _names(data["lines"]))
