"""What a task of an orchestration gives to the next one: where something lies, a small value, or the data itself.

Airflow documentation, "XComs" (for small amounts of data; never for data frames; "Object Storage XCom Backend");
Prefect documentation, "Results" (``persist_result``, ``result_storage``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.model.code import Codebase, Function, Module, dotted
from gradeline.model.pipeline import Passed, PassedKind
from gradeline.readers.reading import shown

MAX_DEPTH = 24  # expressions inside expressions, and functions called by functions
MAX_NODES = 4000
_WEIGHT: dict[PassedKind, int] = {"small": 0, "reference": 1, "stored": 2, "hidden": 3, "data": 4}

# Libraries whose values are tables, arrays and models; below them what is a number, a date or a report.
_DATA = ("pandas.", "polars.", "numpy.", "pyarrow.", "dask.", "duckdb.", "sklearn.", "xgboost.", "lightgbm.",
         "catboost.", "torch.", "tensorflow.", "joblib.load", "pickle.load", "pickle.dumps", "cloudpickle.",
         "skops.io.load",
         "mlflow.sklearn.load_model", "mlflow.pyfunc.load_model", "datasets.load_dataset")  # fmt: skip
_SMALL = ("pandas.Timestamp", "pandas.to_datetime", "pandas.Timedelta", "sklearn.metrics.", "numpy.mean", "numpy.sum",
          "numpy.median", "numpy.std", "numpy.float", "numpy.int", "numpy.isnan", "numpy.quantile", "numpy.percentile",
          "json.load", "yaml.safe_load", "tomllib.load", "time.", "datetime.", "hashlib.", "uuid.", "os.getenv",
          "os.environ", "pendulum.", "dataclasses.asdict")  # fmt: skip
_PLACES = ("pathlib.", "os.path.", "urllib.parse.", "airflow.sdk.ObjectStoragePath", "airflow.io.path.", "upath.",
           "tempfile.mkdtemp", "tempfile.mktemp")  # fmt: skip
_NUMBERS = frozenset({"int", "float", "bool", "len", "round", "sum", "min", "max", "abs", "any", "all", "isinstance",
                      "hash", "print", "type", "id", "hasattr"})  # fmt: skip
_SAME = frozenset({"dict", "list", "tuple", "set", "sorted", "frozenset", "reversed", "iter", "next"})
_FETCHES = frozenset({"get_records", "get_pandas_df", "get_df", "fetchall", "fetchmany", "read_pandas", "to_pandas",
                      "get_df_by_chunks", "fetch_df", "fetchdf", "to_dataframe", "read_bytes",
                      "load_model"})  # fmt: skip
_WHOLE = frozenset({"values", "T", "loc", "iloc", "array", "data", "at", "iat", "best_estimator_", "content"})
_AGGREGATES = frozenset({"sum", "mean", "median", "min", "max", "std", "count", "nunique", "item", "any", "all",
                         "score", "isna", "memory_usage", "get_params", "close", "keys"})  # fmt: skip
_WRITES = frozenset({"to_csv", "to_parquet", "to_pickle", "to_json", "to_sql", "to_feather", "to_excel", "save",
                     "save_model", "write_parquet", "write_csv", "write_json", "tofile", "dump"})  # fmt: skip
_TEXTS = frozenset({"format", "join", "replace", "strip", "lower", "upper", "removeprefix", "removesuffix", "as_posix",
                    "as_uri", "with_suffix", "with_name", "resolve", "absolute", "joinpath", "isoformat", "strftime",
                    "hexdigest", "relative_to", "to_date_string", "rstrip", "lstrip", "decode"})  # fmt: skip
_READS = frozenset({"read_text", "read", "readlines", "json", "text", "getvalue"})
_ANNOTATED: dict[str, PassedKind] = {
    "str": "reference", "Path": "reference", "PurePath": "reference", "ObjectStoragePath": "reference",
    "int": "small", "float": "small", "bool": "small", "None": "small", "date": "small", "datetime": "small",
    "DataFrame": "data", "Series": "data", "ndarray": "data", "Table": "data", "bytes": "data", "LazyFrame": "data",
    "BaseEstimator": "data", "ClassifierMixin": "data", "Pipeline": "data", "Booster": "data", "Module": "data",
}  # fmt: skip


def of_function(
    code: Codebase, module: Module, function: Function | ast.Lambda, kept: bool = False
) -> Iterator[Passed]:
    """What one task hands on.  ``kept``: the platform is told to keep it in a storage of its own."""
    for node in _given(function):
        kind = _Reading(code, module, function).kind(node)
        if kind == "data" and kept:
            kind = "stored"
        yield Passed(kind, module.span(node), _SENTENCES[kind].format(shown(ast.unparse(node), 60)))


_SENTENCES: dict[PassedKind, str] = {
    "small": "`{}` is small",
    "reference": "`{}` says where something lies",
    "stored": "`{}` is kept in a storage for results",
    "hidden": "what `{}` gives is not in the files",
    "data": "`{}` is the data itself",
}


def _given(function: Function | ast.Lambda) -> Iterator[ast.expr]:
    """The expressions that leave a function: what it returns, yields, or pushes by name."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    todo: list[ast.AST] = list(function.body)
    for _ in range(MAX_NODES):
        if not todo:
            return
        node = todo.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "xcom_push":
            value = next((item.value for item in node.keywords if item.arg == "value"), None)
            value = value if value is not None else node.args[1] if len(node.args) > 1 else None
            if value is not None:
                yield value
        todo[:0] = ast.iter_child_nodes(node)


