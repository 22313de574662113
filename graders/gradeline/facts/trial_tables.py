"""Data files of the repository, as followed tests read them."""

from __future__ import annotations

import csv
import math
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_machine import Machine
from gradeline.facts.trial_things import OpenFile
from gradeline.facts.trial_values import Lost

MAX_READ = 120  # rows of a long file that stand for all of them


def read_table(machine: Machine, path: str, named: dict[str, Any]) -> Frame:
    """The table in a file.  Of a long one every n-th row is taken, so that all of its groups are in it."""
    last = path.rpartition("/")[2]
    known = machine.kept.get(("table", last))
    if known is None:
        paths = machine.paths(last)
        text = machine.files(paths[0]) if len(paths) == 1 else None
        if text is None or not last.endswith((".csv", ".tsv")):
            raise Lost(f"what is in {last or 'a file'} cannot be seen")
        known = machine.kept[("table", last)] = parsed(text, "\t" if last.endswith(".tsv") else ",")
        machine.kept[("every", last)] = every(text.count("\n") - 1)
    found = known.copy()
    if isinstance(named.get("nrows"), int):
        found = found.head(named["nrows"])
    if "usecols" in named:
        found = found._only(list(named["usecols"]))
    if "index_col" in named and isinstance(named["index_col"], str):
        found = found.set_index(named["index_col"])
    return found


def read_values(machine: Machine, given: Any) -> Any:
    """The values in a YAML, JSON or TOML file of the repository."""
    path = given.path if isinstance(given, OpenFile) else ""
    last = path.rpartition("/")[2]
    found = [one for place, one in machine.documents.items() if place.rpartition("/")[2] == last]
    if not last or len(found) != 1 or found[0].problem:
        raise Lost(f"what is in {last or 'a file'} cannot be seen")
    whole: dict[Any, Any] = {}
    for key, value in found[0].values.items():
        if value.size is not None or not key:
            continue  # a table or a list: its parts follow
        inner = whole
        for part in key[:-1]:
            inner = inner.setdefault(part, {})
        inner[key[-1]] = value.data
    return _listed(whole)


def _listed(value: Any) -> Any:
    """Lists were kept by the numbers of their parts."""
    if not isinstance(value, dict):
        return value
    parts = {key: _listed(one) for key, one in value.items()}
    whole = bool(parts) and list(parts) == list(range(len(parts)))
    return list(parts.values()) if whole else parts


def parsed(text: str, sign: str = ",") -> Frame:
    rows = list(csv.reader(text.splitlines()[:20_000], delimiter=sign))
    if not rows or len(rows[0]) > 100:
        raise Lost("a data file cannot be read")
    body = [one for one in rows[1:] if len(one) == len(rows[0])]
    body = body[:: every(len(body))]
    return Frame({name: _typed([one[place] for one in body]) for place, name in enumerate(rows[0])})


def every(count: int) -> int:
    """Of how many rows of a file one is taken."""
    return max(1, math.ceil(count / MAX_READ))


def _typed(texts: list[str]) -> list[Any]:
    for kind in (int, float):
        try:
            return [kind(one) if one else math.nan for one in texts]
        except ValueError:
            continue
    return [one or math.nan for one in texts]
