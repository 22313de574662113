"""What a function does besides giving back a value: what it reads, writes, draws, and changes.

Functions of the repository that it calls are looked into, to a bounded depth.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.facts import tests_libraries as known
from gradeline.model.code import Codebase, Defined, Function, Module, dotted
from gradeline.records import record
from gradeline.source import Span

MAX_DEPTH = 5
_READS = frozenset({"open", "input", "read_text", "read_bytes", "read_csv", "read_parquet", "read_json", "read_sql"})
_WRITES = frozenset({"write", "write_text", "write_bytes", "to_csv", "to_parquet", "dump", "savetxt", "unlink"})
_LOGS = frozenset({"info", "warning", "debug", "error", "exception"})
_CLOCKS = ("time.", "datetime.datetime.now", "datetime.date.today", "datetime.datetime.utcnow", "pandas.Timestamp.now")
_MACHINE = ("os.environ", "os.getenv", "sys.argv", "sys.stdin")
_WORLD = (*_MACHINE, "subprocess.", "socket.", "sqlite3.", "random.", "numpy.random.", "secrets.", "uuid.uuid")


@record
class Impure:
    span: Span
    reason: str


def impurities(code: Codebase, found: Defined, depth: int = 0, seen: frozenset[int] = frozenset()) -> Iterator[Impure]:
    """Everything a function does that its arguments do not decide, or that others notice."""
    node, module = found.node, found.module
    if not isinstance(node, Function) or id(node) in seen or depth > MAX_DEPTH:
        return
    own = _local(node)
    given = {one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    for one in ast.walk(node):
        if isinstance(one, ast.Global | ast.Nonlocal):
            yield Impure(module.span(one), f"changes `{one.names[0]}`, which is not its own")
        elif isinstance(one, ast.Assign | ast.AugAssign | ast.Delete):
            targets = [one.target] if isinstance(one, ast.AugAssign) else one.targets
            for target in targets:
                root = _root(target)
                if isinstance(target, ast.Subscript | ast.Attribute) and root and (root in given or root not in own):
                    yield Impure(module.span(one), f"changes `{root}`, which belongs to somebody else")
        elif isinstance(one, ast.Call):
            yield from _called(module, one, own, given)
            inner = code.defined(module, one.func)
            if inner is not None and dotted(one.func).partition(".")[0] not in own:
                yield from impurities(code, inner, depth + 1, seen | {id(node)})
        elif isinstance(one, ast.Attribute) and module.full(one).startswith(_MACHINE):
            yield Impure(module.span(one), "depends on the machine it runs on")


def _called(module: Module, node: ast.Call, own: set[str], given: set[str]) -> Iterator[Impure]:
    full = module.full(node.func)
    last = node.func.attr if isinstance(node.func, ast.Attribute) else full
    method = isinstance(node.func, ast.Attribute)
    span = module.span(node)
    root = _root(node.func)
    if full in _READS or (method and last in _READS):
        yield Impure(span, "reads something that it was not given")
    elif full.startswith((*known.NETWORK, *known.CLOUD)):
        yield Impure(span, "asks another machine")
    elif full == "print" or (method and last in _WRITES) or (last in _LOGS and full.startswith("logging.")):
        yield Impure(span, "writes something besides its result")
    elif full.startswith(_CLOCKS):
        yield Impure(span, "depends on the time")
    elif full.startswith(_WORLD):
        yield Impure(span, "depends on more than its arguments")
    elif method and last in known.MUTATES and root and (root in given or (root not in own | set(module.imports))):
        yield Impure(span, f"changes `{root}`, which belongs to somebody else")


def _local(node: Function) -> set[str]:
    """The names that a function binds itself, its arguments too."""
    found = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.add(one.id)
    return found


def _root(node: ast.expr) -> str:
    for _ in range(30):
        if not isinstance(node, ast.Attribute | ast.Subscript):
            break
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
