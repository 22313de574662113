"""What a script demands of new data, and whether data that breaks a demand ends it with a failure.

A demand is a rule of a validation library, or a comparison or truth of the script itself.  Documentation: pandera,
``DataFrameSchema``, ``DataFrameModel``, ``Check`` (``validate`` raises; with ``lazy`` it collects all failures first);
Great Expectations 1.x, ``ValidationDefinition.run`` and ``Checkpoint.run`` (they answer with ``success`` and raise
nothing); Evidently, ``Report(include_tests=True)``; Soda, ``Scan.assert_no_checks_fail``; jsonschema, ``validate``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Literal

from gradeline.facts.data_promises import (
    asked_about,
    closed,
    closed_by_number,
    columns_given,
    is_width,
    once,
    one_for_each,
)
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_library import ANSWER
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import MISSING, NONE, Const, Data, Klass, Lib, Seq, Table, Value, ancestry
from gradeline.facts.group_gaps import is_count
from gradeline.records import record
from gradeline.source import Span

Kind = Literal["schema", "quality", "distribution", "volume", "freshness"]

_SUITES = ("great_expectations", "gx.", "evidently", "soda", "deepchecks", "frictionless", "whylogs")
_DISTANCES = frozenset({"ks_2samp", "kstest", "chi2_contingency", "chisquare", "wasserstein_distance", "jensenshannon",
                        "entropy", "psi", "population_stability_index", "anderson_ksamp", "drift"})  # fmt: skip
_SHARES = frozenset({"ks_2samp", "kstest"})
_FAR = 1e6  # a distance that no two columns ever have
_TIMES = ("datetime.", "time.", "os.path.getmtime", "os.stat", "pandas.Timestamp", "pandas.to_datetime",
          "pandas.to_timedelta")  # fmt: skip
_JSON_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "const", "pattern", "minLength",
                "maxLength", "multipleOf")  # fmt: skip
_WIDE = 1e9  # a bound that far away limits nothing
# What expectations and metrics of suites look at, by words of their names.
_SUITE_KINDS: tuple[tuple[str, Kind], ...] = (
    ("rowcount", "volume"), ("drift", "distribution"), ("kldivergence", "distribution"),
    ("columnstomatch", "schema"), ("columntoexist", "schema"), ("oftype", "schema"), ("typelist", "schema"),
    ("newcolumns", "schema"), ("columncount", "schema"), ("freshness", "freshness"),
)  # fmt: skip
# Those that other columns break: Great Expectations compares sets exactly unless told otherwise.
_CLOSED_SUITES = ("columnstomatchset", "columnstomatchorderedlist", "columncounttoequal", "newcolumns",
                  "newcolumnscount")  # fmt: skip


@record
class Demand:
    """Something that data has to fulfil.  ``blocks``: data that does not ends the script with a failure, None when
    that cannot be told.  ``idle``: nothing can break it.  ``bounds`` are the numbers that it compares with.
    ``closed``: columns beyond those that are named break it, None when that cannot be told.  ``once``: a value that is
    there twice breaks it."""

    kind: Kind
    columns: frozenset[str]
    span: Span
    blocks: bool | None
    idle: bool = False
    bounds: tuple[Const, ...] = ()
    closed: bool | None = False
    once: bool = False


def demands(gate: Gate) -> tuple[Demand, ...]:
    """What the script demands of the data, libraries first."""
    if gate.good is None:
        return ()
    found = [*_of_libraries(gate, gate.good[1]), *_of_comparisons(gate), *_of_truths(gate, gate.good[1])]
    return tuple(found)


# -- libraries ---------------------------------------------------------------------------------


def _of_libraries(gate: Gate, good: Run) -> Iterator[Demand]:
    for one in good.calls:
        method = one.call.rpartition(".")[2]
        made = [part for part in ancestry(one) if isinstance(part, Data)]
        if method == "validate" and any(part.call.startswith("pandera.") for part in made):
            blocks = _stops(gate, one)
            yield from _pandera(one, blocks)
        elif one.call in ("jsonschema.validate", "fastjsonschema.validate"):
            yield from _json_schema(one, _stops(gate, one))
        elif _is_suite(one, made, method):
            yield from _suite(gate, good, one)


def _is_suite(one: Data, made: list[Data], method: str) -> bool:
    return method in ("run", "validate", "execute", "assert_no_checks_fail") and any(
        part.call.startswith(_SUITES) for part in made
    )


def _stops(gate: Gate, one: Data) -> bool | None:
    """Whether the script fails when the call raises."""
    status = gate.with_face(one.key, MISSING).status
    return None if status is None else status != 0


def _pandera(one: Data, blocks: bool | None) -> Iterator[Demand]:
    for part in ancestry(one):
        if isinstance(part, Data) and part.call.rpartition(".")[2] == "DataFrameSchema":
            columns = part.given[0] if part.given else part.named.get("columns")
            strict = part.named.get("strict")
            if isinstance(columns, Table):
                for name, column in columns.items.items():
                    yield from _column(str(name), column, blocks)
            yield from _strict(strict, part.span, blocks)
            yield from _unique(part.named.get("unique"), part.span, blocks)
            for rule in ancestry(part.named.get("checks", NONE)):
                if isinstance(rule, Data) and ANSWER in rule.named:
                    answer = rule.named[ANSWER]
                    yield Demand("quality", _columns(answer), rule.span, blocks, once=once(answer))
            for key in ancestry(part.named.get("index", NONE)):
                name = key.named.get("name") if isinstance(key, Data) and key.call.endswith("Index") else None
                if isinstance(name, Const):
                    yield from _column(str(name.data), key, blocks)
        elif isinstance(part, Klass):
            yield from _model(part, blocks)


def _column(name: str, column: Value, blocks: bool | None) -> Iterator[Demand]:
    if not isinstance(column, Data):
        return
    kind = column.given[0] if column.given else column.named.get("dtype")
    anything = kind is None or (isinstance(kind, Lib) and kind.name == "object") or (
        isinstance(kind, Const) and kind.data in (None, "object"))  # fmt: skip
    yield Demand("schema", frozenset({name}), column.span, blocks, anything)
    checks = [part for part in ancestry(*column.given[1:], *column.named.values()) if isinstance(part, Data)]
    for one in checks:
        if "Check" in one.call:
            given = (*one.given, *one.named.values())
            idle, again = _limits_nothing(given), ANSWER in one.named and once(one.named[ANSWER])
            yield Demand("quality", frozenset({name}), one.span, blocks, idle, _words(given), once=again)
    unique = column.named.get("unique")
    if isinstance(unique, Const) and unique.data is True:
        yield Demand("quality", frozenset({name}), column.span, blocks, once=True)
    elif unique is not None and not isinstance(unique, Const):
        yield Demand("quality", frozenset({name}), column.span, None, once=True)


def _strict(strict: Value | None, span: Span, blocks: bool | None) -> Iterator[Demand]:
    """``strict="filter"`` lets other columns come and leaves them out (pandera, "DataFrame Schemas")."""
    if isinstance(strict, Const):
        if strict.data:
            yield Demand("schema", frozenset(), span, blocks, closed=strict.data != "filter")
    elif strict is not None:
        yield Demand("schema", frozenset(), span, blocks, closed=None)


def _unique(unique: Value | None, span: Span, blocks: bool | None) -> Iterator[Demand]:
    """The columns that are there once, all of them together; of several ones no single one is promised."""
    names = columns_given(unique) if unique is not None else frozenset()
    if names:
        yield Demand("quality", names, span, blocks, once=len(names) == 1)


def _json_schema(one: Data, blocks: bool | None) -> Iterator[Demand]:
    """JSON Schema: ``properties``, ``additionalProperties``; it says nothing of a value that is there twice."""
    schema = one.given[1] if len(one.given) > 1 else one.named.get("schema", NONE)
    tables = [part for part in ancestry(schema) if isinstance(part, Table)]
    found = next((part for part in tables if "properties" in part.items), None)
    properties = found.items["properties"] if found is not None else None
    if found is None or not isinstance(properties, Table):
        yield Demand("schema", frozenset(), one.span, blocks, closed=None)
        return
    more = found.items.get("additionalProperties", found.items.get("unevaluatedProperties", Const(True)))
    shut = more.data is False if isinstance(more, Const) else None
    yield Demand("schema", frozenset(), one.span, blocks, closed=shut)
    for name, rules in properties.items.items():
        if isinstance(rules, Table):
            typed = bool({"type", "enum", "const", "$ref"} & set(rules.items))
            yield Demand("schema", frozenset({str(name)}), one.span, blocks, not typed)
            bounds = tuple(rules.items[word] for word in _JSON_BOUNDS if word in rules.items)
            if bounds:
                idle = _limits_nothing(bounds)
                yield Demand("quality", frozenset({str(name)}), one.span, blocks, idle, _words(bounds))


def _model(model: Klass, blocks: bool | None) -> Iterator[Demand]:
    from gradeline.facts.gate_classes import _fields

    for name, (node, owner) in _fields(model).items():
        span = owner.scope.module.span(node)
        annotation = ast.unparse(node.annotation)[:80]
        yield Demand("schema", frozenset({name}), span, blocks, "object" in annotation)
        field = owner.scope.names.get(name)
        if isinstance(field, Data):
            bounds = {key: value for key, value in field.named.items() if key not in (
                "nullable", "coerce", "alias", "description", "title", "regex") and not _is_off(value)}  # fmt: skip
            if bounds:
                values, unique = tuple(bounds.values()), bounds.get("unique")
                again = isinstance(unique, Const) and unique.data is True
                idle = _limits_nothing(values)
                yield Demand("quality", frozenset({name}), span, blocks, idle, _words(values), once=again)
    for value in model.scope.names.values():
        inner = getattr(value, "node", None)
        for decorator in getattr(inner, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            last = getattr(called, "attr", getattr(called, "id", ""))
            if last in ("check", "dataframe_check") and isinstance(inner, ast.FunctionDef):
                names = [arg.value for arg in getattr(decorator, "args", ()) if isinstance(arg, ast.Constant)]
                yield Demand("quality", frozenset(str(one) for one in names), model.scope.module.span(inner), blocks)
    config = model.member("Config")
    if isinstance(config, Klass):
        place = config.scope.module.span(config.node)
        yield from _strict(config.member("strict"), place, blocks)
        yield from _unique(config.member("unique"), place, blocks)


def _is_off(value: Value) -> bool:
    return isinstance(value, Const) and (value.data is None or value.data is False)


def _words(values: tuple[Value, ...]) -> tuple[Const, ...]:
    """The numbers of some bounds, each where it was written or read."""
    known = (one for one in ancestry(*values) if isinstance(one, Const) and not one.parts)
    return tuple(one for one in known if isinstance(one.data, int | float) and not isinstance(one.data, bool))


def _limits_nothing(bounds: tuple[Value, ...]) -> bool:
    numbers = [one.data for one in bounds if isinstance(one, Const) and isinstance(one.data, int | float)
               and not isinstance(one.data, bool)]  # fmt: skip
    others = [one for one in bounds if not isinstance(one, Const)]
    return bool(numbers) and not others and all(math.isnan(one) or abs(one) >= _WIDE for one in numbers)


def _suite(gate: Gate, good: Run, one: Data) -> Iterator[Demand]:
    """A suite raises nothing: what the script asks of its answer decides."""
    blocks: bool | None = _stops(gate, one) if one.call.endswith("assert_no_checks_fail") else False
    for key, (data, value) in good.asked.items():
        if blocks or not any(isinstance(part, Data) and part.key == one.key for part in _origins(data)):
            continue
        status = gate.with_face(key, not value).status
        blocks = True if status not in (None, 0) else (None if status is None else blocks)
    tested = [part for part in ancestry(one) if isinstance(part, Data)]
    report = next((part for part in tested if part.call.startswith("evidently") and part.call.endswith("Report")), None)
    idle = report is not None and not (isinstance(found := report.named.get("include_tests"), Const) and found.data)
    rules = [part for part in good.calls if part.call.startswith(_SUITES) and part.call.rpartition(".")[2][:1].isupper()
             and part is not report]  # fmt: skip
    for part in rules:
        name = part.call.rpartition(".")[2].lower()
        kind = next((kind for word, kind in _SUITE_KINDS if word in name), None)
        if kind is None and not name.startswith(("expect", "datasummary", "missing", "valuestats", "unique", "valid")):
            continue
        column = part.named.get("column")
        columns = frozenset({str(column.data)}) if isinstance(column, Const) else frozenset()
        bounds = tuple(value for key, value in part.named.items() if key in ("min_value", "max_value"))
        exact = part.named.get("exact_match")
        shut = name.endswith(_CLOSED_SUITES) and not (isinstance(exact, Const) and exact.data is False)
        again = "tobeunique" in name and columns != frozenset()
        nothing = idle or _limits_nothing(bounds)
        yield Demand(kind or "quality", columns, part.span, blocks, nothing, _words(bounds), shut, again)
        if kind is None and columns:
            yield Demand("schema", columns, part.span, blocks, idle)
    if not rules:
        yield Demand("quality", frozenset(), one.span, blocks, idle)


def _origins(data: Data) -> Iterator[Value]:
    """What a truth was asked of; its key leads to calls that it does not carry itself."""
    yield from ancestry(data)
    for length in range(1, len(data.key)):
        yield Data(data.key[:length], data.span)


# -- the script's own comparisons and truths ------------------------------------------------------


def _of_comparisons(gate: Gate) -> Iterator[Demand]:
    for one in gate.decisions:
        if not one.measured and not _is_time(one.compared.left, one.compared.right):
            continue
        values = (one.compared.left, one.compared.right)
        if _from_data(*values):
            kind, idle = _kind(one.leaf, *values), one.bound is not None and abs(one.bound) >= _WIDE
            if kind == "volume" and one.bound is not None and one.up is not None:
                kind, idle = ("volume", one.bound <= 0) if one.up else ("quality", idle)  # enough, and not too many
            elif kind == "distribution":
                least = 1 if _is_share(*values) else _FAR
                sides = (one.bound, *(side.data for side in values if isinstance(side, Const)))
                idle = any(isinstance(known, int | float) and abs(known) >= least for known in sides)
            again = kind in ("quality", "volume") and (once(*values) or one_for_each(*values))
            kind = "quality" if again else kind
            shut = closed_by_number(one.compared.op, *values) if kind == "schema" else False
            yield Demand(kind, _columns(*values), one.span, one.blocks, idle, _words(values), shut, again)


def _of_truths(gate: Gate, good: Run) -> Iterator[Demand]:
    for key, (data, _) in good.asked.items():
        if not _from_data(data) or any(part.startswith(("great_expectations", "evidently")) for part in key):
            continue
        status = _status_without(gate, good, key)
        blocks = None if status is None else status != 0
        kind = _kind(data, data)
        shut, again = closed(data) if kind == "schema" else False, kind == "quality" and once(data)
        yield Demand(kind, _columns(data), data.span, blocks, False, _words((data,)), shut, again)


def _status_without(gate: Gate, good: Run, key: tuple[str, ...]) -> int | None:
    """How the script ends for data of which one thing is not true, nor what is asked of it instead (``a or b``)."""
    data, value = good.asked[key]
    broken = gate.with_face(key, not value)
    instead = {
        other: not answer
        for other, (asked, answer) in broken.asked.items()
        if other not in good.asked and _columns(asked) == _columns(data)
    }
    if broken.status != 0 or not instead or gate.good is None:
        return broken.status
    return gate.run({**gate.good[0], key: not value, **instead}).status


def _is_share(*values: Value) -> bool:
    """Whether it is a distance that is never above 1, such as that of the test of Kolmogorov and Smirnov."""
    made = (one for one in ancestry(*values) if isinstance(one, Data))
    words = {word for one in made for word in (one.call.rpartition(".")[2], one.key[-1] if one.key else "")}
    return (bool(words & _SHARES) and "statistic" in words) or "jensenshannon" in words


def _from_data(*values: Value) -> bool:
    """Whether a table, or rows of a file of records, are behind some values."""
    records = ("csv.", "os.path.getmtime", "os.stat")
    return any(
        one.call == "table" or one.call.startswith(records) or "st_mtime" in one.key[-1:] or _is_read(one)
        for one in ancestry(*values)
        if isinstance(one, Data)
    )


def _is_read(one: Data) -> bool:
    return bool(one.key) and one.key[0].startswith(("pandas.read_", "polars.read_"))


def _is_time(*values: Value) -> bool:
    made = (one for one in ancestry(*values) if isinstance(one, Data))
    return any(one.call.startswith(_TIMES) or "st_mtime" in one.key for one in made)


def _kind(leaf: Data, *values: Value) -> Kind:
    parts = [one for one in ancestry(*values) if isinstance(one, Data)]
    words = {one.call.rpartition(".")[2] for one in parts} | {label for one in parts for label in one.labels}
    words |= {one.key[-1].partition("(")[0] for one in parts if one.key}
    if _is_time(*values):
        return "freshness"
    tables = {one.key for one in parts if one.call == "table" and one.source is None and _is_read(one)
              and not any(isinstance(part, Data) for part in one.given)}  # fmt: skip
    if len(tables) > 1 or words & _DISTANCES:
        return "distribution"
    typed = any(word.startswith("is_") and word.endswith("_dtype") for word in words)  # of pandas.api.types
    if typed or words & {"columns", "dtypes", "dtype", "schema", "fieldnames"} or any(map(is_width, parts)):
        return "schema"
    chosen = any(one.call == "compared" for one in parts) or words & {"isna", "isnull", "duplicated", "drop_duplicates"}
    return "volume" if is_count(leaf) and not chosen else "quality"


def _columns(*values: Value) -> frozenset[str]:
    found: set[str] = set()
    for one in ancestry(*values):
        if isinstance(one, Data):
            found |= asked_about(one)
        if isinstance(one, Data) and one.source is not None and one.source.call == "table" and one.key:
            last = one.key[-1]
            if last.isidentifier() and last not in ("columns", "dtypes", "len", "shape"):
                found.add(last)
            if one.given and isinstance(one.given[0], Seq):
                found |= {str(part.data) for part in one.given[0].items if isinstance(part, Const)}
        if isinstance(one, Seq | Table):
            items = one.items if isinstance(one, Seq) else [Const(key) for key in one.items]
            found |= {str(part.data) for part in items if isinstance(part, Const) and isinstance(part.data, str)}
    return frozenset(found)
