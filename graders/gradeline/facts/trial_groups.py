"""Groups of rows in a followed test (pandas, "Group by: split-apply-combine").  Forming groups by a column is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_values import Column, Lost, grouped, listed


class Groups:
    """Places of rows by the value they have in common, of a table or of a column."""

    __slots__ = ("of", "places")

    def __init__(self, of: Frame | Column, places: dict[Any, list[int]]) -> None:
        self.of = of
        self.places = places

    @staticmethod
    def formed(of: Frame | Column, by: Any) -> Groups:
        several = by if isinstance(by, list) else [by]
        columns: list[list[Any]] = []
        for one in several:
            if isinstance(one, str) and isinstance(of, Frame):
                columns.append(of.column(one).values)
                grouped(one)
            elif isinstance(one, Column):
                labels = of.labels if isinstance(of, Frame) else of.index
                if one.index is not None and labels is not None and one.index != labels:
                    known = dict(zip(one.index, one.values, strict=True))
                    columns.append([known.get(label) for label in labels])
                else:
                    columns.append(one.values)
                grouped(one.name)
            else:
                raise Lost("how groups are formed is not known")
        found: dict[Any, list[int]] = {}
        for place, values in enumerate(zip(*columns, strict=True)):
            found.setdefault(values if isinstance(by, list) and len(by) > 1 else values[0], []).append(place)
        return Groups(of, {key: found[key] for key in sorted(found, key=str)})

    def _part(self, places: list[int]) -> Any:
        return self.of.taken(places) if isinstance(self.of, Frame) else self.of._taken(places)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter([(key, self._part(places)) for key, places in self.places.items()])

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, key: Any) -> Groups:
        if not isinstance(self.of, Frame):
            raise Lost("a part of groups is asked for")
        return Groups(self.of[key], self.places)

    @property
    def groups(self) -> dict[Any, list[int]]:
        return self.places

    @property
    def ngroups(self) -> int:
        return len(self.places)

    def get_group(self, key: Any) -> Any:
        if key not in self.places:
            raise Lost(f"there is no group {key!r}")
        return self._part(self.places[key])

    def size(self) -> Column:
        return Column([len(one) for one in self.places.values()], list(self.places))

    def apply(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        named.pop("include_groups", None)
        found = [function(self._part(places), *given, **named) for places in self.places.values()]
        if any(isinstance(one, Frame | Column) for one in found):
            raise Lost("groups become tables again")
        return Column(found, list(self.places))

    def agg(self, function: Any = None, **named: Any) -> Any:
        if named:
            cells: dict[Any, list[Any]] = {}
            for name, (column, what) in named.items():
                cells[name] = self[column].agg(what).values
            return Frame(cells, list(self.places))
        if isinstance(function, list):
            return Frame({getattr(one, "name", one): self.agg(one).values for one in function}, list(self.places))
        if isinstance(function, str):
            return self._reduced(function)
        return self.apply(function)

    aggregate = agg

    def transform(self, function: Any) -> Column:
        if not isinstance(self.of, Column):
            raise Lost("groups become tables again")
        values: list[Any] = [None] * len(self.of)
        for places in self.places.values():
            part = self.of._taken(places)
            one = getattr(part, function)() if isinstance(function, str) else function(part)
            for number, place in enumerate(places):
                values[place] = listed(one)[number] if isinstance(one, Column) else one
        return self.of._like(values)

    def head(self, n: int = 5) -> Any:
        return self._part(sorted(place for places in self.places.values() for place in places[:n]))

    def sample(self, n: int = 1, random_state: Any = None) -> Any:
        return self.head(n)

    def first(self) -> Any:
        return self._reduced("first")

    def _reduced(self, name: str) -> Any:
        if name not in (
            "mean",
            "min",
            "max",
            "sum",
            "count",
            "median",
            "std",
            "all",
            "any",
            "nunique",
            "first",
            "size",
        ):
            raise Lost("what is asked of groups is not known")
        if name == "size":
            return self.size()
        parts = [self._part(places) for places in self.places.values()]
        if isinstance(self.of, Column):
            return Column([one.values[0] if name == "first" else getattr(one, name)() for one in parts],
                          list(self.places), None, self.of.name)  # fmt: skip
        numbers = [key for key, many in self.of.cells.items() if name in ("first", "count", "nunique") or all(
            isinstance(one, int | float) for one in many)]  # fmt: skip
        cells: dict[Any, list[Any]] = {
            key: [one.column(key).values[0] if name == "first" else getattr(one.column(key), name)() for one in parts]
            for key in numbers
        }
        return Frame(cells, list(self.places))

    def mean(self) -> Any:
        return self._reduced("mean")

    def min(self) -> Any:
        return self._reduced("min")

    def max(self) -> Any:
        return self._reduced("max")

    def sum(self) -> Any:
        return self._reduced("sum")

    def count(self) -> Any:
        return self._reduced("count")

    def median(self) -> Any:
        return self._reduced("median")

    def std(self) -> Any:
        return self._reduced("std")

    def all(self) -> Any:
        return self._reduced("all")

    def any(self) -> Any:
        return self._reduced("any")

    def nunique(self) -> Any:
        return self._reduced("nunique")
