"""Arrays of two dimensions in a followed test (NumPy, ``ndarray``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradeline.facts.trial_values import Column, Lost


class Grid:
    """An array of two dimensions, kept by its columns."""

    __slots__ = ("columns",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self), len(self.columns))

    @property
    def T(self) -> list[Column]:  # noqa: N802 - NumPy calls it so
        return self.columns

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __iter__(self) -> Iterator[Column]:
        return iter([self[place] for place in range(len(self))])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2:
            rows, number = key
            if isinstance(number, slice):
                picked = [one[rows] for one in self.columns[number]]
                return Grid(picked) if picked and isinstance(picked[0], Column) else Column(picked)
            if not isinstance(number, int) or not -len(self.columns) <= number < len(self.columns):
                raise Lost("an array is used in a way that is not known")
            return self.columns[number][rows]
        if isinstance(key, int):
            return Column([one[key] for one in self.columns])
        return Grid([one[key] for one in self.columns])

    def flat(self) -> list[Any]:
        return [value for one in zip(*self.columns, strict=True) for value in one]

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, Grid):
            raise Lost("an array is used in a way that is not known")
        return Grid([one - two for one, two in zip(self.columns, other.columns, strict=True)])

    def __abs__(self) -> Grid:
        return Grid([abs(one) for one in self.columns])

    def _truths(self, other: Any, name: str) -> Grid:
        if getattr(other, "is_approx", False) or (isinstance(other, Grid) and len(other.columns) != len(self.columns)):
            raise Lost("an array is used in a way that is not known")
        many = other.columns if isinstance(other, Grid) else [other] * len(self.columns)
        return Grid([getattr(one, name)(two) for one, two in zip(self.columns, many, strict=True)])

    def __eq__(self, other: Any) -> Any:
        return self._truths(other, "__eq__")

    def __ge__(self, other: Any) -> Any:
        return self._truths(other, "__ge__")

    def __le__(self, other: Any) -> Any:
        return self._truths(other, "__le__")

    def all(self) -> bool:
        return all(self.flat())

    def any(self) -> bool:
        return any(self.flat())

    def _across(self, function: Callable[[list[Any]], Any], axis: Any) -> Any:
        if axis is None:
            return function(self.flat())
        if axis in (1, -1):
            rows = self.columns[0].rows if self.columns else None
            return Column([function(list(one)) for one in zip(*self.columns, strict=True)], None, rows)
        return Column([function(one.values) for one in self.columns])

    def max(self, axis: Any = None) -> Any:
        return self._across(max, axis)

    def min(self, axis: Any = None) -> Any:
        return self._across(min, axis)

    def sum(self, axis: Any = None) -> Any:
        return self._across(sum, axis)

    def argmax(self, axis: Any = None) -> Any:
        return self._across(lambda many: many.index(max(many)), axis)

    def ravel(self) -> Column:
        return Column(self.flat())

    flatten = ravel
