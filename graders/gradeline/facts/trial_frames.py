"""Tables of a followed test: the part of pandas' ``DataFrame`` that tests of models use.

Source: the API reference of pandas (``DataFrame``, ``loc``, ``iloc``, ``assign``, ``replace``, ``query``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_values import METER, Column, Lost, Row, chosen, drawn, grouped, listed, missing, worked

_OUTER = "outer__"  # in the place of the ``@`` before a name of the function around a query


class Frame:
    """A table.  ``rows``: the records that its rows were computed from inside the code under test."""

    __slots__ = ("cells", "labels", "rows")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, cells: dict[Any, list[Any]], labels: list[Any] | None = None, rows: list[Row] | None = None
    ) -> None:
        count = len(next(iter(cells.values()))) if cells else len(labels or [])
        worked(count * max(1, len(cells)) // 4)
        self.cells = cells
        self.labels = labels if labels is not None else list(range(count))
        self.rows = rows
        if any(len(one) != len(self.labels) for one in cells.values()):
            raise Lost("columns of different lengths are put together")

    def records(self) -> list[Row]:
        """Each row by its column names, with what it was computed from behind it."""
        own = [dict(zip(self.cells, values, strict=True)) for values in zip(*self.cells.values(), strict=True)]
        own = own or [{} for _ in self.labels]
        return own if self.rows is None else [{**known, **one} for known, one in zip(self.rows, own, strict=True)]

    def taken(self, places: list[int]) -> Frame:
        return Frame(
            {name: [values[one] for one in places] for name, values in self.cells.items()},
            [self.labels[one] for one in places],
            None if self.rows is None else [self.rows[one] for one in places],
        )

    def column(self, name: Any) -> Column:
        if name not in self.cells:
            raise Lost(f"there is no column {name!r}")
        return Column(self.cells[name], self.labels, self.rows, name)

    def _put(self, name: Any, value: Any) -> None:
        count = len(self.labels)
        if isinstance(value, Frame) and len(value.cells) == 1:
            value = value.column(next(iter(value.cells)))
        if isinstance(value, Column):
            values = value.values
            if value.index is not None and value.index != self.labels and self.cells:
                known = dict(zip(value.index, values, strict=True))
                values = [known.get(one) for one in self.labels]
            if self.rows is None and value.rows is not None and len(value.rows) == count:
                self.rows = value.rows
        elif isinstance(value, list | tuple | range):
            values = list(value)
        elif isinstance(value, str | int | float | bool) or value is None:
            values = [value] * count
        else:
            raise Lost("what becomes a column is not known")
        if not self.cells and not count:
            self.labels = value.index if isinstance(value, Column) and value.index else list(range(len(values)))
        elif len(values) != count:
            raise Lost("columns of different lengths are put together")
        worked(len(values))
        self.cells[name] = list(values)

    # -- reading and writing -------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str | int):
            return self.column(key)
        if isinstance(key, slice):
            return self.taken(list(range(len(self.labels)))[key])
        if isinstance(key, list | tuple) or (isinstance(key, Column) and key.values and isinstance(key.values[0], str)):
            return self._only(listed(key))
        return self.taken(chosen(key, len(self.labels), self.labels))

    def _only(self, names: list[Any]) -> Frame:
        if names and all(isinstance(one, bool) for one in names):
            return self.taken(chosen(names, len(self.labels), None))
        if any(one not in self.cells for one in names):
            raise Lost("a column is asked for that is not there")
        return Frame({one: list(self.cells[one]) for one in names}, self.labels, self.rows)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, list):
            given = [value[one] for one in value.cells] if isinstance(value, Frame) else [value] * len(key)
            for name, one in zip(key, given, strict=False):
                self._put(name, one)
            return
        if isinstance(key, Column):
            raise Lost("all values of some rows are set at once")
        self._put(key, value)

    def __delitem__(self, key: Any) -> None:
        self.cells.pop(key, None)

    def __contains__(self, name: Any) -> bool:
        return name in self.cells

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cells)

    def __bool__(self) -> bool:
        raise Lost("a whole table is used as one truth")

    def _all(self, other: Any, name: str) -> Frame:
        found: dict[Any, list[Any]] = {}
        for one in self.cells:
            more = other.column(one) if isinstance(other, Frame) else other
            found[one] = getattr(self.column(one), name)(more).values
        return Frame(found, self.labels, self.rows)

    def __eq__(self, other: Any) -> Any:
        return self._all(other, "__eq__")

    def __ne__(self, other: Any) -> Any:
        return self._all(other, "__ne__")

    def __ge__(self, other: Any) -> Any:
        return self._all(other, "__ge__")

    def __le__(self, other: Any) -> Any:
        return self._all(other, "__le__")

    def __sub__(self, other: Any) -> Any:
        return self._all(other, "__sub__")

    def __abs__(self) -> Frame:
        return Frame(
            {name: [abs(one) for one in values] for name, values in self.cells.items()}, self.labels, self.rows
        )

    @property
    def columns(self) -> Column:
        return Column(list(self.cells))

    @columns.setter
    def columns(self, names: Any) -> None:
        self.cells = dict(zip(listed(names), self.cells.values(), strict=True))

    @property
    def index(self) -> Column:
        return Column(list(self.labels))

    @index.setter
    def index(self, labels: Any) -> None:
        self.labels = list(listed(labels))

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.labels), len(self.cells))

    @property
    def empty(self) -> bool:
        return not self.labels or not self.cells

    @property
    def loc(self) -> Any:
        from gradeline.facts.trial_places import At

        return At(self, True)

    @property
    def iloc(self) -> Any:
        from gradeline.facts.trial_places import At

        return At(self, False)

    at, iat = loc, iloc

    def _settled(self, found: Frame, inplace: bool) -> Any:
        """A table made of this one, or this one changed to be like it."""
        if not inplace:
            return found
        self.cells, self.labels, self.rows = found.cells, found.labels, found.rows
        return None

    # -- tables made of it ---------------------------------------------------------------------

    def copy(self, deep: bool = True) -> Frame:
        return Frame({name: list(values) for name, values in self.cells.items()}, list(self.labels), self.rows)

    def assign(self, **named: Any) -> Frame:
        found = self.copy()
        for name, value in named.items():
            found._put(name, value(found) if callable(value) and not isinstance(value, Column) else value)
        return found

    def insert(self, loc: int, column: Any, value: Any) -> None:
        self._put(column, value)
        order = [one for one in self.cells if one != column]
        order.insert(loc, column)
        self.cells = {one: self.cells[one] for one in order}

    def pipe(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return function(self, *given, **named)

    def head(self, n: int = 5) -> Frame:
        return self.taken(list(range(len(self.labels)))[:n])

    def tail(self, n: int = 5) -> Frame:
        return self.taken(list(range(len(self.labels)))[-n:] if n else [])

    def sample(self, n: int | None = None, frac: float | None = None, random_state: Any = None, **more: Any) -> Frame:
        found = self.taken(drawn(len(self.labels), n, frac, more.get("replace", False), random_state))
        return found.reset_index(drop=True) if more.get("ignore_index") else found

    def reset_index(self, drop: bool = False, inplace: bool = False) -> Any:
        found = Frame(dict(self.cells), list(range(len(self.labels))), self.rows)
        if not drop:
            found.cells = {"index": list(self.labels), **found.cells}
        return self._settled(found, inplace)

    def set_index(self, keys: Any, drop: bool = True, inplace: bool = False) -> Any:
        values = list(keys.values) if isinstance(keys, Column) else self.column(keys).values
        cells = {name: one for name, one in self.cells.items() if not drop or name != keys}
        return self._settled(Frame(cells, list(values), self.rows), inplace)

    def reindex(self, index: Any = None, columns: Any = None) -> Frame:
        if columns is not None:
            return self._only(listed(columns))
        return self.taken(chosen(list(listed(index)), len(self.labels), self.labels))

    def sort_index(self, ascending: bool = True) -> Frame:
        places = range(len(self.labels))
        return self.taken(sorted(places, key=lambda one: self.labels[one], reverse=not ascending))

    def sort_values(self, by: Any, ascending: bool = True, ignore_index: bool = False, inplace: bool = False) -> Any:
        names = by if isinstance(by, list) else [by]
        places = range(len(self.labels))
        found = self.taken(sorted(places, key=lambda one: tuple(self.column(name).values[one] for name in names),
                                  reverse=not ascending))  # fmt: skip
        return self._settled(found.reset_index(drop=True) if ignore_index else found, inplace)

    def drop(
        self, labels: Any = None, axis: Any = 0, columns: Any = None, index: Any = None, inplace: bool = False,
        errors: str = "raise",
    ) -> Any:  # fmt: skip
        names = columns if columns is not None else labels if axis in (1, "columns") else None
        if names is not None:
            gone = [names] if isinstance(names, str) else listed(names)
            cells = {name: list(one) for name, one in self.cells.items() if name not in gone}
            return self._settled(Frame(cells, self.labels, self.rows), inplace)
        rows = labels if index is None else index
        gone = listed(rows) if isinstance(rows, list | Column) else [rows]
        found = self.taken([place for place, one in enumerate(self.labels) if one not in gone])
        return self._settled(found, inplace)

    def rename(self, columns: Any = None, inplace: bool = False) -> Any:
        by = columns.get if isinstance(columns, dict) else None
        cells = {(by(name, name) if by else columns(name)): list(one) for name, one in self.cells.items()}
        return self._settled(Frame(cells, self.labels, self.rows), inplace)

    def replace(self, to_replace: Any, value: Any = None, inplace: bool = False) -> Any:
        found = self.copy()
        for name in self.cells:
            if isinstance(to_replace, dict) and value is None and isinstance(to_replace.get(name), dict):
                found._put(name, found.column(name).replace(to_replace[name]))
            elif isinstance(to_replace, dict) and (
                value is not None or any(isinstance(one, dict) for one in to_replace.values())
            ):
                if name in to_replace and value is not None:
                    found._put(name, found.column(name).replace(to_replace[name], value))
            else:
                found._put(name, found.column(name).replace(to_replace, value))
        return self._settled(found, inplace)

    def fillna(self, value: Any) -> Frame:
        found = self.copy()
        for name in self.cells:
            given = value.get(name) if isinstance(value, dict) else value
            if given is not None:
                found._put(name, found.column(name).fillna(given))
        return found

    def dropna(self, subset: Any = None) -> Frame:
        names = list(self.cells) if subset is None else [subset] if isinstance(subset, str) else listed(subset)
        places = range(len(self.labels))
        return self.taken([one for one in places if not any(missing(self.cells[name][one]) for name in names)])

    def astype(self, dtype: Any) -> Frame:
        found = self.copy()
        for name in self.cells:
            kind = dtype.get(name) if isinstance(dtype, dict) else dtype
            if kind is not None:
                found._put(name, found.column(name).astype(kind))
        return found

    def drop_duplicates(self, subset: Any = None) -> Frame:
        names = [subset] if isinstance(subset, str) else list(self.cells) if subset is None else listed(subset)
        for name in names if subset is not None else ():
            grouped(name)
        seen: dict[Any, int] = {}
        for place in range(len(self.labels)):
            seen.setdefault(tuple(self.column(name).values[place] for name in names), place)
        return self.taken(list(seen.values()))

    def query(self, expr: str) -> Frame:
        """``query("tenure_months > 12 and contract == 'two-year'")``"""
        try:
            tree = ast.parse(expr[:500].replace("@", _OUTER), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            raise Lost("a query cannot be read") from None
        return self.taken(chosen(self._asked(tree), len(self.labels), self.labels))

    def _asked(self, node: ast.expr) -> Any:
        import operator

        signs: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
            ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
            ast.Eq: operator.eq, ast.NotEq: operator.ne,
            ast.In: lambda one, many: one.isin(many), ast.NotIn: lambda one, many: ~one.isin(many),
        }  # fmt: skip
        if isinstance(node, ast.BoolOp):
            parts = [self._asked(one) for one in node.values]
            found = parts[0]
            for one in parts[1:]:
                found = found & one if isinstance(node.op, ast.And) else found | one
            return found
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            left, right = self._asked(node.left), self._asked(node.right)
            return left & right if isinstance(node.op, ast.BitAnd) else left | right
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in signs:
            return signs[type(node.ops[0])](self._asked(node.left), self._asked(node.comparators[0]))
        if isinstance(node, ast.Name) and node.id.startswith(_OUTER) and METER.names is not None:
            return METER.names(node.id.removeprefix(_OUTER))
        if isinstance(node, ast.Name):
            return self.column(node.id)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.List | ast.Tuple):
            return [self._asked(one) for one in node.elts]
        raise Lost("a query cannot be read")

    def merge(self, right: Any, how: str = "inner", on: Any = None, **options: Any) -> Frame:
        if not isinstance(right, Frame) or options:
            raise Lost("tables are joined")
        pairs: list[tuple[int, int]] = []
        names = [on] if isinstance(on, str) else listed(on) if on is not None else []
        worked(len(self.labels) * len(right.labels) // 8)
        for one in range(len(self.labels)):
            pairs += [
                (one, two)
                for two in range(len(right.labels))
                if how == "cross" or all(self.cells[name][one] == right.cells[name][two] for name in names)
            ]
        if how not in ("cross", "inner", "left") or (how != "cross" and not names):
            raise Lost("tables are joined")
        cells = {name: [values[one] for one, _ in pairs] for name, values in self.cells.items()}
        cells |= {name: [values[two] for _, two in pairs] for name, values in right.cells.items() if name not in names}
        return Frame(cells, None, None if self.rows is None else [self.rows[one] for one, _ in pairs])

    def pivot_table(self, values: Any = None, index: Any = None, columns: Any = None, aggfunc: Any = "mean") -> Frame:
        """One row for each value of ``index``, one column for each value of ``columns``."""
        if not isinstance(values, str) or not isinstance(columns, str) or index is None:
            raise Lost("a table takes another form")
        several = isinstance(index, list | tuple)
        names = list(index) if isinstance(index, list | tuple) else [index]
        places: dict[Any, dict[Any, list[int]]] = {}
        for place in range(len(self.labels)):
            key = tuple(self.column(name).values[place] for name in names)
            column = self.column(columns).values[place]
            places.setdefault(key if several else key[0], {}).setdefault(column, []).append(place)
        heads = sorted({head for row in places.values() for head in row}, key=str)
        part = self.column(values)
        cells = {
            head: [
                getattr(part._taken(row[head]), aggfunc)() if head in row else float("nan") for row in places.values()
            ]
            for head in heads
        }
        return Frame(cells, list(places))

    def pivot(self, *, columns: Any, index: Any = None, values: Any = None) -> Frame:
        return self.pivot_table(values, index, columns)

    def nlargest(self, n: int, columns: Any) -> Any:
        return self.sort_values(columns, ascending=False).head(n)

    def nsmallest(self, n: int, columns: Any) -> Any:
        return self.sort_values(columns).head(n)

    def groupby(self, by: Any, observed: bool = True, sort: bool = True, dropna: bool = True) -> Any:
        from gradeline.facts.trial_groups import Groups

        return Groups.formed(self, by)

    # -- rows and other forms ------------------------------------------------------------------

    def row(self, place: int) -> Column:
        rows = None
        return Column([values[place] for values in self.cells.values()], list(self.cells), rows, self.labels[place])

    def iterrows(self) -> list[tuple[Any, Column]]:
        return [(self.labels[place], self.row(place)) for place in range(len(self.labels))]

    def itertuples(self, index: bool = True, name: str = "") -> list[Any]:
        from gradeline.facts.trial_things import Fields

        return [Fields({**({"Index": label} if index else {}), **{str(key): one for key, one in row.items()}})
                for label, row in zip(self.labels, self.records(), strict=True)]  # fmt: skip

    def apply(self, function: Callable[[Any], Any], axis: Any = 0) -> Column:
        if axis in (1, "columns"):
            return Column([function(self.row(place)) for place in range(len(self.labels))], self.labels, self.rows)
        return Column([function(self.column(name)) for name in self.cells], list(self.cells))

    def items(self) -> list[tuple[Any, Column]]:
        return [(name, self.column(name)) for name in self.cells]

    def to_dict(self, orient: str = "dict") -> Any:
        if orient == "records":
            return [dict(zip(self.cells, one, strict=True)) for one in zip(*self.cells.values(), strict=True)]
        if orient == "list":
            return {name: list(values) for name, values in self.cells.items()}
        raise Lost("a table takes another form")

    def to_numpy(self, dtype: Any = None) -> Grid:
        return Grid([Column(list(values), None, self.rows, name) for name, values in self.cells.items()])

    @property
    def values(self) -> Grid:
        return self.to_numpy()

    @property
    def T(self) -> Frame:  # noqa: N802 - pandas calls it so
        names = [str(one) for one in self.labels] if len(self.labels) < 200 else []
        if not names:
            raise Lost("a long table is turned")
        cells = {label: [values[place] for values in self.cells.values()] for place, label in enumerate(self.labels)}
        return Frame(cells, list(self.cells))

    def equals(self, other: Any) -> bool:
        return isinstance(other, Frame) and self.cells == other.cells and self.labels == other.labels

    def _reduced(self, name: str) -> Column:
        return Column([getattr(self.column(one), name)() for one in self.cells], list(self.cells))

    def all(self, axis: Any = 0) -> Any:
        return self._across(all) if axis in (1, "columns") else self._reduced("all")

    def any(self, axis: Any = 0) -> Any:
        return self._across(any) if axis in (1, "columns") else self._reduced("any")

    def mean(self, axis: Any = 0) -> Any:
        return self._across(lambda many: sum(many) / len(many)) if axis in (1, "columns") else self._reduced("mean")

    def sum(self, axis: Any = 0) -> Any:
        return self._across(sum) if axis in (1, "columns") else self._reduced("sum")

    def count(self) -> Column:
        return self._reduced("count")

    def nunique(self) -> Column:
        return self._reduced("nunique")

    def max(self, axis: Any = 0) -> Any:
        return self._across(max) if axis in (1, "columns") else self._reduced("max")

    def min(self, axis: Any = 0) -> Any:
        return self._across(min) if axis in (1, "columns") else self._reduced("min")

    def isnull(self) -> Frame:
        return self.isna()

    def isna(self) -> Frame:
        return Frame({name: [missing(one) for one in values] for name, values in self.cells.items()}, self.labels)

    def _across(self, function: Callable[[Any], Any]) -> Column:
        return Column([function(list(one)) for one in zip(*self.cells.values(), strict=True)], self.labels, self.rows)
