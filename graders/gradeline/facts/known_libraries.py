"""Functions of Python, NumPy and pandas on things whose content is known, for trials with made-up customers.

pandas documentation, "API reference"; NumPy documentation, "Routines".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Expr,
    ModuleValue,
    Native,
    Opened,
    Seq,
    Table,
    Value,
    lineage_of,
)
from gradeline.facts.known_columns import Column
from gradeline.facts.known_frames import Frame
from gradeline.facts.known_metrics import metric
from gradeline.facts.known_values import (
    MAX_CELLS,
    Held,
    Number,
    argument,
    called,
    listed,
    made,
    missing,
    ordered,
    plain,
    reduced,
    truth_of,
    unique,
    unknown,
)
from gradeline.facts.trial_files import frame_of
from gradeline.records import field, record
from gradeline.source import Span

Answer = Callable[[Machine, list[Value], dict[str, Value], Span], Value | None]
_READS = frozenset({"read_csv", "read_parquet", "read_json", "read_table", "read_feather", "read_excel", "read_pickle"})
_METRICS = frozenset({"sklearn", "fairlearn", "aequitas"})


@record
class World:
    """What a trial knows: tables by the path of their file.  A file whose path is not known is ``unnamed``."""

    tables: Mapping[str, Frame]
    unnamed: Frame | None = None
    files: dict[str, Value] = field(default_factory=dict)  # what was written in the trial

    def at(self, machine: Machine, path: Value) -> Frame | None:
        from gradeline.facts.gate_files import placed

        inner = path.path if isinstance(path, Opened) else path
        if isinstance(inner, Const) and isinstance(inner.data, str):
            kept = self.files.get(placed(machine, inner.data))
            return frame_of(kept) if kept is not None else self.tables.get(placed(machine, inner.data))
        return self.unnamed if isinstance(inner, Data) else None


def known_call(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    """The answer of a library in a trial; None when nothing is known about the call."""
    found = _known(machine, name, given, named, span)
    cells = len(found.index) * len(found.columns) if isinstance(found, Frame) else (
        len(found.values) if isinstance(found, Column) else 0)  # fmt: skip
    if cells > MAX_CELLS:
        raise Lost(span, "the table is too large to be followed")
    machine.worked(span, cells)
    return found


def _known(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    library, _, last = name.rpartition(".")
    answer = _ANSWERS.get(name)
    if answer is not None:
        found = answer(machine, given, named, span)
        if found is not None:
            return found
    if library in ("pandas", "polars") and last in _READS:
        frame = machine.world.at(machine, given[0] if given else NONE)
        return None if frame is None else Frame(frame.columns, frame.index)
    if name.partition(".")[0] in _METRICS:
        return metric(machine, name, given, named, span)
    if library == "numpy":
        return _numpy(machine, last, given, named, span)
    if not library and any(isinstance(one, Held) for one in given):
        return _python(machine, last, given, named, span)
    return None


# -- Python ----------------------------------------------------------------------------------------


def _python(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.gate_builtins import builtin_call

    first = given[0]
    if name == "len" and isinstance(first, Held):
        return derived(first.length(span))
    if name in ("str", "repr", "format"):
        return made(first.text() if isinstance(first, Held) else "")
    if name in ("float", "int", "bool", "abs", "round") and isinstance(first, Column):
        if name in ("abs", "round"):
            return first._do_abs(machine, [], {}, span) if name == "abs" else first
        if len(first.values) != 1:
            raise Raised(lineage_of("TypeError"), span)
        return builtin_call(machine, name, [made(first.values[0])], {}, span)
    if name == "isinstance":
        kinds = given[1].items if isinstance(given[1], Seq) else [given[1]]
        wanted = {str(getattr(one, "name", "")).rpartition(".")[2] for one in kinds}
        known = {"Series", "ndarray"} if isinstance(first, Column) else {"DataFrame"} if isinstance(
            first, Frame) else set()  # fmt: skip
        return derived(bool(wanted & known))
    if name == "dict" and isinstance(first, Column):
        return first._do_to_dict(machine, [], {}, span)
    if name in ("list", "tuple", "set", "frozenset", "sorted", "max", "min", "sum", "enumerate", "zip", "any", "all",
                "reversed", "map", "filter", "iter", "next"):  # fmt: skip
        opened = [Seq(one.items(machine, span)) if isinstance(one, Held) else one for one in given]
        again = known_call(machine, name, opened, named, span)
        return again if again is not None else builtin_call(machine, name, opened, named, span)
    if name == "print":
        texts = [made(one.text()) if isinstance(one, Held) else one for one in given]
        return builtin_call(machine, name, texts, named, span)
    return None


def _extreme(choose: Callable[..., Any]) -> Answer:
    def answer(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
        from gradeline.facts.gate_items import items_of

        items = given if len(given) > 1 else items_of(machine, given[0], span) if given else []
        if not items:
            return None
        keys = items
        if "key" in named:
            keys = [called(machine, named["key"], [one], {}, span) for one in items]
        if not all(isinstance(one, Const) for one in keys):
            return None
        data = [plain(one, span) for one in keys]
        try:
            best = choose(range(len(data)), key=lambda place: data[place])
        except TypeError:
            raise Raised(lineage_of("TypeError"), span) from None
        chosen = items[best]
        return Const(chosen.data, "derived") if isinstance(chosen, Const) else chosen

    return answer


def _sorted(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.gate_items import items_of

    items = list(items_of(machine, given[0], span)) if given else []
    keys = [called(machine, named["key"], [one], {}, span) if "key" in named else one for one in items]
    if not all(isinstance(one, Const | Seq) for one in keys):
        return None
    data = [plain(one, span) for one in keys]
    try:
        places = sorted(range(len(data)), key=lambda place: data[place], reverse=truth_of(named, "reverse", False))
    except TypeError:
        raise Raised(lineage_of("TypeError"), span) from None
    return Seq([items[place] for place in places])


def _sum(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.gate_items import items_of

    items = items_of(machine, given[0], span) if given else []
    data = [plain(one, span) for one in items]
    if not items or not all(isinstance(one, bool | int | float) for one in data):
        return None
    machine.worked(span, len(data))
    start = plain(argument(given, named, 1, "start", Const(0)), span)
    return Const(sum(data, start), "derived")


def _counter(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.gate_items import items_of

    found: dict[Any, int] = {}
    for one in items_of(machine, given[0], span) if given else ():
        key = plain(one, span)
        if isinstance(key, list | dict | Held):
            return None
        found[key] = found.get(key, 0) + 1
    table = Table({key: derived(count) for key, count in found.items()})
    table.factory = Native("int", lambda more, others, at: derived(0))
    return table


def _rows_of_file(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    frame = machine.world.at(machine, given[0] if given else NONE)
    if frame is None:
        return None
    machine.worked(span, 16 * frame.count)
    return Seq([
        Table({name: Const("" if missing(cells[place]) else _shown(cells[place]), "derived")
               for name, cells in frame.columns.items()})
        for place in range(frame.count)
    ])  # fmt: skip


def _shown(one: Any) -> str:
    return str(int(one)) if isinstance(one, float) and one.is_integer() else str(one)


# -- pandas ----------------------------------------------------------------------------------------


def _frame(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    data, names = argument(given, named, 0, "data"), named.get("columns")
    if isinstance(data, Frame):
        return Frame(data.columns, data.index)
    if isinstance(data, Table):
        if data.rest is not None:
            return None
        count = max([_size(one) for one in data.items.values()] or [0])
        found: dict[Any, list[Any]] = {}
        for name, value in data.items.items():
            cells = value.values if isinstance(value, Column) else plain(value, span)
            found[name] = list(cells) if isinstance(cells, list | tuple) else [cells] * max(count, 1)
        if len({len(cells) for cells in found.values()}) > 1:
            raise Raised(lineage_of("ValueError"), span)
        index = next((one.index for one in data.items.values() if isinstance(one, Column) and not one.array), None)
        return Frame(found, index if index is not None and len(index) == count else None)
    if isinstance(data, Seq):
        rows = [plain(one, span) for one in data.items]
        if all(isinstance(one, dict) for one in rows):
            order = unique([name for row in rows for name in row])
            if not rows and names is not None:
                order = listed(names, span)
            return Frame({name: [row.get(name, math.nan) for row in rows] for name in order})
        if names is not None and all(isinstance(one, list | tuple) for one in rows):
            labels = listed(names, span)
            return Frame({name: [row[place] for row in rows] for place, name in enumerate(labels)})
    if isinstance(data, Const) and data.data is None:
        return Frame({name: [] for name in listed(names, span)} if names is not None else {})
    return None


def _size(value: Value) -> int:
    if isinstance(value, Column):
        return len(value.values)
    return len(value.items) if isinstance(value, Seq) else 0


def _series(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    data = argument(given, named, 0, "data")
    name = plain(named.get("name", NONE), span)
    if isinstance(data, Column):
        return Column(data.values, data.index, data.name if name is None else name)
    if isinstance(data, Table) and data.rest is None:
        return Column([plain(one, span) for one in data.items.values()], list(data.items), name)
    cells = plain(data, span)
    if isinstance(cells, list | tuple):
        index = listed(named["index"], span) if "index" in named else None
        return Column(list(cells), index, name)
    return Column([], None, name) if cells is None else None


def _concat(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    parts = argument(given, named, 0, "objs")
    frames: list[Value] = list(parts.items.values()) if isinstance(parts, Table) else []
    frames = list(parts.items) if isinstance(parts, Seq) else frames
    if plain(named.get("axis", Const(0)), span) in (1, "columns"):
        found: dict[Any, list[Any]] = {}
        names = list(parts.items) if isinstance(parts, Table) else [getattr(one, "name", None) for one in frames]
        for label, one in zip(names, frames, strict=True):
            if isinstance(one, Frame):
                found.update(one.columns)
            elif isinstance(one, Column):
                found[label] = one.values
            else:
                return None
        return Frame(found, frames[0].index if frames and isinstance(frames[0], Frame | Column) else None)
    tables = [one for one in frames if isinstance(one, Frame)]
    if frames and len(tables) == len(frames):
        order = unique([name for one in tables for name in one.columns])
        whole = {name: [cell for one in tables for cell in one.columns.get(name, [math.nan] * one.count)]
                 for name in order}  # fmt: skip
        fresh = truth_of(named, "ignore_index", False)
        return Frame(whole, None if fresh else [label for one in tables for label in one.index])
    columns = [one for one in frames if isinstance(one, Column)]
    if frames and len(columns) == len(frames):
        cells = [cell for one in columns for cell in one.values]
        return Column(cells, [label for one in columns for label in one.index])
    return None


def _is_missing(wanted: bool) -> Answer:
    def answer(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
        value = given[0] if given else NONE
        if isinstance(value, Seq) and (cells := _cells(value, span)) is not None:
            value = Column(cells, None, None, True)
        if isinstance(value, Column):
            machine.dropped = machine.dropped or (not wanted and any(map(missing, value.values)))
            return value.like([missing(one) == wanted for one in value.values])
        if isinstance(value, Frame):
            return value._do_isna(machine, [], {}, span) if wanted else None
        return derived(missing(value.data) == wanted) if isinstance(value, Const) else None

    return answer


def _crosstab(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    rows, columns = argument(given, named, 0, "index"), argument(given, named, 1, "columns")
    if not isinstance(rows, Column) or not isinstance(columns, Column):
        return None
    labels = ordered(unique([one for one in rows.values if not missing(one)]))
    names = ordered(unique([one for one in columns.values if not missing(one)]))
    counted = {(a, b): 0 for a in labels for b in names}
    for a, b in zip(rows.values, columns.values, strict=True):
        if (a, b) in counted:
            counted[a, b] += 1
    found: dict[Any, list[Any]] = {name: [counted[label, name] for label in labels] for name in names}
    normal = plain(named.get("normalize", Const(False)), span)
    if normal == "index":
        sums = [sum(found[name][place] for name in names) for place in range(len(labels))]
        found = {name: [Number(cell / whole if whole else math.nan) for cell, whole in zip(cells, sums, strict=True)]
                 for name, cells in found.items()}  # fmt: skip
    elif normal:
        raise unknown("table", "crosstab", span)
    return Frame(found, labels, rows.name)


def _approx(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.test_trials import approx

    return approx(machine, given, named, span)


def _failed(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.test_trials import failed

    return failed(machine, given, named, span)


def _started(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    from gradeline.facts.test_trials import started

    return started(machine, given, named, span)


def _spec(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    """``importlib.util.spec_from_file_location("gate", "scripts/gate.py")``"""
    from gradeline.facts.gate_machine import globals_of

    path = plain(argument(given, named, 1, "location"), span)
    modules = machine.code.modules
    module = next((modules[one] for one in modules if isinstance(path, str) and (
        path == one or path.endswith(f"/{one}"))), None)  # fmt: skip
    if module is None:
        return None
    loader = Native("loader", None, {"exec_module": Native("exec_module", lambda more, others, at: NONE)})
    return Native("spec", None, {"loader": loader, "module": ModuleValue(globals_of(machine, module))})


def _module_of(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    spec = given[0] if given else NONE
    return spec.state.get("module") if isinstance(spec, Native) else None


def _named_aggregate(machine: Machine, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    return Native("NamedAgg", None, {"column": argument(given, named, 0, "column"),
                                     "aggfunc": argument(given, named, 1, "aggfunc")})  # fmt: skip


# -- NumPy -----------------------------------------------------------------------------------------

_NUMPY_REDUCES = {"mean": "mean", "sum": "sum", "max": "max", "min": "min", "amax": "max", "amin": "min",
                  "nanmean": "mean", "nansum": "sum", "nanmax": "max", "nanmin": "min", "median": "median",
                  "any": "any", "all": "all", "average": "mean", "std": "std"}  # fmt: skip


def _cells(value: Value, span: Span) -> Sequence[Any] | None:
    if isinstance(value, Column):
        return value.values
    found = plain(value, span) if isinstance(value, Seq) else None
    return found if isinstance(found, list | tuple) and not any(isinstance(one, Value) for one in found) else None


def _numpy(machine: Machine, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value | None:
    first = given[0] if given else NONE
    cells = _cells(first, span)
    if name in _NUMPY_REDUCES and cells is not None and not named:
        machine.worked(span, len(cells))
        if not cells and name in ("max", "min", "amax", "amin"):
            raise Raised(lineage_of("ValueError"), span)
        # NumPy hands a Series to pandas, which leaves NaN out; a list or an array keeps it.
        keeps = not name.startswith("nan") and name not in ("any", "all")
        keeps = keeps and not (isinstance(first, Column) and not first.array)
        if keeps and any(map(missing, cells)):
            return made(Number(math.nan))
        return made(reduced(_NUMPY_REDUCES[name], cells, span))
    if name == "ptp" and cells is not None:
        low, high = reduced("min", cells, span), reduced("max", cells, span)
        return made(Number(math.nan) if any(map(missing, cells)) else high - low)
    if name in ("array", "asarray", "ravel", "concatenate") and cells is not None:
        if name == "concatenate" or (cells and isinstance(cells[0], list | tuple)):
            cells = [one for part in cells for one in (part if isinstance(part, list | tuple) else [part])]
        return Column([_number(one) for one in cells], None, None, True)
    if name == "concatenate" and isinstance(first, Seq):
        parts = [_cells(one, span) for one in first.items]
        if all(part is not None for part in parts):
            return Column([one for part in parts if part is not None for one in part], None, None, True)
    if name == "where" and len(given) == 3 and isinstance(first, Column):
        sides = [_cells(one, span) or [plain(one, span)] * len(first.values) for one in given[1:]]
        return Column([yes if chosen else no for chosen, yes, no in zip(first.values, *sides, strict=True)],
                      first.index, None, True)  # fmt: skip
    if name in ("logical_and", "logical_or") and isinstance(first, Column):
        return first.with_other(machine, "&" if name.endswith("and") else "|", given[1], False, span)
    if name in ("isnan", "isfinite") and cells is not None:
        column = first if isinstance(first, Column) else Column(cells, None, None, True)
        return column.like([missing(one) if name == "isnan" else not missing(one) for one in cells])
    if name == "unique" and cells is not None and not named:
        return Column(ordered(unique(cells)), None, None, True)
    if name in ("abs", "absolute", "round") and isinstance(first, Column):
        return first._do_abs(machine, [], {}, span) if name != "round" else first._do_round(machine, given[1:], {},
                                                                                          span)  # fmt: skip
    if name in ("zeros", "ones", "full", "repeat", "tile", "arange"):
        return _filled(name, [plain(one, span) for one in given], span)
    if name == "count_nonzero" and cells is not None:
        return made(sum(1 for one in cells if one))
    if name in ("divide", "true_divide") and len(given) == 2 and all(isinstance(one, Const) for one in given):
        from gradeline.facts.known_values import quotient

        return made(quotient(plain(given[0], span), plain(given[1], span)))
    return None


def _number(one: Any) -> Any:
    return Number(one) if isinstance(one, float) else one


def _filled(name: str, words: list[Any], span: Span) -> Value | None:
    count = words[0] if words and isinstance(words[0], int) else None
    if name == "repeat" or name == "tile":
        cells = list(words[0]) if isinstance(words[0], list | tuple) else [words[0]]
        times = words[1] if len(words) > 1 and isinstance(words[1], int) else None
        if isinstance(words[0], Column):
            cells = words[0].values
        if name == "repeat" and len(words) > 1 and isinstance(words[1], list):
            return Column([one for one, many in zip(cells, words[1], strict=True) for _ in range(many)], None, None,
                          True)  # fmt: skip
        if times is None or times * len(cells) > 20_000:
            return None
        return Column([one for one in cells for _ in range(times)] if name == "repeat" else cells * times, None, None,
                      True)  # fmt: skip
    if count is None or count > 20_000:
        return None
    if name == "arange" and len(words) == 1:
        return Column(list(range(count)), None, None, True)
    fills = {"zeros": Number(0), "ones": Number(1), "full": words[1] if len(words) > 1 else None}
    return Column([fills[name]] * count, None, None, True) if name in fills else None


def _text(machine: Machine, value: Value) -> str:
    return value.text() if isinstance(value, Held) else str(value.data) if isinstance(value, Const) else "{…}"


_ANSWERS: dict[str, Answer] = {
    "max": _extreme(max), "min": _extreme(min), "sorted": _sorted, "sum": _sum, "math.fsum": _sum,
    "collections.Counter": _counter, "csv.DictReader": _rows_of_file, "pandas.DataFrame": _frame,
    "pandas.DataFrame.from_records": _frame, "pandas.DataFrame.from_dict": _frame,
    "pandas.Series": _series, "pandas.concat": _concat, "pandas.isna": _is_missing(True),
    "pandas.isnull": _is_missing(True), "pandas.notna": _is_missing(False), "pandas.notnull": _is_missing(False),
    "pytest.approx": _approx, "pytest.fail": _failed, "subprocess.run": _started,
    "importlib.util.spec_from_file_location": _spec, "importlib.util.module_from_spec": _module_of,
    "pandas.crosstab": _crosstab, "pandas.NamedAgg": _named_aggregate,
}  # fmt: skip

__all__ = ["Expr", "Lost", "World", "known_call"]
