"""A column whose cells are known: pandas ``Series``, NumPy arrays and the answers of metrics for each group.

pandas documentation, "API reference, Series".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gradeline.facts.gate_state import Machine, Raised
from gradeline.facts.gate_values import NONE, Const, Native, Seq, Table, Value, lineage_of
from gradeline.facts.known_values import (
    MAX_TEXT,
    REDUCES,
    Held,
    Number,
    applied,
    argument,
    called,
    listed,
    made,
    missing,
    native,
    ordered,
    pairs,
    plain,
    reduced,
    sort_key,
    truth_of,
    unique,
    unknown,
)
from gradeline.source import Span

_METHOD_SIGNS = {"add": "+", "sub": "-", "subtract": "-", "mul": "*", "div": "/", "truediv": "/", "eq": "==",
                 "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "radd": "+"}  # fmt: skip
_SAME = frozenset({"copy", "rename", "rename_axis", "infer_objects", "convert_dtypes", "squeeze", "ravel", "flatten"})


class Column(Held):
    """``index``: the labels of the cells; ``name`` that of the column."""

    __slots__ = ("array", "index", "name", "values")
    kind = "column"

    def __init__(
        self, values: Sequence[Any], index: Sequence[Any] | None = None, name: Any = None, array: bool = False
    ) -> None:
        self.values = list(values)
        self.index = list(range(len(self.values))) if index is None else list(index)
        self.name = name
        self.array = array  # of NumPy: NaN is not left out

    def like(self, values: Sequence[Any]) -> Column:
        return Column(values, self.index, self.name, self.array)

    def kept(self, keep: Iterable[bool]) -> Column:
        chosen = [place for place, one in enumerate(keep) if one]
        return Column([self.values[place] for place in chosen], [self.index[place] for place in chosen], self.name,
                      self.array)  # fmt: skip

    # -- Python ------------------------------------------------------------------------------

    def items(self, machine: Machine, span: Span) -> list[Value]:
        return [made(one) for one in self.values]

    def length(self, span: Span) -> int:
        return len(self.values)

    def truth(self, span: Span) -> bool:
        if len(self.values) == 1 and self.array:
            return bool(self.values[0])
        raise Raised(lineage_of("ValueError"), span)  # the truth value of a Series is ambiguous

    def has(self, key: Value, span: Span) -> bool:
        return plain(key, span) in (self.values if self.array else self.index)

    def text(self) -> str:
        return "\n".join(f"{name} {value}" for name, value in list(zip(self.index, self.values, strict=True))[:60])

    def with_other(self, machine: Machine, sign: str, other: Value, turned: bool, span: Span) -> Value:
        machine.worked(span, len(self.values))
        if isinstance(other, Column):
            right = self._aligned(other)
        else:
            found = plain(other, span)
            if isinstance(found, Held):
                raise unknown("column", sign, span)
            right = list(found) if isinstance(found, list | tuple) else [found] * len(self.values)
        rows = zip(self.values, right, strict=False)
        found = [applied(sign, b, a, span) if turned else applied(sign, a, b, span) for a, b in rows]
        if sign in ("<", "<=", ">", ">="):
            if span in machine.fixed:
                found = [machine.fixed[span]] * len(found)
            machine.truths.append((span, any(found)))
        return self.like(found)

    def _aligned(self, other: Column) -> list[Any]:
        if other.index == self.index or len(set(map(str, other.index))) != len(other.index):
            return other.values
        known = dict(zip(other.index, other.values, strict=True))
        return [known.get(label, math.nan) for label in self.index]

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        if isinstance(key, Column) and (not key.values or isinstance(key.values[0], bool)):
            return self.kept(key.values if len(key.values) == len(self.values) else [])
        if isinstance(key, Column):
            return Column([self._at(one, span) for one in key.values], key.values, self.name)
        if isinstance(key, Seq) and key.kind == "slice":
            from gradeline.facts.gate_items import _slice

            part = _slice(key)
            return Column(self.values[part], self.index[part], self.name, self.array)
        wanted = plain(key, span)
        if isinstance(wanted, list):
            if wanted and isinstance(wanted[0], bool):
                return self.kept(wanted)
            return Column([self._at(one, span) for one in wanted], wanted, self.name)
        return made(self._at(wanted, span))

    def _at(self, label: Any, span: Span) -> Any:
        if label in self.index:
            return self.values[self.index.index(label)]
        if isinstance(label, int) and -len(self.values) <= label < len(self.values) and self.array:
            return self.values[label]
        raise Raised(lineage_of("KeyError"), span)

    def set_item(self, machine: Machine, key: Value, value: Value, span: Span) -> None:
        new = plain(value, span)
        if isinstance(key, Column):
            for place, chosen in enumerate(key.values):
                if chosen:
                    self.values[place] = new
            return
        label = plain(key, span)
        if label in self.index:
            self.values[self.index.index(label)] = new
        else:
            self.index.append(label)
            self.values.append(new)

    # -- pandas ------------------------------------------------------------------------------

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name in ("values", "array"):
            return Column(self.values, None, self.name, True)
        if name == "index":
            return Column(self.index, None, None, True)
        if name in ("size", "empty", "name", "shape", "dtype", "is_unique", "hasnans", "ndim"):
            return made({
                "size": len(self.values), "empty": not self.values, "name": self.name, "shape": (len(self.values),),
                "dtype": "object" if any(isinstance(one, str) for one in self.values) else "float64", "ndim": 1,
                "is_unique": len(unique(self.values)) == len(self.values),
                "hasnans": any(missing(one) for one in self.values),
            }[name])  # fmt: skip
        if name in ("loc", "at", "iloc", "iat"):
            return Places(self, name in ("iloc", "iat"))
        if name == "str":
            return Texts(self)
        if name == "to_numpy":
            return native(name, lambda given, named, at: Column(self.values, None, self.name, True))
        if name in _SAME:
            return native(name, lambda given, named, at: self.like(self.values))
        method = getattr(self, f"_do_{name}", None)
        if name in REDUCES:
            return native(name, lambda given, named, at: self._reduced(machine, name, named, at))
        if name in _METHOD_SIGNS:
            sign = _METHOD_SIGNS[name]
            return native(name, lambda given, named, at: self.with_other(
                machine, sign, argument(given, named, 0, "other"), False, at))  # fmt: skip
        if method is None:
            if name in self.index and not self.array:
                return made(self._at(name, span))
            if not self.values:
                raise Raised(lineage_of("AttributeError"), span)
            raise unknown("column", name, span)
        return Native(name, lambda given, named, at: method(machine, given, named, at))

    def _reduced(self, machine: Machine, name: str, named: dict[str, Value], span: Span) -> Value:
        machine.worked(span, len(self.values))
        skips = truth_of(named, "skipna", not self.array)
        if not skips and name not in ("count", "size", "nunique", "any", "all") and any(map(missing, self.values)):
            return made(Number(math.nan))
        if self.array and not self.values and name in ("min", "max"):
            raise Raised(lineage_of("ValueError"), span)
        return made(reduced(name, self.values, span))

    def _do_unique(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Column(unique(self.values), None, self.name, True)

    def _do_drop_duplicates(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Column(unique(self.values), None, self.name)

    def _do_value_counts(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        drops = truth_of(named, "dropna", True)
        counted: dict[Any, int] = {}
        for one in self.values:
            if not (drops and missing(one)):
                label = None if missing(one) else one
                counted[label] = counted.get(label, 0) + 1
        ranked = sorted(counted.items(), key=lambda pair: -pair[1])
        whole = sum(counted.values()) if truth_of(named, "normalize", False) else 0
        values = [Number(count / whole) if whole else count for _, count in ranked]
        return Column(values, [math.nan if label is None else label for label, _ in ranked], "count")

    def _do_isna(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self.like([missing(one) for one in self.values])

    _do_isnull = _do_isna

    def _do_notna(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        machine.dropped = machine.dropped or any(map(missing, self.values))
        return self.like([not missing(one) for one in self.values])

    _do_notnull = _do_notna

    def _do_dropna(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        machine.dropped = machine.dropped or any(map(missing, self.values))
        return self.kept([not missing(one) for one in self.values])

    def _do_fillna(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        new = plain(argument(given, named, 0, "value"), span)
        return self.like([new if missing(one) else one for one in self.values])

    def _do_astype(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        wanted = argument(given, named, 0, "dtype")
        name = str(wanted.data) if isinstance(wanted, Const) else getattr(wanted, "name", "")
        kinds: dict[str, Callable[[Any], Any]] = {"int": int, "float": Number, "bool": bool, "str": str}
        for start, function in kinds.items():
            if start in name.lower():
                if start == "int" and any(missing(one) for one in self.values):
                    raise Raised(lineage_of("ValueError"), span)
                try:
                    return self.like([function(one) for one in self.values])
                except (TypeError, ValueError):
                    raise Raised(lineage_of("ValueError"), span) from None
        return self.like(self.values)

    def _do_apply(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        function = argument(given, named, 0, "func")
        if isinstance(function, Table):
            known = function.items
            return self.like([plain(known[one], span) if one in known else math.nan for one in self.values])
        if isinstance(function, Column):
            return self.like([function._at(one, span) if one in function.index else math.nan for one in self.values])
        answers: dict[Any, Any] = {}
        for one in unique(self.values):
            answers[None if missing(one) else one] = plain(called(machine, function, [made(one)], {}, span), span)
        return self.like([answers[None if missing(one) else one] for one in self.values])

    _do_map = _do_apply

    def _do_pipe(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return called(machine, given[0], [self, *given[1:]], named, span)

    def _do_agg(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        wanted = argument(given, named, 0, "func")
        names = plain(wanted, span)
        if isinstance(names, str):
            return self._reduced(machine, names, {}, span)
        if isinstance(names, list):
            return Column([reduced(str(one), self.values, span) for one in names], names, self.name)
        return called(machine, wanted, [self], {}, span)

    _do_aggregate = _do_agg

    def _do_replace(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        old = plain(argument(given, named, 0, "to_replace"), span)
        if isinstance(old, dict):
            return self.like([old.get(one, one) for one in self.values])
        new = plain(argument(given, named, 1, "value"), span)
        many = old if isinstance(old, list | tuple) else [old]
        return self.like([new if one in many else one for one in self.values])

    def _do_isin(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        many = listed(argument(given, named, 0, "values"), span)
        return self.like([one in many for one in self.values])

    def _do_between(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        low, high = (plain(argument(given, named, place, name), span) for place, name in ((0, "left"), (1, "right")))
        return self.like([not missing(one) and low <= one <= high for one in self.values])

    def _do_abs(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self.like([one if missing(one) else abs(one) for one in self.values])

    def _do_round(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        digits = plain(argument(given, named, 0, "decimals", Const(0)), span)
        return self.like([Number(round(float(one), digits)) if not missing(one) else one for one in self.values])

    def _do_clip(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        low = plain(argument(given, named, 0, "lower"), span)
        high = plain(argument(given, named, 1, "upper"), span)
        found = [one if low is None or missing(one) else max(one, low) for one in self.values]
        return self.like([one if high is None or missing(one) else min(one, high) for one in found])

    def _do_where(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self._chosen(given, named, True, span)

    def _do_mask(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self._chosen(given, named, False, span)

    def _chosen(self, given: list[Value], named: dict[str, Value], keeps: bool, span: Span) -> Value:
        condition, other = argument(given, named, 0, "cond"), argument(given, named, 1, "other", Const(math.nan))
        if not isinstance(condition, Column):
            raise unknown("column", "where", span)
        new = other.values if isinstance(other, Column) else [plain(other, span)] * len(self.values)
        return self.like([one if bool(yes) == keeps else instead
                          for one, yes, instead in zip(self.values, condition.values, new, strict=True)])  # fmt: skip

    def _do_idxmax(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self._extreme(max, span)

    def _do_idxmin(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return self._extreme(min, span)

    def _extreme(self, choose: Callable[..., Any], span: Span) -> Value:
        known = [(one, label) for one, label in zip(self.values, self.index, strict=True) if not missing(one)]
        if not known:
            raise Raised(lineage_of("ValueError"), span)
        best = choose(one for one, _ in known)
        return made(next(label for one, label in known if one == best))

    def _do_sort_values(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        turned = not truth_of(named, "ascending", True)
        places = sorted(range(len(self.values)), key=lambda place: sort_key(self.values[place]), reverse=turned)
        return Column([self.values[one] for one in places], [self.index[one] for one in places], self.name)

    def _do_sort_index(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        places = sorted(range(len(self.values)), key=lambda place: sort_key(self.index[place]))
        return Column([self.values[one] for one in places], [self.index[one] for one in places], self.name)

    def _do_head(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        count = plain(argument(given, named, 0, "n", Const(5)), span)
        return Column(self.values[:count], self.index[:count], self.name, self.array)

    def _do_tolist(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Seq([made(one) for one in self.values])

    _do_to_list = _do_tolist

    def _do_to_dict(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Table({label: made(one) for label, one in zip(self.index, self.values, strict=True)})

    def _do_items(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Seq(list(pairs(self.index, self.values)))

    _do_iteritems = _do_items

    def _do_keys(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return Column(self.index, None, None, True)

    def _do_get(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        label = plain(argument(given, named, 0, "key"), span)
        return made(self._at(label, span)) if label in self.index else argument(given, named, 1, "default")

    def _do_item(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        if len(self.values) != 1:
            raise Raised(lineage_of("ValueError"), span)
        return made(self.values[0])

    def _do_groupby(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        from gradeline.facts.known_frames import Frame

        by = argument(given, named, 0, "by")
        if isinstance(by, Column):
            label = by.name if by.name is not None and by.name != self.name else "by"
            frame = Frame({label: by.values, self.name if self.name is not None else "value": self.values}, self.index)
            groups = frame.grouped([label], named)
            return groups.chosen(self.name if self.name is not None else "value")
        raise unknown("column", "groupby", span)

    def _do_reset_index(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        from gradeline.facts.known_frames import Frame

        if truth_of(named, "drop", False):
            return Column(self.values, None, self.name)
        shown = plain(named.get("name", NONE), span) or (self.name if self.name is not None else 0)
        return Frame({"index": self.index, shown: self.values})

    def _do_to_frame(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        from gradeline.facts.known_frames import Frame

        shown = plain(argument(given, named, 0, "name"), span) or (self.name if self.name is not None else 0)
        return Frame({shown: self.values}, self.index)

    def _do_drop(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        gone = listed(argument(given, named, 0, "labels", named.get("index", NONE)), span)
        return self.kept([label not in gone for label in self.index])

    def _do_equals(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        other = argument(given, named, 0, "other")
        return made(isinstance(other, Column) and [None if missing(one) else one for one in other.values] == [
            None if missing(one) else one for one in self.values])  # fmt: skip

    def _do_reindex(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        wanted = listed(argument(given, named, 0, "index"), span)
        known = dict(zip(self.index, self.values, strict=True))
        new = plain(named.get("fill_value", Const(Number(math.nan))), span)
        return Column([known.get(label, new) for label in wanted], wanted, self.name)

    def _do_quantile(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        known = ordered([one for one in self.values if not missing(one)])
        share = plain(argument(given, named, 0, "q", Const(0.5)), span)
        if not known or not isinstance(share, int | float):
            return made(Number(math.nan))
        place = share * (len(known) - 1)
        low = int(place)
        high = min(low + 1, len(known) - 1)
        return made(Number(known[low] + (known[high] - known[low]) * (place - low)))

    def _do_to_markdown(self, machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value:
        return made(self.text())

    _do_to_string = _do_to_markdown
    _do_to_json = _do_to_markdown


class Places(Held):
    """``column.loc`` and ``column.iloc``"""

    __slots__ = ("column", "counts")
    kind = "place"

    def __init__(self, column: Column, counts: bool) -> None:
        self.column = column
        self.counts = counts

    def item(self, machine: Machine, key: Value, span: Span) -> Value:
        place = plain(key, span)
        if self.counts and isinstance(place, int):
            if not -len(self.column.values) <= place < len(self.column.values):
                raise Raised(lineage_of("IndexError"), span)
            return made(self.column.values[place])
        return self.column.item(machine, key, span)

    def set_item(self, machine: Machine, key: Value, value: Value, span: Span) -> None:
        self.column.set_item(machine, key, value, span)


class Texts(Held):
    """``column.str``"""

    __slots__ = ("column",)
    kind = "text column"

    def __init__(self, column: Column) -> None:
        self.column = column

    def attribute(self, machine: Machine, name: str, span: Span) -> Value:
        if name not in ("strip", "lower", "upper", "title", "startswith", "endswith", "contains", "replace"):
            raise unknown("text column", name, span)

        def method(given: list[Value], named: dict[str, Value], at: Span) -> Value:
            words = [plain(one, at) for one in given]
            if name == "replace" and any(not isinstance(one, str) or len(one) > 100 for one in words):
                raise unknown("text column", name, at)
            if name == "contains":
                return self.column.like([isinstance(one, str) and words[0] in one for one in self.column.values])
            cells = [getattr(one, name)(*words) if isinstance(one, str) else one for one in self.column.values]
            return self.column.like([one[:MAX_TEXT] if isinstance(one, str) else one for one in cells])

        return native(name, method)
