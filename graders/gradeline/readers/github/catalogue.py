"""What is known of published actions, found by name and version: ``actions.yaml``, compiled."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_COMPILED = Path(__file__).with_name("actions.compiled")
_NUMBERS = re.compile(r"[vV]?([0-9]+(?:\.[0-9]+)*)(?![0-9A-Za-z])")


@lru_cache(maxsize=1)
def entries() -> Mapping[str, Mapping[str, Any]]:
    """Every known action by its name in lower case (names are case-insensitive on GitHub)."""
    loaded: dict[str, Mapping[str, Any]] = json.loads(_COMPILED.read_text(encoding="utf-8"))
    return loaded


def version_number(version: str) -> tuple[float, float, float] | None:
    """A version as numbers; parts that are left open count as the newest.  None when it is none."""
    match = _NUMBERS.match(version.strip())
    if match is None:
        return None
    parts = [float(part[:9]) for part in match.group(1).split(".")[:3]]
    return _three(parts, math.inf)


def _bound(version: str) -> tuple[float, float, float]:
    parts = [float(part) for part in version.lstrip("v").split(".")]
    return _three(parts, 0.0)


def _three(parts: list[float], rest: float) -> tuple[float, float, float]:
    first, second, third = [*parts, rest, rest][:3]
    return first, second, third


def is_before(version: str, bound: str) -> bool:
    """Whether ``version`` is known to be older than ``bound``; False for what is no version."""
    number = version_number(version)
    return number is not None and number < _bound(bound)


def removed(name: str, version: str) -> str:
    """Why GitHub no longer runs this version of an action; empty when it does or nothing is known."""
    number = version_number(version)
    if number is None:
        return ""
    for rule in entries().get(name.lower(), {}).get("removed", ()):
        if _bound(rule.get("from", "v0")) <= number < _bound(rule["before"]):
            return str(rule["why"])
    return ""


def effects(name: str) -> tuple[Mapping[str, Any], ...]:
    """The effects of an action as data; see ``effects.py`` for their meaning."""
    return tuple(entries().get(name.lower(), {}).get("effects", ()))