class _Reading:
    """One function's names; ``depth`` bounds how far values are followed."""

    def __init__(self, code: Codebase, module: Module, function: Function | ast.Lambda, depth: int = 0) -> None:
        self.code, self.module, self.function, self.depth = code, module.within(function), function, depth
        self.seen: set[str] = set()
        self.local: dict[str, list[ast.expr]] = {}
        for number, node in enumerate(ast.walk(function)):
            if number > MAX_NODES:
                break
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                self._bind(node.target, node.value)
            elif isinstance(node, ast.For):
                self._bind(node.target, node.iter)
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                self._bind(node.optional_vars, node.context_expr)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(parts) and len(parts) > 1
        values = value.elts if same and isinstance(value, ast.Tuple | ast.List) else [value] * len(parts)
        for part, one in zip(parts, values, strict=True):
            if isinstance(part, ast.Name):
                self.local.setdefault(part.id, []).append(one)

    def worst(self, nodes: list[ast.expr]) -> PassedKind:
        return max((self.kind(node) for node in nodes), key=lambda kind: _WEIGHT[kind], default="small")

    def kind(self, node: ast.expr) -> PassedKind:
        self.depth += 1
        try:
            return "hidden" if self.depth > MAX_DEPTH else self._kind(node)
        finally:
            self.depth -= 1

    def _kind(self, node: ast.expr) -> PassedKind:
        if isinstance(node, ast.Constant):
            return "reference" if isinstance(node.value, str) else "small"
        if isinstance(node, ast.JoinedStr):
            inserted = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            return "data" if self.worst(inserted) == "data" else "reference"
        if isinstance(node, ast.Compare | ast.UnaryOp):
            return "small"
        if isinstance(node, ast.BoolOp):
            return self.worst(node.values)
        if isinstance(node, ast.BinOp):
            return self.worst([node.left, node.right])
        if isinstance(node, ast.IfExp):
            return self.worst([node.body, node.orelse])
        if isinstance(node, ast.Await | ast.Starred | ast.NamedExpr):
            return self.kind(node.value)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self.worst(node.elts)
        if isinstance(node, ast.Dict):
            return self.worst(node.values)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return self._loop(node.generators, [node.elt])
        if isinstance(node, ast.DictComp):
            return self._loop(node.generators, [node.value])
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return "data" if node.attr in _WHOLE and self.kind(node.value) == "data" else "small"
        if isinstance(node, ast.Subscript):
            return self.kind(node.value)
        if isinstance(node, ast.Call):
            return self._call(node)
        return "hidden"

    def _loop(self, loops: list[ast.comprehension], made: list[ast.expr]) -> PassedKind:
        for one in loops:
            self._bind(one.target, one.iter)
        return self.worst(made)

    def _name(self, name: str) -> PassedKind:
        if name in self.seen:
            return "small"
        if name in self.local:
            self.seen.add(name)
            found = self.worst(self.local[name])
            self.seen.discard(name)
            return found
        if not isinstance(self.function, ast.Lambda):
            spec = self.function.args
            for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
                if argument.arg == name:  # comes from outside, where it is looked at itself
                    return _annotated(argument.annotation) or "small"
        value = self.module.constant(name)
        return "small" if value is None or name in self.seen else self.kind(value)

    def _call(self, node: ast.Call) -> PassedKind:
        full, given = self.module.full(node.func), [*node.args, *(item.value for item in node.keywords)]
        last = node.func.attr if isinstance(node.func, ast.Attribute) else full.rpartition(".")[2]
        own = self.code.defined(self.module, node.func)
        if own is not None:
            return self._own(own.module, own.node)
        if full in _NUMBERS or full.startswith(_SMALL):
            return "small"
        if full in ("str", "repr"):
            return "data" if self.worst(given) == "data" else "reference"
        if full in _SAME or full in ("json.dumps", "yaml.safe_dump"):
            return self.worst(given)
        if full.startswith(_PLACES):
            return "reference"
        if last in _FETCHES or (last not in _WRITES and full.startswith(_DATA)):
            return "data"
        if last in ("xcom_pull", "get", "pop", "getenv") and not full.startswith(("requests.", "httpx.")):
            return "data" if isinstance(node.func, ast.Attribute) and self.kind(node.func.value) == "data" else "small"
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func.value, last)
        return "hidden"

    def _method(self, node: ast.Call, owner: ast.expr, last: str) -> PassedKind:
        kind = self.kind(owner) if dotted(owner) != "" or isinstance(owner, ast.Call | ast.Subscript) else "hidden"
        if kind == "data":
            if last in _AGGREGATES:
                return "small"
            written = last in _WRITES and (node.args or any(item.arg and "path" in item.arg for item in node.keywords))
            return "small" if written else "data"
        if last in _WRITES:
            return "small"
        if last in _READS:
            return "hidden"
        if last in _TEXTS or last in ("items", "keys", "values", "copy", "split", "exists", "is_file"):
            return "reference" if last in _TEXTS else kind
        return "hidden"

    def _own(self, module: Module, node: ast.AST) -> PassedKind:
        """A function of the repository: what it returns, else what it says that it returns."""
        if not isinstance(node, Function) or self.depth >= MAX_DEPTH // 2:
            return "hidden"
        inner = _Reading(self.code, module, node, self.depth + 3)
        found = inner.worst(list(_given(node)))
        return _annotated(node.returns) or found if found == "hidden" else found


def _annotated(node: ast.expr | None) -> PassedKind | None:
    """What a type says: ``-> str``, ``-> pd.DataFrame``, ``-> dict[str, float]``; None when it says nothing."""
    for _ in range(MAX_DEPTH):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return _ANNOTATED.get(node.value.rpartition(".")[2])
        if isinstance(node, ast.Constant) and node.value is None:
            return "small"
        if not isinstance(node, ast.Subscript):
            break
        inner = node.slice
        node = inner.elts[-1] if isinstance(inner, ast.Tuple) and inner.elts else inner
    return _ANNOTATED.get(dotted(node).rpartition(".")[2]) if node is not None else None
