"""Functions of libraries: the few whose answer is known, and an answer from outside for all others.

MLflow documentation, ``mlflow.validate_evaluation_results`` and ``mlflow.models.MetricThreshold`` (it raises when a
threshold is missed, when a metric is not there, and also for NaN, as it asks ``not value >= threshold``).
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.facts.gate_calls import Named, Raisable, call, named_call
from gradeline.facts.gate_conversions import adapter, converted
from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Func,
    Lib,
    Native,
    Opened,
    Seq,
    Table,
    Thing,
    Value,
    gathered,
    lineage_of,
    text_of,
    words_of,
)
from gradeline.facts.registry_acts import given_since
from gradeline.source import Span

Answer = Callable[[Machine, list[Value], Named, Span], Value]
_TABLES = frozenset(
    {
        "pandas.read_csv", "pandas.read_parquet", "pandas.read_json", "pandas.read_sql", "polars.read_csv",
        "polars.read_parquet", "pandas.DataFrame", "pandas.concat", "pandas.merge", "dask.dataframe.read_csv",
        "pandas.read_excel", "pandas.read_feather", "polars.scan_csv", "polars.scan_parquet",
    }
)  # fmt: skip
_LOADS = frozenset(
    {
        "json.load", "json.loads", "yaml.safe_load", "yaml.full_load", "yaml.load", "tomllib.load", "tomllib.loads",
        "tomli.load", "tomli.loads", "toml.load", "toml.loads", "omegaconf.OmegaConf.load", "orjson.loads",
        "ujson.load", "yaml.unsafe_load", "simplejson.load", "json5.load",
    }
)  # fmt: skip
_OF_AN_ANSWER = 48  # what has to be kept of each answer, as in Machine.worked
_READY = frozenset({"logging", "warnings", "structlog", "loguru", "rich", "colorama", "tabulate", "atexit"})
# Classes of libraries that only hold what they are given.
HOLDERS = frozenset({"MetricThreshold"})
ANSWER = "\0answer"  # what a function answered that a library called


def library_call(machine: Machine, name: str, given: list[Value], named: Named, span: Span) -> Value:
    """What a function of a library answers in this experiment."""
    from gradeline.facts.gate_builtins import builtin_call

    if machine.service is not None:
        outside = machine.service.answer(machine, name, given, named, span)
        if outside is not None:
            return outside
    if machine.exact:
        from gradeline.facts.gate_statistics import known_answer

        known = known_answer(name, given, named, span)
        if known is None and machine.world is None and name.startswith("numpy."):
            from gradeline.facts.gate_arrays import called

            known = called(name, given, named, span)
        if known is not None:
            return known
    found: Value | None = None
    if machine.world is not None:
        from gradeline.facts.known_libraries import known_call

        found = known_call(machine, name, given, named, span)
    found = builtin_call(machine, name, given, named, span) if found is None else found
    if found is not None:
        if isinstance(found, Seq):
            machine.worked(span, 2 * len(found.items))
        return found
    answer = _ANSWERS.get(name)
    if answer is not None:
        return answer(machine, given, named, span)
    made = converted(machine, name, given, named, span)
    if made is not None:
        return made
    last = name.rpartition(".")[2]
    if name in _LOADS and given:
        from gradeline.facts.gate_files import loaded

        return loaded(machine, given[0], span)
    if last in _BY_LAST and name.partition(".")[0] in ("mlflow", "MlflowClient"):
        return _BY_LAST[last](machine, given, named, span)
    if name in ("importlib.import_module", "__import__", "runpy.run_path", "runpy.run_module"):
        raise Lost(span, f"{name}() makes code or names at run time")
    lineage = lineage_of(name)
    if last[:1].isupper() and (last.endswith(("Error", "Exception")) or len(lineage) > 3):
        return Raisable(lineage, given[0] if given else NONE)
    if name.partition(".")[0] in _READY and "progress" not in name:
        if last in ("error", "warning", "info", "critical", "exception", "echo", "secho", "warn"):
            machine.said.append((_said(given), span))
            if last not in ("echo", "secho"):
                machine.aside.add(span)
        if last in ("getLogger", "get_logger", "Console"):
            return named_call(name, given, named, span)
        return NONE
    if machine.service is not None:
        machine.service.note(name, given, named, span)
    return answered(machine, Lib(name), last, given, named, span)


def _said(given: list[Value]) -> str:
    return " ".join(text_of(one) for one in given)[:500]


def answered(machine: Machine, function: Value, name: str, given: list[Value], named: Named, span: Span) -> Value:
    """An answer from outside.  An experiment may let the call fail."""
    machine.worked(span, _OF_AN_ANSWER)
    if isinstance(function, Lib):
        found = named_call(function.name, given, named, span)
        if function.name in _TABLES:
            found.call = "table"
    else:
        assert isinstance(function, Data)
        if name in ("error", "warning", "info", "critical", "exception", "debug") and "getLogger" in function.call:
            machine.said.append((_said(given), span))
            machine.aside.add(span)
            return NONE
        kept = function.call if function.call in ("table", "compared") else ""
        from gradeline.facts.gate_items import SCALARS

        if kept and name in SCALARS and not (name in ("sum", "mean", "max", "min") and _counts_columns(function)):
            kept = ""
        shape = named_call(name, given, named, span)
        key = (*function.key[:-1], f"{name}({shape.key[1]})" if shape.key[1] else name)[-12:]
        origin = kept if kept or function.call in ("table", "compared") else f"{function.call}.{name}"
        found = Data(key, span, function.words | shape.words, origin or name, tuple(given), dict(named))
        if function.call in ("table", "compared") and not kept:
            found.call = name if name not in ("any", "all") else ""
        found.source = function.source
    face = machine.faces.get(found.key, "")
    there = face in (MISSING, None) and given_since(found, machine.calls)
    if face == MISSING and not there:
        raise Raised((name + "Error", "Exception", "BaseException"), span, library=True)
    machine.touched[found.key] = found
    machine.calls.append(found)
    _called_back(machine, found, name, span)
    if found.key in machine.faces and face is None and not there:
        return NONE
    return found


def _called_back(machine: Machine, found: Data, name: str, span: Span) -> None:
    """Libraries that search call the function they are given, and so do those that work on each group of a table.
    What it answers is kept as what the call was given."""
    word = _CALLS_BACK.get(name)
    if word is None:
        return
    every = (*found.given[:1], *(found.named.get(key) for key in ("func", "fn", "function", "objective", "trainable")))
    inner = next((one for one in every if _may_be_called(one, 1 if word else 0)), None)
    if inner is None:
        return
    part = Data((*found.key, word)[-12:], span, found.words, "table" if word == "group" else word)
    part.source = found.source if word == "group" else None
    found.named = {**found.named, ANSWER: call(machine, inner, [part] if word else [], {}, span)}


def _may_be_called(one: Value | None, count: int) -> bool:
    if isinstance(one, Func):
        known = one.node.args
        most = len(known.posonlyargs) + len(known.args) - (one.owner is not None)
        return most - len(known.defaults) <= count <= most or known.vararg is not None
    return isinstance(one, Thing) or (isinstance(one, Native) and one.name == "partial")


# Functions that call the function they are given, and what they call it with.
_CALLS_BACK = {
    "optimize": "trial", "fmin": "trial", "tune.run": "trial", "run": "trial", "Tuner": "trial", "agent": "",
    "gp_minimize": "trial", "forest_minimize": "trial", "apply": "group", "agg": "group", "aggregate": "group",
    "Check": "group",
}  # fmt: skip


def _counts_columns(function: Data) -> bool:
    """``frame.isna().sum()`` is one number for each column, not one number."""
    earlier = function.key[-2].partition("(")[0] if len(function.key) > 1 else ""
    inner = [part for part in function.key[:-1] if part.isidentifier() or part.startswith("[")]
    return earlier in ("isna", "isnull", "notna") and len(inner) < 1


def _echo(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    machine.said.append((_said(given), span))
    machine.hand_on(None, Seq(given), span)
    return NONE


def _exit(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    raise Raised(lineage_of("SystemExit"), span, given[0] if given else named.get("code", NONE), said=True)


def _typer_exit(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return Raisable(lineage_of("SystemExit"), given[0] if given else named.get("code", Const(0)))


def _abort(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return Raisable(lineage_of("SystemExit"), Const(1))


def _click_error(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return Raisable(lineage_of("SystemExit"), Const(1))


def _path(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    parts = [str(one.data) for one in given if isinstance(one, Const)]
    if len(parts) != len(given):
        return next((one for one in given if isinstance(one, Data)), NONE)
    first = given[0] if given else Const(".")
    joined = "/".join(part.rstrip("/") for part in parts) or "."
    return Const(joined, first.origin if isinstance(first, Const) else "code", span)


def _fields(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """The fields of a class, each with its ``name``."""
    from gradeline.facts.gate_classes import names_of

    names = names_of(given[0]) if given else ()
    if not names:
        raise Lost(span, "which fields there are cannot be seen")
    return Seq([Native("Field", None, {"name": Const(name)}) for name in names], "tuple")


def _exists(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    from gradeline.facts.gate_files import exists

    return exists(machine, given[0] if given else NONE, span)


def _basename(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return given[0] if given else NONE


def _dirname(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    import posixpath

    if given and isinstance(given[0], Const):
        return derived(posixpath.dirname(str(given[0].data)), given[0])
    return given[0] if given else NONE


def _environment(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    name = str(given[0].data) if given and isinstance(given[0], Const) else "?"
    found = Data(("environment", name), span, words_of(name), "environment")
    if machine.faces.get(found.key) == MISSING:
        return given[1] if len(given) > 1 else named.get("default", NONE)
    machine.touched[found.key] = found
    return found


def _dumped(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    value = given[0] if given else NONE
    return Data(("text", f"line {span.line}"), span, gathered(value), "text", (value,))


def _dump(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    from gradeline.facts.gate_files import write

    if len(given) > 1 and isinstance(given[1], Opened):
        write(machine, given[1].path, NONE, span)
        machine.hand_on(given[1].path, given[0], span)
    return NONE


def _defaultdict(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    found = Table({})
    found.factory = given[0] if given else None
    return found


def _partial(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    inner, first, keys = given[0], given[1:], dict(named)
    return Native("partial", lambda more, others, at: call(machine, inner, [*first, *more], {**keys, **others}, at))


def _second(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return given[1] if len(given) > 1 else NONE


def _first(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return given[0] if given else NONE


def _asdict(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    value = given[0] if given else NONE
    return Table(dict(value.fields)) if isinstance(value, Thing) else value


def _replaced(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    value = given[0] if given else NONE
    if isinstance(value, Thing):
        copy = Thing(value.klass)
        copy.fields = {**value.fields, **named}
        return copy
    return value


def _attribute_getter(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    from gradeline.facts.gate_items import attribute

    name = str(given[0].data) if given and isinstance(given[0], Const) else ""
    return Native("attrgetter", lambda more, _, at: attribute(machine, more[0], name, at))


def _item_getter(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    from gradeline.facts.gate_items import item

    key = given[0] if given else NONE
    return Native("itemgetter", lambda more, _, at: item(machine, more[0], key, at))


def _run_main(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """``typer.run(main)``, ``fire.Fire(main)``"""
    from gradeline.facts.gate_arguments import decorated_call

    if given and isinstance(given[0], Func):
        return decorated_call(machine, given[0], span)
    raise Lost(span, "what is started here cannot be seen")


def _typer(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """``app = typer.Typer()``: calling it starts the only command."""

    def start(more: list[Value], others: Named, at: Span) -> Value:
        from gradeline.facts.gate_arguments import commands, decorated_call

        scope = machine.scopes.get(at.path)
        found = commands(scope) if scope is not None else []
        if len(found) != 1:
            raise Lost(at, "which command is started here cannot be seen")
        return decorated_call(machine, found[0], at)

    return Native("typer", start)


def _parser(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    from gradeline.facts.gate_arguments import parser

    return parser(machine, given, named, span)


def _threshold(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    return Native("MetricThreshold", None, {**({"threshold": given[0]} if given else {}), **named})


def _validated(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """``mlflow.validate_evaluation_results``: each threshold is a comparison, and a missed one raises."""
    candidate = named.get("candidate_result", given[1] if len(given) > 1 else NONE)
    thresholds = named.get("validation_thresholds", given[0] if given else NONE)
    baseline = named.get("baseline_result", given[2] if len(given) > 2 else NONE)
    if not isinstance(thresholds, Table):
        raise Lost(span, "the thresholds cannot be seen")
    failed = False
    for metric, limit in thresholds.items.items():
        if not isinstance(limit, Native) or limit.name != "MetricThreshold":
            raise Lost(span, "the thresholds cannot be seen")
        failed = _misses(machine, candidate, baseline, str(metric), limit.state, span) or failed
    if failed:
        raise Raised(("ModelValidationFailedException", "MlflowException", "Exception", "BaseException"), span,
                     said=True)  # fmt: skip
    return NONE


def _misses(machine: Machine, candidate: Value, baseline: Value, name: str, limits: Named, span: Span) -> bool:
    from gradeline.facts.gate_comparisons import compared

    value = _metric(machine, candidate, name, span)
    if value is None:
        return True
    greater = limits.get("greater_is_better")
    up = not (isinstance(greater, Const) and greater.data is False)
    sign = ">=" if up else "<="
    missed = False
    if not _nothing(limits.get("threshold")):
        missed = not compared(machine, sign, value, limits["threshold"], span)
    for kind in ("min_absolute_change", "min_relative_change"):
        change = limits.get(kind)
        if _nothing(change) or change is None or _nothing(baseline):
            continue
        other = _metric(machine, baseline, name, span)
        if other is None:
            return True
        gain = Expr("-", (value, other) if up else (other, value))
        if kind == "min_relative_change":
            gain = Expr("/", (gain, other))
        missed = not compared(machine, ">=", gain, change, span) or missed
    return missed


def _nothing(value: Value | None) -> bool:
    return value is None or (isinstance(value, Const) and value.data is None)


def _metric(machine: Machine, result: Value, name: str, span: Span) -> Value | None:
    """A number of an evaluation result; None when it is not there."""
    if not isinstance(result, Data):
        return None
    kept = result.named.get("metrics")
    if isinstance(kept, Table):
        if name in kept.items or kept.rest is None:
            return kept.items.get(name)
        kept = kept.rest
    inner = kept if isinstance(kept, Data) else result.child("metrics", span)
    if inner.key in machine.faces and machine.faces[inner.key] is None:
        return None
    found = inner.child(name, span)
    found.call = ""
    machine.touched[found.key] = found
    face = machine.faces.get(found.key, "")
    if face == MISSING or (found.key in machine.faces and face is None):
        return None
    return found


_ANSWERS: dict[str, Answer] = {
    "sys.exit": _exit, "os._exit": _exit, "typer.Exit": _typer_exit, "click.exceptions.Exit": _typer_exit,
    "typer.Abort": _abort, "click.Abort": _abort, "click.ClickException": _click_error,
    "click.UsageError": _click_error, "click.BadParameter": _click_error,
    "pathlib.Path": _path, "pathlib.PurePath": _path, "os.path.join": _path, "pathlib.PosixPath": _path,
    "os.path.exists": _exists, "os.path.isfile": _exists, "os.path.abspath": _basename,
    "os.path.realpath": _basename, "os.path.dirname": _dirname, "os.fspath": _first, "os.path.expanduser": _first,
    "os.getenv": _environment, "os.environ.get": _environment, "json.dumps": _dumped, "yaml.safe_dump": _dumped,
    "yaml.dump": _dumped, "json.dump": _dump, "collections.defaultdict": _defaultdict,
    "collections.OrderedDict": lambda m, given, named, at: Table({}), "collections.Counter": _defaultdict,
    "collections.deque": lambda m, given, named, at: Seq([]), "functools.partial": _partial,
    "typing.cast": _second, "copy.deepcopy": _first, "copy.copy": _first, "dataclasses.asdict": _asdict,
    "dataclasses.replace": _replaced, "operator.attrgetter": _attribute_getter, "operator.itemgetter": _item_getter,
    "argparse.ArgumentParser": _parser, "typer.run": _run_main, "fire.Fire": _run_main, "typer.Typer": _typer,
    "mlflow.models.MetricThreshold": _threshold, "dataclasses.field": lambda m, given, named, at: NONE,
    "mlflow.models.validation.MetricThreshold": _threshold, "mlflow.validate_evaluation_results": _validated,
    "time.sleep": lambda m, given, named, at: NONE,
    "os.makedirs": lambda m, given, named, at: NONE, "sys.path.insert": lambda m, given, named, at: NONE,
    "sys.path.append": lambda m, given, named, at: NONE,
    "pydantic.TypeAdapter": adapter, "dataclasses.fields": _fields, "attrs.fields": _fields, "attr.fields": _fields,
    "click.echo": _echo,
    "typer.echo": _echo,
    "sys.stderr.write": _echo,
    "sys.stdout.write": _echo,
}  # fmt: skip
_BY_LAST: dict[str, Answer] = {"validate_evaluation_results": _validated, "MetricThreshold": _threshold}
