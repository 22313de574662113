"""``frame.loc`` and ``frame.iloc`` of a followed test (pandas, "Indexing and selecting data")."""

from __future__ import annotations

from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_values import Column, Lost, chosen, listed


class At:
    """``frame.loc`` and ``frame.iloc``, of columns, too."""

    __slots__ = ("by_label", "of")

    def __init__(self, of: Any, by_label: bool) -> None:
        self.of = of
        self.by_label = by_label

    def _places(self, key: Any) -> tuple[list[int], bool]:
        """The rows that are meant, and whether it is one by its name or number."""
        of = self.of
        labels = of.labels if isinstance(of, Frame) else of.index if of.index is not None else list(range(len(of)))
        key = key(of) if callable(key) and not isinstance(key, Column) else key
        if isinstance(key, slice):
            if not self.by_label:
                return list(range(len(labels)))[key], False
            if key.start is None and key.stop is None:
                return list(range(len(labels))), False
            first = labels.index(key.start) if key.start is not None and key.start in labels else 0
            last = labels.index(key.stop) if key.stop is not None and key.stop in labels else len(labels) - 1
            return list(range(first, last + 1)), False
        if isinstance(key, list | Column | range):
            return chosen(list(key) if isinstance(key, range) else key, len(labels),
                          labels if self.by_label else None), False  # fmt: skip
        if self.by_label:
            found = [place for place, one in enumerate(labels) if one == key]
            if not found:
                raise Lost(f"there is no row {key!r}")
            return found, len(found) == 1
        if not isinstance(key, int) or not -len(labels) <= key < len(labels):
            raise Lost("a place behind the end of a table is asked for")
        return [key % len(labels)], True

    def _names(self, key: Any) -> tuple[list[Any], bool]:
        names = list(self.of.cells)
        if isinstance(key, slice) and key == slice(None):
            return names, False
        if self.by_label:
            return (listed(key), False) if isinstance(key, list | Column) else ([key], True)
        return ([names[one] for one in key], False) if isinstance(key, list) else ([names[key]], True)

    def __getitem__(self, key: Any) -> Any:
        of = self.of
        if isinstance(of, Column):
            places, single = self._places(key)
            return of.values[places[0]] if single else of._taken(places)
        rows, names = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
        places, single = self._places(rows)
        if names is None:
            return of.row(places[0]) if single else of.taken(places)
        wanted, one_name = self._names(names)
        if single and one_name:
            return of.column(wanted[0]).values[places[0]]
        part = of.taken(places)
        if one_name:
            return part.column(wanted[0])
        return part._only(wanted).row(0) if single else part._only(wanted)

    def __setitem__(self, key: Any, value: Any) -> None:
        of = self.of
        if isinstance(of, Column):
            of[self._places(key)[0]] = value
            return
        if not isinstance(key, tuple) or len(key) != 2:
            raise Lost("all values of some rows are set at once")
        places, _ = self._places(key[0])
        for name in self._names(key[1])[0]:
            cells = list(of.cells.get(name, [None] * len(of.labels)))
            values = value.values if isinstance(value, Column) else value if isinstance(value, list) else None
            if values is not None and len(values) not in (len(places), 1):
                raise Lost("columns of different lengths are put together")
            for number, place in enumerate(places):
                cells[place] = values[number if len(values) > 1 else 0] if values is not None else value
            of.cells[name] = cells
