"""A table whose cells are known, and its rows divided into groups.

pandas documentation, "API reference, DataFrame" and "GroupBy" (``groupby`` leaves out rows without a group unless
``dropna=False``; groups come in order unless ``sort=False``).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradeline.facts.gate_state import Machine, Raised
from gradeline.facts.gate_values import NONE, Const, Native, Seq, Table, Value, lineage_of
from gradeline.facts.known_columns import Column
from gradeline.facts.known_values import (
    REDUCES,
    Held,
    argument,
    called,
    listed,
    made,
    missing,
    native,
    plain,
    reduced,
    sort_key,
    truth_of,
    unknown,
)
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.known_groups import Groups

Named = dict[str, Value]


class Frame(Held):
    """``columns``: the cells of each column."""

    __slots__ = ("columns", "index", "index_name")
    kind = "table"

    def __init__(self, columns: Mapping[Any, Sequence[Any]], index: Sequence[Any] | None = None,
                 index_name: Any = None) -> None:  # fmt: skip
        self.columns: dict[Any, list[Any]] = {name: list(cells) for name, cells in columns.items()}
        count = len(next(iter(self.columns.values()), ()))
        self.index = list(range(count)) if index is None else list(index)
        self.index_name = index_name

    @property
    def count(self) -> int:
        return len(self.index)

    def column(self, name: Any, span: Span) -> Column:
        if name not in self.columns:
            raise Raised(lineage_of("KeyError"), span)
        return Column(self.columns[name], self.index, name)

    def kept(self, keep: Iterable[bool]) -> Frame:
        chosen = [place for place, one in enumerate(keep) if one]
        return self.at(chosen)

    def at(self, places: Sequence[int]) -> Frame:
        return Frame({name: [cells[place] for place in places] for name, cells in self.columns.items()},
                     [self.index[place] for place in places], self.index_name)  # fmt: skip

    def only(self, names: Sequence[Any], span: Span) -> Frame:
        return Frame({name: self.column(name, span).values for name in names}, self.index, self.index_name)

    def row(self, place: int) -> Column:
        return Column([cells[place] for cells in self.columns.values()], list(self.columns), self.index[place])

    # -- Python ------------------------------------------------------------------------------

    def items(self, machine: Machine, span: Span) -> list[Value]:
        return [made(name) for name in self.columns]

    def length(self, span: Span) -> int:
        return self.count

    def truth(self, span: Span) -> bool:
        raise Raised(lineage_of("ValueError"), span)

    def has(self, key: Value, span: Span) -> bool:
        return plain(key, span) in self.columns

    def text(self) -> str:
        rows = [" ".join(map(str, self.columns))]
        for place in range(min(self.count, 40)):
            cells = [str(self.index[place]), *(str(column[place]) for column in self.columns.values())]
            rows.append(" ".join(cells))
        return "\n".join(rows)

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        machine.worked(span, self.count)
        if isinstance(key, Column) and (any(isinstance(one, bool) for one in key.values) or not key.array):
            return self.kept(key.values)
        if isinstance(key, Seq) and key.kind == "slice":
            from gradeline.facts.gate_items import _slice

            return self.at(list(range(self.count))[_slice(key)])
        if isinstance(key, Column):
            return self.only(key.values, span)
        wanted = plain(key, span)
        if isinstance(wanted, list):
            if wanted and all(isinstance(one, bool) for one in wanted):
                return self.kept(wanted)
            return self.only(wanted, span)
        return self.column(wanted, span)

    def set_item(self, machine: Machine, key: Value, value: Value, span: Span) -> None:
        name = plain(key, span)
        if isinstance(name, Held | list):
            raise unknown("table", "[…] =", span)
        self.columns[name] = self._cells(value, span)
        if not self.index:
            self.index = list(range(len(self.columns[name])))

    def _cells(self, value: Value, span: Span) -> list[Any]:
        if isinstance(value, Column):
            if value.index == self.index or value.array:
                return list(value.values)
            known = dict(zip(value.index, value.values, strict=True))
            return [known.get(label, math.nan) for label in self.index]
        found = plain(value, span)
        if isinstance(found, Held):
            raise unknown("table", "[…] =", span)
        return list(found) if isinstance(found, list | tuple) else [found] * self.count

    def with_other(self, machine: Machine, sign: str, other: Value, turned: bool, span: Span) -> Value:
        found: dict[Any, list[Any]] = {}
        for name in self.columns:
            side: Value = other
            if isinstance(other, Frame):
                side = other.column(name, span)
            elif isinstance(other, Column) and set(other.index) == set(self.columns):
                side = made(other.values[other.index.index(name)])
            made_here = self.column(name, span).with_other(machine, sign, side, turned, span)
            found[name] = made_here.values if isinstance(made_here, Column) else []
        return Frame(found, self.index, self.index_name)

    # -- pandas ------------------------------------------------------------------------------

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name == "columns":
            return Column(list(self.columns), None, None, True)
        if name == "index":
            return Column(self.index, None, self.index_name, True)
        if name in ("shape", "empty", "size", "ndim"):
            return made({"shape": (self.count, len(self.columns)), "empty": not self.count or not self.columns,
                         "size": self.count * len(self.columns), "ndim": 2}[name])  # fmt: skip
        if name in ("values", "to_numpy"):
            cells = Column([cells[place] for place in range(self.count) for cells in self.columns.values()], None, None,
                           True)  # fmt: skip
            return cells if name == "values" else native(name, lambda given, named, at: cells)
        if name in ("loc", "iloc", "at", "iat"):
            return FramePlaces(self, name in ("iloc", "iat"))
        if name == "T":
            return Frame({label: [cells[place] for cells in self.columns.values()]
                          for place, label in enumerate(self.index)}, list(self.columns))  # fmt: skip
        method = getattr(self, f"_do_{name}", None)
        if method is not None:
            return Native(name, lambda given, named, at: method(machine, given, named, at))
        if name in self.columns:
            return self.column(name, span)
        if name in REDUCES and name != "size":
            return native(name, lambda given, named, at: self._reduced(machine, name, at))
        if name in ("to_csv", "to_json", "to_markdown", "to_string", "to_html"):
            return native(name, lambda given, named, at: _written(machine, self, given, at))
        raise unknown("table", name, span)

    def _reduced(self, machine: Machine, name: str, span: Span) -> Value:
        known = {label: cells for label, cells in self.columns.items()
                 if name in ("count", "nunique", "any", "all", "min", "max")
                 or not any(isinstance(one, str) for one in cells)}  # fmt: skip
        return Column([reduced(name, cells, span) for cells in known.values()], list(known))

    def grouped(self, names: Sequence[Any], named: Mapping[str, Value], single: bool = True) -> Groups:
        from gradeline.facts.known_groups import Groups

        drops = truth_of(named, "dropna", True)
        found: dict[Any, list[int]] = {}
        columns = [self.columns[name] for name in names]
        for place, cells in enumerate(zip(*columns, strict=True)):
            if drops and any(missing(one) for one in cells):
                continue
            label = tuple(None if missing(one) else one for one in cells)
            found.setdefault(label, []).append(place)
        order = list(found)
        if truth_of(named, "sort", True):
            order.sort(key=sort_key)
        whole = {(label[0] if single else label): found[label] for label in order}
        return Groups(self, tuple(names), whole, as_index=truth_of(named, "as_index", True))

    def _do_groupby(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        machine.worked(span, 4 * self.count)
        by = argument(given, named, 0, "by")
        if isinstance(by, Column) and not by.array:
            name = by.name if by.name is not None else "by"
            wide = Frame({**self.columns, name: by.values}, self.index)
            return wide.grouped([name], named)
        if isinstance(by, Seq):
            names = [one.name if isinstance(one, Column) else plain(one, span) for one in by.items]
            return self._known(names, span).grouped(names, named, single=False)
        name = plain(by, span)
        if isinstance(name, Held) or callable(name):
            raise unknown("table", "groupby", span)
        return self._known([name], span).grouped([name], named)

    def _known(self, names: Sequence[Any], span: Span) -> Frame:
        for name in names:
            self.column(name, span)
        return self

    def _do_copy(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return Frame(self.columns, self.index, self.index_name)

    _do_convert_dtypes = _do_infer_objects = _do_copy

    def _do_astype(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        kinds = argument(given, named, 0, "dtype")
        found = dict(self.columns)
        for name in self.columns:
            kind = kinds.items.get(name) if isinstance(kinds, Table) else kinds
            if kind is not None:
                changed = self.column(name, span)._do_astype(machine, [kind], {}, span)
                found[name] = changed.values if isinstance(changed, Column) else found[name]
        return Frame(found, self.index, self.index_name)

    def _do_assign(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        wide = Frame(self.columns, self.index, self.index_name)
        for name, value in named.items():
            from gradeline.facts.gate_values import Func

            made_here = called(machine, value, [wide], {}, span) if isinstance(value, Func) else value
            wide.columns[name] = wide._cells(made_here, span)
        return wide

    def _do_rename(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        new = plain(named.get("columns", given[0] if given else NONE), span)
        if not isinstance(new, dict):
            raise unknown("table", "rename", span)
        return Frame({new.get(name, name): cells for name, cells in self.columns.items()}, self.index)

    def _do_drop(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        if "columns" in named or plain(named.get("axis", Const(0)), span) in (1, "columns"):
            gone = listed(named.get("columns", given[0] if given else NONE), span)
            return Frame({name: cells for name, cells in self.columns.items() if name not in gone}, self.index)
        gone = listed(argument(given, named, 0, "labels", named.get("index", NONE)), span)
        return self.kept([label not in gone for label in self.index])

    def _do_dropna(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        names = listed(named["subset"], span) if "subset" in named else list(self.columns)
        keep = [not any(missing(self.columns[name][place]) for name in names if name in self.columns)
                for place in range(self.count)]  # fmt: skip
        machine.dropped = machine.dropped or not all(keep)
        return self.kept(keep)

    def _do_fillna(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        new = plain(argument(given, named, 0, "value"), span)
        by_name = new if isinstance(new, dict) else None
        return Frame({
            name: [(by_name.get(name, one) if by_name is not None else new) if missing(one) else one for one in cells]
            for name, cells in self.columns.items()
        }, self.index)  # fmt: skip

    def _do_isna(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return Frame({name: [missing(one) for one in cells] for name, cells in self.columns.items()}, self.index)

    _do_isnull = _do_isna

    def _do_head(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return self.at(list(range(self.count))[: plain(argument(given, named, 0, "n", Const(5)), span)])

    def _do_query(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        text = plain(argument(given, named, 0, "expr"), span)
        if not isinstance(text, str) or "@" in text or len(text) > 400:
            raise unknown("table", "query", span)
        try:
            tree = ast.parse(text.replace("`", ""), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            raise unknown("table", "query", span) from None
        found = self._asked(machine, tree, span, 0)
        if not isinstance(found, Column):
            raise unknown("table", "query", span)
        return self.kept(found.values)

    def _asked(self, machine: Machine, node: ast.expr, span: Span, depth: int) -> Value:
        from gradeline.facts.gate_comparisons import SIGNS

        if depth > 12:
            raise unknown("table", "query", span)
        if isinstance(node, ast.Constant):
            return made(node.value)
        if isinstance(node, ast.Name):
            return self.column(node.id, span)
        if isinstance(node, ast.BoolOp | ast.BinOp):
            parts = node.values if isinstance(node, ast.BoolOp) else [node.left, node.right]
            both = isinstance(node.op, ast.And | ast.BitAnd)
            if not both and not isinstance(node.op, ast.Or | ast.BitOr):
                raise unknown("table", "query", span)
            found = self._asked(machine, parts[0], span, depth + 1)
            for part in parts[1:]:
                other = self._asked(machine, part, span, depth + 1)
                if not isinstance(found, Column):
                    raise unknown("table", "query", span)
                found = found.with_other(machine, "&" if both else "|", other, False, span)
            return found
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left = self._asked(machine, node.left, span, depth + 1)
            right = self._asked(machine, node.comparators[0], span, depth + 1)
            if isinstance(left, Column):
                return left.with_other(machine, SIGNS[type(node.ops[0])], right, False, span)
        raise unknown("table", "query", span)

    def _do_sort_values(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        names = listed(argument(given, named, 0, "by"), span)
        turned = plain(named.get("ascending", Const(True)), span) is False
        places = sorted(range(self.count), reverse=turned,
                        key=lambda place: tuple(sort_key(self.columns[name][place]) for name in names))  # fmt: skip
        return self.at(places)

    def _do_reset_index(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        if truth_of(named, "drop", False) or self.index == list(range(self.count)):
            return Frame(self.columns)
        labels = [label for label in self.index if isinstance(label, tuple)]
        if labels and len(labels) == self.count and isinstance(self.index_name, tuple):
            keys = {name: [label[place] for label in labels] for place, name in enumerate(self.index_name)}
            return Frame({**keys, **self.columns})
        return Frame({self.index_name if self.index_name is not None else "index": self.index, **self.columns})

    def _do_set_index(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        name = plain(argument(given, named, 0, "keys"), span)
        if not isinstance(name, str):
            raise unknown("table", "set_index", span)
        column = self.column(name, span)
        rest = {one: cells for one, cells in self.columns.items() if one != name}
        return Frame(rest, column.values, name)

    def _do_iterrows(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        machine.worked(span, 8 * self.count)
        return Seq([Seq([made(self.index[place]), self.row(place)], "tuple") for place in range(self.count)])

    def _do_itertuples(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        machine.worked(span, 8 * self.count)
        return Seq([Native("row", None, {str(name): made(cells[place]) for name, cells in self.columns.items()}
                           | {"Index": made(self.index[place])}) for place in range(self.count)])  # fmt: skip

    def _do_to_dict(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        machine.worked(span, 8 * self.count)
        form = plain(argument(given, named, 0, "orient", Const("dict")), span)
        if form == "records":
            return Seq([Table({name: made(cells[place]) for name, cells in self.columns.items()})
                        for place in range(self.count)])  # fmt: skip
        if form == "list":
            return Table({name: Seq([made(one) for one in cells]) for name, cells in self.columns.items()})
        if form == "index":
            return Table({label: Table({name: made(cells[place]) for name, cells in self.columns.items()})
                          for place, label in enumerate(self.index)})  # fmt: skip
        return Table({name: Table({label: made(one) for label, one in zip(self.index, cells, strict=True)})
                      for name, cells in self.columns.items()})  # fmt: skip

    def _do_items(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return Seq([Seq([made(name), self.column(name, span)], "tuple") for name in self.columns])

    def _do_get(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        name = plain(argument(given, named, 0, "key"), span)
        return self.column(name, span) if name in self.columns else argument(given, named, 1, "default")

    def _do_apply(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        function = argument(given, named, 0, "func")
        if plain(named.get("axis", Const(0)), span) in (1, "columns"):
            answers: dict[tuple[Any, ...], Any] = {}
            found = []
            for place in range(self.count):
                row = self.row(place)
                key = tuple(map(repr, row.values))
                if key not in answers:
                    answers[key] = plain(called(machine, function, [row], {}, span), span)
                found.append(answers[key])
            return Column(found, self.index)
        results = {name: called(machine, function, [self.column(name, span)], {}, span) for name in self.columns}
        from gradeline.facts.known_groups import gathered

        return gathered(results, None, span)

    def _do_pipe(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return called(machine, given[0], [self, *given[1:]], named, span)

    def _do_join(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        other = argument(given, named, 0, "other")
        if set(named) - {"other", "how"} or plain(named.get("how", Const("left")), span) != "left":
            raise unknown("table", "join", span)
        if isinstance(other, Column):
            other = Frame({other.name: other.values}, other.index)
        if not isinstance(other, Frame) or set(other.columns) & set(self.columns):
            raise unknown("table", "join", span)
        return Frame({**self.columns, **other._reindexed(self.index).columns}, self.index, self.index_name)

    def _reindexed(self, index: Sequence[Any]) -> Frame:
        places = {None if missing(label) else label: place for place, label in enumerate(self.index)}
        found: dict[Any, list[Any]] = {name: [] for name in self.columns}
        for label in index:
            place = places.get(None if missing(label) else label)
            for name, cells in self.columns.items():
                found[name].append(math.nan if place is None else cells[place])
        return Frame(found, index, self.index_name)

    def _do_reindex(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        return self._reindexed(listed(argument(given, named, 0, "index"), span))

    def _do_agg(self, machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
        names = plain(argument(given, named, 0, "func"), span)
        if isinstance(names, str):
            return self._reduced(machine, names, span)
        raise unknown("table", "agg", span)


def _written(machine: Machine, frame: Held, given: list[Value], span: Span) -> Value:
    if given and isinstance(given[0], Const) and isinstance(given[0].data, str):
        from gradeline.facts.trial_files import keep

        machine.written.append((given[0], frame.text(), span))
        keep(machine, given[0], frame)
        return NONE
    return made(frame.text())


class FramePlaces(Held):
    """``frame.loc`` and ``frame.iloc``"""

    __slots__ = ("counts", "frame")
    kind = "place"

    def __init__(self, frame: Frame, counts: bool) -> None:
        self.frame = frame
        self.counts = counts

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        if isinstance(key, Seq) and key.kind == "tuple" and len(key.items) == 2 and not self._label(key, span):
            rows, names = key.items
            part = self._rows(machine, rows, span)
            if isinstance(names, Seq) and names.kind == "slice":
                return part
            if isinstance(part, Column):
                return part.item(machine, names, span)
            if isinstance(part, Frame):
                return part.item(machine, names, span)
            raise unknown("table", "loc", span)
        return self._rows(machine, key, span)

    def _label(self, key: Seq, span: Span) -> bool:
        return plain(key, span) in self.frame.index

    def _rows(self, machine: Machine, key: Value, span: Span) -> Value:
        frame = self.frame
        if isinstance(key, Seq) and key.kind == "slice":
            return frame.item(machine, key, span)
        if isinstance(key, Column) and (not key.values or isinstance(key.values[0], bool)):
            return frame.kept(key.values)
        wanted = plain(key, span)
        if isinstance(wanted, Column):
            wanted = wanted.values
        if isinstance(wanted, list):
            if wanted and isinstance(wanted[0], bool):
                return frame.kept(wanted)
            places = wanted if self.counts else [frame.index.index(one) for one in wanted if one in frame.index]
            return frame.at(places)
        if self.counts and isinstance(wanted, int):
            if not -frame.count <= wanted < frame.count:
                raise Raised(lineage_of("IndexError"), span)
            return frame.row(wanted)
        if wanted not in frame.index:
            raise Raised(lineage_of("KeyError"), span)
        places = [place for place, label in enumerate(frame.index) if label == wanted]
        return frame.row(places[0]) if len(places) == 1 else frame.at(places)

    def set_item(self, machine: Machine, key: Value, value: Value, span: Span) -> None:
        if isinstance(key, Seq) and len(key.items) == 2 and isinstance(key.items[0], Column):
            mask, name = key.items[0], plain(key.items[1], span)
            if isinstance(name, str) and not isinstance(value, Held):
                cells = self.frame.columns.setdefault(name, [math.nan] * self.frame.count)
                new = plain(value, span)
                self.frame.columns[name] = [new if chosen else one
                                            for one, chosen in zip(cells, mask.values, strict=True)]  # fmt: skip
                return
        raise unknown("table", "loc", span)
