"""Terragrunt: a file for each environment that names a module, its inputs and the store of its state.

Terragrunt documentation, "Configuration blocks and attributes" (``terraform``, ``include``, ``inputs``, ``generate``,
``remote_state``, ``locals``) and "Built-in functions".  What it would run or fetch stays unresolved.
"""

from __future__ import annotations

import posixpath

from gradeline.model.infrastructure import Plain, StateStore, Table, Unresolved, Value
from gradeline.readers.terraform.evaluate import Evaluator
from gradeline.readers.terraform.sources import LOCK, Sources
from gradeline.readers.terraform.values import Failed, table
from gradeline.records import record
from gradeline.source import SourceFile, Span
from gradeline.syntax.hcl_nodes import Block, Body

NAME = "terragrunt.hcl"
MAX_FILES = 20
MAX_NESTED = 4
MAX_WORK = 20_000
_REPOSITORY = "/repository"  # stands for the top of the submission in paths that functions give
_FUNCTIONS = frozenset(
    {"find_in_parent_folders", "path_relative_to_include", "path_relative_from_include", "get_repo_root",
     "get_terragrunt_dir", "get_parent_terragrunt_dir", "get_original_terragrunt_dir", "read_terragrunt_config",
     "get_path_to_repo_root"}
)  # fmt: skip


@record
class Unit:
    """One environment: ``folder`` is that of its module, ``extra`` the blocks it adds to the module."""

    path: str
    folder: str
    inputs: Table | None
    stores: tuple[StateStore, ...]
    extra: tuple[Block, ...]
    lock: str


def units(sources: Sources) -> tuple[Unit, ...]:
    """Every file that applies a module of the submission."""
    paths = [path for path in sources.paths if posixpath.basename(path) == NAME][:MAX_FILES]
    return tuple(unit for path in paths if (unit := _unit(sources, path)) is not None)


def _unit(sources: Sources, path: str) -> Unit | None:
    left = min(sources.work, MAX_WORK)
    scope = _Scope(sources, path, path, Evaluator(left))
    if scope.body is None:
        return None
    unit = _read(scope, scope.body)
    sources.work -= left - max(scope.evaluator.work, 0)
    return unit


def _read(scope: _Scope, body: Body) -> Unit | None:
    sources, path = scope.sources, scope.path
    bodies = [(scope, body)]
    for block in body.inside("include")[:MAX_NESTED]:
        setting = block.body.get("path")
        parent = _inside(scope.evaluator.value(setting.value, scope)) if setting is not None else None
        if parent is not None:
            above = _Scope(sources, parent, path, scope.evaluator)
            if above.body is not None:
                bodies.insert(0, (above, above.body))
    folder = next((one for where, inner in reversed(bodies) if (one := _module(where, inner)) is not None), None)
    folder = posixpath.dirname(path) if folder is None else folder
    if folder not in sources.folders:
        return None
    beside = posixpath.join(posixpath.dirname(path), LOCK)
    entries: dict[str, Value] = {}
    places: dict[str, Span] = {}
    stores: list[StateStore] = []
    extra: list[Block] = []
    for where, inner in bodies:
        given = inner.get("inputs")
        value = where.evaluator.value(given.value, where) if given is not None else None
        if isinstance(value, Table):
            entries |= value.entries
            places |= value.places
        stores = _stores(where, inner) or stores
        extra.extend(_generated(where, inner))
    made = table(Span(path, 1), entries, places)
    return Unit(path, folder, made if isinstance(made, Table) else None, tuple(stores), tuple(extra),
                beside if beside in sources.known else "")  # fmt: skip


def _module(scope: _Scope, body: Body) -> str | None:
    for block in body.inside("terraform"):
        setting = block.body.get("source")
        value = scope.evaluator.value(setting.value, scope) if setting is not None else None
        if isinstance(value, Plain) and isinstance(value.data, str):
            return _inside(Plain(value.span, value.data.replace("//", "/")), posixpath.dirname(scope.path))
    return None


def _inside(value: Value, folder: str = "") -> str | None:
    """The path in the submission that a text names; None when it leads out."""
    if not isinstance(value, Plain) or not isinstance(value.data, str):
        return None
    text = value.data
    if text.startswith(f"{_REPOSITORY}/"):
        path = posixpath.normpath(text.removeprefix(f"{_REPOSITORY}/"))
    elif text.startswith(("./", "../")) or not text.startswith("/"):
        path = posixpath.normpath(posixpath.join(folder, text))
    else:
        return None
    return None if path.startswith("..") else "" if path == "." else path


