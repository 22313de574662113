"""What a task of an orchestration does with its date and its parameters, as its Python says.

Airflow documentation, "Best Practices" (Creating a task: upsert, read and write in a partition, no ``now()``;
Top level Python Code: no database, network or heavy work while the file is parsed).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from gradeline.model.code import Function, Module
from gradeline.model.pipeline import Rerun
from gradeline.readers.reading import shown

KEYS = frozenset({
    "ds", "ds_nodash", "ts", "ts_nodash", "logical_date", "data_interval_start", "data_interval_end", "run_id",
    "params", "execution_date",
})  # fmt: skip
_CLOCKS = ("now", "utcnow", "today", "time", "uuid4")
_SHOWS = ("strftime", "isoformat", "date", "timestamp", "hex", "to_date_string", "format")
_INSERT = re.compile(r"\bINSERT\s{1,20}INTO\b", re.IGNORECASE)
_UPSERT = ("ON CONFLICT", "ON DUPLICATE KEY", "MERGE INTO", "OVERWRITE", "WHERE NOT EXISTS")
_HEAVY = (
    "pandas.read_", "polars.read_", "requests.", "httpx.", "sqlalchemy.create_engine", "psycopg2.connect", "boto3.",
    "joblib.load", "dvc.api.", "mlflow.", "urllib.request.urlopen", "time.sleep", "subprocess.",
)  # fmt: skip
_ASKS = ("Variable.get", "BaseHook.get_connection", "get_connection")
MAX_NODES = 20_000


def of_function(module: Module, function: Function) -> Iterator[Rerun]:
    """What one task's own body says."""
    for argument in (*function.args.args, *function.args.kwonlyargs):
        if argument.arg in KEYS:
            yield Rerun("keyed", module.span(argument), f"`{argument.arg}` says which run it is")
    for number, node in enumerate(ast.walk(function)):
        if number > MAX_NODES:
            return
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in KEYS:
            yield Rerun("keyed", module.span(node), f"`{node.slice.value}` says which run it is")
        elif isinstance(node, ast.JoinedStr):
            for part in ast.walk(node):
                if isinstance(part, ast.Call) and _is_clock(part):
                    yield Rerun("clock", module.span(part), "the name is made of the clock")
        elif isinstance(node, ast.Call):
            yield from _call(module, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _inserts(node.value):
            yield Rerun("adds", module.span(node), "rows are inserted without a key that finds the old ones")


def _call(module: Module, node: ast.Call) -> Iterator[Rerun]:
    function = node.func
    inner = function.value if isinstance(function, ast.Attribute) and function.attr in _SHOWS else None
    if isinstance(inner, ast.Call) and _is_clock(inner):
        yield Rerun("clock", module.span(node), "the name is made of the clock")
    mode = node.args[1] if len(node.args) > 1 and module.full(function) == "open" else None
    for item in node.keywords:
        if item.arg in ("mode", "if_exists"):
            mode = item.value
    if isinstance(mode, ast.Constant) and mode.value in ("a", "ab", "at", "a+", "append"):
        yield Rerun("adds", module.span(node), "it adds to what an earlier run left there")


def _is_clock(node: ast.Call) -> bool:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in _CLOCKS
    return isinstance(node.func, ast.Name) and node.func.id in _CLOCKS


def _inserts(text: str) -> bool:
    return _INSERT.search(text) is not None and not any(word in text.upper() for word in _UPSERT)


def at_parse(module: Module, making: Iterable[Function]) -> Iterator[Rerun]:
    """Work that is done whenever the file is read: at its top, and in the functions that make DAGs."""
    blocks = [module.tree.body, *(function.body for function in making)]
    for body in blocks:
        todo: list[ast.AST] = list(body)
        count = 0
        while todo and count < MAX_NODES:
            node = todo.pop()
            count += 1
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                continue
            if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
                continue
            if isinstance(node, ast.Call):
                full = module.full(node.func)
                if full.startswith(_HEAVY) or full.endswith(_ASKS):
                    sentence = f"`{shown(full)}` is called each time the file is read"
                    yield Rerun("parse", module.span(node), sentence)
            todo.extend(ast.iter_child_nodes(node))
