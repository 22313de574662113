"""Files that a script or a test writes in a trial, and reads again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from gradeline.facts.gate_state import Machine
from gradeline.facts.gate_values import Const, Data, Seq, Table, Value
from gradeline.facts.known_frames import Frame
from gradeline.facts.known_values import Held, Number, made

MAX_TEXT = 100_000


def written(machine: Machine, path: Value) -> Value | None:
    """What was written under a path; None when nothing was."""
    from gradeline.facts.gate_files import placed
    from gradeline.facts.gate_values import Opened

    inner = path.path if isinstance(path, Opened) else path
    if machine.world is None or not (isinstance(inner, Const) and isinstance(inner.data, str)):
        return None
    found: Value | None = machine.world.files.get(placed(machine, inner.data))
    return found


def keep(machine: Machine, path: Value, content: Value) -> None:
    from gradeline.facts.gate_files import placed

    if machine.world is None or not (isinstance(path, Const) and isinstance(path.data, str)):
        return
    machine.world.files[placed(machine, path.data)] = content


def values_of(content: Value) -> Value | None:
    """The values of a text that was made by ``json.dumps`` or ``yaml.safe_dump``, or that is JSON."""
    if isinstance(content, Const) and isinstance(content.data, str) and content.data.lstrip()[:1] in ("{", "["):
        try:
            return made(json.loads(content.data[:MAX_TEXT]))
        except (ValueError, RecursionError):
            return None
    if isinstance(content, Data) and content.call == "text" and len(content.given) == 1 and isinstance(
        content.given[0], Table | Seq):  # fmt: skip
        return content.given[0]
    return content if isinstance(content, Table) else None


def frame_of(content: Value | None) -> Frame | None:
    """The rows of a text of comma-separated values."""
    if isinstance(content, Frame):
        return Frame(content.columns)
    if not (isinstance(content, Const) and isinstance(content.data, str)) or len(content.data) > MAX_TEXT:
        return None
    rows = list(csv.reader(io.StringIO(content.data.strip())))
    if not rows:
        return None
    cells = [[_cell(row[at]) if at < len(row) else float("nan") for row in rows[1:] if row]
             for at in range(len(rows[0]))]  # fmt: skip
    return Frame({name.strip(): column for name, column in zip(rows[0], cells, strict=True)})


def _cell(text: str) -> Any:
    for kind in (int, Number):
        try:
            return kind(text)
        except ValueError:
            continue
    return text if text.strip() else float("nan")


__all__ = ["Held", "frame_of", "keep", "values_of", "written"]
