"""The rows of a table whose cells are known, divided into groups: pandas ``GroupBy``.

pandas documentation, "API reference, GroupBy" and "Named aggregation".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gradeline.facts.gate_state import Machine, Raised
from gradeline.facts.gate_values import Const, Native, Seq, Table, Value, lineage_of
from gradeline.facts.known_columns import Column
from gradeline.facts.known_frames import Frame, Named
from gradeline.facts.known_values import (
    REDUCES,
    Held,
    argument,
    called,
    made,
    native,
    pairs,
    plain,
    reduced,
    unique,
    unknown,
)
from gradeline.source import Span


class Groups(Held):
    """The rows of a table by group; ``chosen``: of one column of it, or of some."""

    __slots__ = ("as_index", "frame", "names", "one", "places", "some")
    kind = "division into groups"

    def __init__(self, frame: Frame, names: tuple[Any, ...], places: dict[Any, list[int]], one: Any = None,
                 some: list[Any] | None = None, as_index: bool = True) -> None:  # fmt: skip
        self.frame = frame
        self.names = names
        self.places = places
        self.one = one
        self.some = some
        self.as_index = as_index

    def chosen(self, name: Any) -> Groups:
        return Groups(self.frame, self.names, self.places, name, None, self.as_index)

    @property
    def _label(self) -> Any:
        return self.names[0] if len(self.names) == 1 else self.names

    def parts(self) -> list[tuple[Any, Value]]:
        found: list[tuple[Any, Value]] = []
        for label, places in self.places.items():
            part = self.frame.at(places)
            shown = math.nan if label is None else label
            if self.one is not None:
                found.append((shown, Column(part.columns[self.one], part.index, self.one)))
            else:
                found.append((shown, part if self.some is None else Frame(
                    {name: part.columns[name] for name in self.some}, part.index)))  # fmt: skip
        return found

    def items(self, machine: Machine, span: Span) -> list[Value]:
        machine.worked(span, 4 * self.frame.count)
        return list(pairs(*([list(side) for side in zip(*self.parts(), strict=True)] or [[], []])))

    def length(self, span: Span) -> int:
        return len(self.places)

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        wanted = plain(key, span)
        for name in wanted if isinstance(wanted, list) else [wanted]:
            self.frame.column(name, span)
        if isinstance(wanted, list):
            return Groups(self.frame, self.names, self.places, None, wanted, self.as_index)
        return self.chosen(wanted)

    def _columns(self) -> list[Any]:
        if self.one is not None:
            return [self.one]
        return self.some if self.some is not None else [
            name for name in self.frame.columns if name not in self.names
        ]  # fmt: skip

    @property
    def _index(self) -> list[Any]:
        return [math.nan if label is None else label for label in self.places]

    def _table(self, columns: dict[Any, list[Any]]) -> Frame:
        found = Frame(columns, self._index, self._label)
        if self.as_index:
            return found
        if len(self.names) == 1:
            return Frame({self.names[0]: self._index, **columns})
        keys = {name: [label[place] for label in self._index] for place, name in enumerate(self.names)}
        return Frame({**keys, **columns})

    def _reduced(self, machine: Machine, name: str, span: Span) -> Value:
        machine.worked(span, self.frame.count)
        if name == "size":
            sizes = [len(places) for places in self.places.values()]
            return Column(sizes, self._index) if self.as_index else self._table({"size": sizes})
        found: dict[Any, list[Any]] = {}
        for column in self._columns():
            cells = self.frame.columns[column]
            texts = any(isinstance(one, str) for one in cells)
            if texts and self.one is None and name not in ("count", "nunique", "first", "last", "min", "max"):
                continue
            found[column] = [reduced(name, [cells[place] for place in places], span)
                             for places in self.places.values()]  # fmt: skip
        if self.one is not None:
            if not self.as_index:
                return self._table(found)
            return Column(found[self.one], self._index, self.one)
        return self._table(found)

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name == "ngroups":
            return made(len(self.places))
        if name in ("groups", "indices"):
            return Table({label: Seq([made(self.frame.index[place]) for place in places])
                          for label, places in self.places.items()})  # fmt: skip
        if name in REDUCES:
            return native(name, lambda given, named, at: self._reduced(machine, name, at))
        method = getattr(self, f"_do_{name}", None)
        if method is not None:
            return Native(name, lambda given, named, at: method(machine, given, named, at))
        if name in self.frame.columns:
            return self.chosen(name)
        raise unknown("division into groups", name, span)

    def _do_apply(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        function = argument(given, named, 0, "func")
        more = {key: value for key, value in named.items() if key not in ("func", "include_groups")}
        found: dict[Any, Value] = {}
        machine.worked(span, 4 * self.frame.count)
        for label, part in self.parts():
            if isinstance(part, Column):
                part.name = label if self.one is None else self.one
            found[label] = called(machine, function, [part, *given[1:]], more, span)
        return gathered(found, self._label, span)

    def _do_pipe(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return called(machine, given[0], [self, *given[1:]], named, span)

    def _do_agg(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        wanted = argument(given, named, 0, "func")
        columns: dict[Any, list[Any]] = {}
        if not given and "func" not in named:
            for label, pair in named.items():
                source, function = self._pair(pair, span)
                columns[label] = self._one(machine, source, function, span)
            return self._table(columns)
        if isinstance(wanted, Table):
            for source, function in wanted.items.items():
                if isinstance(function, Seq):
                    raise unknown("division into groups", "agg", span)
                columns[source] = self._one(machine, source, function, span)
            return self._table(columns)
        if isinstance(wanted, Seq):
            if self.one is None:
                raise unknown("division into groups", "agg", span)
            for one in wanted.items:
                name: Any = getattr(getattr(one, "node", None), "name", "?")
                columns[one.data if isinstance(one, Const) else name] = self._one(machine, self.one, one, span)
            return self._table(columns)
        if isinstance(wanted, Const) and isinstance(wanted.data, str):
            return self._reduced(machine, wanted.data, span)
        if self.one is not None:
            return Column(self._one(machine, self.one, wanted, span), self._index, self.one)
        return self._table({name: self._one(machine, name, wanted, span) for name in self._columns()})

    _do_aggregate = _do_agg

    def _pair(self, pair: Value, span: Span) -> tuple[Any, Value]:
        if isinstance(pair, Seq) and len(pair.items) == 2:
            return plain(pair.items[0], span), pair.items[1]
        if isinstance(pair, Native) and {"column", "aggfunc"} <= set(pair.state):
            return plain(pair.state["column"], span), pair.state["aggfunc"]
        if self.one is not None:
            return self.one, pair
        raise unknown("division into groups", "agg", span)

    def _one(self, machine: Machine, source: Any, function: Value, span: Span) -> list[Any]:
        machine.worked(span, self.frame.count)
        column = self.frame.column(source, span)
        found: list[Any] = []
        for places in self.places.values():
            cells = [column.values[place] for place in places]
            if isinstance(function, Const) and isinstance(function.data, str):
                found.append(reduced(function.data, cells, span))
            else:
                part = Column(cells, [self.frame.index[place] for place in places], source)
                found.append(plain(called(machine, function, [part], {}, span), span))
        return found

    def _do_get_group(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        label = plain(argument(given, named, 0, "name"), span)
        label = label[0] if isinstance(label, tuple) and len(label) == 1 else label
        if label not in self.places:
            raise Raised(lineage_of("KeyError"), span)
        place = list(self.places).index(label)
        return self.parts()[place][1]

    def _do_transform(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        function = argument(given, named, 0, "func")
        cells: list[Any] = [math.nan] * self.frame.count
        source = self.one if self.one is not None else next(iter(self.frame.columns), None)
        for places, answer in zip(self.places.values(), self._one(machine, source, function, span), strict=True):
            for place in places:
                cells[place] = answer
        return Column(cells, self.frame.index, self.one)

    def _do_filter(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        from gradeline.facts.gate_comparisons import holds

        keep: set[int] = set()
        for places, (_, part) in zip(self.places.values(), self.parts(), strict=True):
            if holds(machine, called(machine, given[0], [part], {}, span), span):
                keep |= set(places)
        return self.frame.kept([place in keep for place in range(self.frame.count)])

    def _do_value_counts(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        raise unknown("division into groups", "value_counts", span)


def gathered(found: Mapping[Any, Value], label: Any, span: Span) -> Value:
    """Answers for each group: numbers become a column, columns and dictionaries a table."""
    values = list(found.values())
    if values and all(isinstance(one, Column) for one in values):
        names = unique([name for one in values if isinstance(one, Column) for name in one.index])
        return Frame({name: [one._at(name, span) for one in values if isinstance(one, Column)] for name in names},
                     list(found), label)  # fmt: skip
    return Column([plain(one, span) if not isinstance(one, Seq | Table) else one for one in values], list(found))
