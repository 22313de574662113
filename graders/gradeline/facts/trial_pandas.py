"""Functions of pandas that followed tests call (pandas, "API reference")."""

from __future__ import annotations

import math
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_machine import Machine
from gradeline.facts.trial_things import Fields, Given, Named, PathText
from gradeline.facts.trial_values import Column, Lost, listed


def frame(machine: Machine, given: Given, named: Named) -> Frame:
    data = given[0] if given else named.get("data", {})
    if named.get("orient", "columns") != "columns":
        raise Lost("a table takes another form")
    index = named.get("index")
    labels = list(listed(index)) if index is not None else None
    columns = named.get("columns", given[2] if len(given) > 2 else None)
    if isinstance(data, Frame):
        return data.copy() if columns is None else data.copy()._only(listed(columns))
    if isinstance(data, dict):
        found = Frame({}, labels)
        if labels is None:
            first = next((one for one in data.values() if isinstance(one, Column) and one.index is not None), None)
            count = max((len(one) if isinstance(one, list | tuple | Column | range) else 1 for one in data.values()),
                        default=0)  # fmt: skip
            found.labels = list(first.index) if first is not None and first.index is not None else list(range(count))
        for key, value in data.items():
            found._put(key, value.to_numpy() if isinstance(value, Column) and value.index is None else value)
        return found if columns is None else found._only(listed(columns))
    rows = machine.items(data)
    names = listed(columns) if columns is not None else None
    if rows and all(isinstance(one, dict) for one in rows):
        keys = names or list(dict.fromkeys(key for one in rows for key in one))
        return Frame({key: [one.get(key, math.nan) for one in rows] for key in keys}, labels)
    if rows and all(isinstance(one, Column) and one.index is not None for one in rows):
        keys = names or list(rows[0].index)
        return Frame({key: [one[key] for one in rows] for key in keys}, labels or [one.name for one in rows])
    if rows and all(isinstance(one, Fields) for one in rows):
        keys = names or [key for key in rows[0].fields if key != "Index"]
        return Frame({key: [one.fields.get(key) for one in rows] for key in keys}, labels)
    if names is not None:
        spread = [machine.items(one) if isinstance(one, tuple | list | Column) else [one] for one in rows]
        if any(len(one) != len(names) for one in spread):
            raise Lost("a row has another length than its names")
        return Frame({key: [one[place] for one in spread] for place, key in enumerate(names)}, labels)
    raise Lost("what becomes a table is not known")


def series(machine: Machine, given: Given, named: Named) -> Column:
    data = given[0] if given else named.get("data", [])
    index = named.get("index", given[1] if len(given) > 1 else None)
    labels = list(listed(index)) if index is not None else None
    if isinstance(data, dict):
        return Column(list(data.values()), list(data), None, named.get("name"))
    if isinstance(data, int | float | str):
        data = [data] * (len(labels) if labels is not None else 1)
    rows = data.rows if isinstance(data, Column) else None
    own = data.index if isinstance(data, Column) and data.index is not None and labels is None else None
    values = list(listed(data))
    kept = labels if labels is not None else own if own is not None else list(range(len(values)))
    if len(kept) != len(values):
        raise Lost("a column has another length than its labels")
    return Column(values, kept, rows, named.get("name"))


def concat(machine: Machine, given: Given, named: Named) -> Any:
    source = given[0] if given else named["objs"]
    parts = list(source.values()) if isinstance(source, dict) else machine.items(source)
    if parts and all(isinstance(one, Column) for one in parts):
        if named.get("axis") in (1, "columns"):
            return Frame({one.name if one.name is not None else place: one.values for place, one in enumerate(parts)},
                         parts[0].index)  # fmt: skip
        index = [label for one in parts for label in (one.index or range(len(one)))]
        return Column([one for part in parts for one in part.values],
                      list(range(len(index))) if named.get("ignore_index") else index)  # fmt: skip
    if parts and named.get("axis") in (1, "columns") and isinstance(parts[0], Frame):
        found = parts[0].copy()
        for one in parts[1:]:
            for key, column in one.items() if isinstance(one, Frame) else [(one.name, one)]:
                found._put(key, column)
        return found
    if not parts or not all(isinstance(one, Frame) for one in parts):
        raise Lost("tables are put together")
    names = list(dict.fromkeys(name for one in parts for name in one.cells))
    cells = {name: [value for one in parts for value in one.cells.get(name, [math.nan] * len(one))] for name in names}
    labels = [label for one in parts for label in one.labels]
    rows = [row for one in parts for row in one.rows] if all(one.rows is not None for one in parts) else None
    return Frame(cells, list(range(len(labels))) if named.get("ignore_index") else labels, rows)


def read_csv(machine: Machine, given: Given, named: Named) -> Frame:
    from gradeline.facts.trial_tables import read_table

    return read_table(machine, str(given[0]) if isinstance(given[0], str | PathText) else "", named)