def _stores(scope: _Scope, body: Body) -> list[StateStore]:
    found = []
    for block in body.inside("remote_state"):
        backend, config = block.body.get("backend"), block.body.get("config")
        kind = scope.evaluator.value(backend.value, scope) if backend is not None else None
        given = scope.evaluator.value(config.value, scope) if config is not None else None
        if isinstance(kind, Plain) and isinstance(given, Table):
            found.append(StateStore(block.head, str(kind.data), given, scope.child))
    return found


def _generated(scope: _Scope, body: Body) -> tuple[Block, ...]:
    """The blocks of files that are written beside the module before it is applied."""
    found: list[Block] = []
    for block in body.inside("generate"):
        setting = block.body.get("contents")
        value = scope.evaluator.value(setting.value, scope) if setting is not None else None
        if setting is not None and isinstance(value, Plain) and isinstance(value.data, str):
            from gradeline.syntax.hcl import parse

            text = "\n" * setting.value.span.line + value.data
            found.extend(parse(SourceFile(scope.path, text)).body.blocks)
    return tuple(found)


class _Scope:
    """The names and functions of one file, read for the environment of ``child``."""

    functions = _FUNCTIONS

    def __init__(self, sources: Sources, path: str, child: str, evaluator: Evaluator, depth: int = 0) -> None:
        self.sources, self.path, self.child, self.evaluator, self.depth = sources, path, child, evaluator, depth
        parsed = sources.parsed(path)
        self.body = parsed.body if parsed is not None else None
        blocks = self.body.inside("locals") if self.body is not None else ()
        self._locals = {one.name: one for block in blocks for one in block.body.settings}
        self._values: dict[str, Value] = {}
        self._open: set[str] = set()

    def lookup(self, root: str, path: tuple[str, ...], span: Span) -> tuple[Value, int] | None:
        if root == "local" and path:
            return self.local(path[0], span), 1
        if root in ("dependency", "include", "values"):
            return Unresolved(span, f"`{root}` is only known when it is run", ".".join((root, *path))), len(path)
        return None

    def local(self, name: str, span: Span) -> Value:
        if name not in self._locals or name in self._open:
            return Failed(span, f"`local.{name[:60]}` is not declared", f"local.{name}")
        if name not in self._values:
            self._open.add(name)
            self._values[name] = self.evaluator.value(self._locals[name].value, self)
            self._open.discard(name)
        return self._values[name]

    def file(self, name: str, span: Span, arguments: list[Value]) -> Value:
        here, child = posixpath.dirname(self.path), posixpath.dirname(self.child)
        if name == "get_repo_root":
            return Plain(span, _REPOSITORY)
        if name in ("get_terragrunt_dir", "get_original_terragrunt_dir"):
            return Plain(span, posixpath.join(_REPOSITORY, child))
        if name == "get_parent_terragrunt_dir":
            return Plain(span, posixpath.join(_REPOSITORY, here))
        if name == "path_relative_to_include":
            return Plain(span, posixpath.relpath(child or ".", here or "."))
        if name == "find_in_parent_folders":
            return self._above(span, arguments)
        if name == "read_terragrunt_config" and arguments:
            return self._config(span, _inside(arguments[0], here))
        return Unresolved(span, f"what `{name}()` gives is not worked out here")

    def _above(self, span: Span, arguments: list[Value]) -> Value:
        first = arguments[0] if arguments else Plain(span, NAME)
        wanted = first.data if isinstance(first, Plain) else None
        folder = posixpath.dirname(posixpath.dirname(self.child))
        while isinstance(wanted, str):
            for name in (wanted, *(("root.hcl",) if not arguments else ())):
                path = posixpath.join(folder, name)
                if path in self.sources.known:
                    return Plain(span, f"{_REPOSITORY}/{path}")
            if not folder:
                break
            folder = posixpath.dirname(folder)
        return Failed(span, "no folder above has such a file")

    def _config(self, span: Span, path: str | None) -> Value:
        if path is None or path not in self.sources.known or self.depth >= MAX_NESTED:
            return Unresolved(span, "the file is not in the submission")
        other = _Scope(self.sources, path, self.child, self.evaluator, self.depth + 1)
        given = other.body.get("inputs") if other.body is not None else None
        inputs = self.evaluator.value(given.value, other) if given is not None else Table(span, {})
        inner = {name: other.local(name, span) for name in other._locals}
        return table(span, {"locals": table(span, inner), "inputs": inputs})
