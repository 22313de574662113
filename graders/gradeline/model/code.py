"""The Python files of a submission: their syntax trees, and what the names in them stand for.

A name is resolved as Python's import system would with the folders that projects put on its path: the file's own
folder (a script), ``src``, and the root of the repository (Python documentation, "The import system"; Python
Packaging User Guide, "src layout vs flat layout").  Nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from gradeline.records import field, record
from gradeline.source import Diagnostic, SourceFile, Span

MAX_HOPS = 12  # from one name to the next
ROOTS = ("src", "", "lib", "scripts")  # where pytest and scripts beside each other find modules

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _has_yield(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    todo: list[ast.AST] = list(node.body)
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(one))
    return False


@record
class Module:
    """One Python file.  ``tree`` is at most 200 levels deep, so it may be walked by recursion.  ``diagnostics`` say
    what is missing in it; ``complete`` is false when something is."""

    source: SourceFile = field(default=SourceFile("", ""), repr=False)
    tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]), repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def complete(self) -> bool:
        return not any(one.severity == "error" for one in self.diagnostics)

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @cached_property
    def experiments(self) -> dict[Hashable, object]:
        """What experiments with the file gave; several checks ask for the same ones."""
        return {}

    @cached_property
    def kept(self) -> dict[str, object]:
        """What readers found out about the file as a whole."""
        return {}

    @cached_property
    def _yielding(self) -> dict[int, bool]:
        return {}  # by the number of the node, which lives as long as the tree

    def yields(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function hands out values one by one."""
        known = self._yielding.get(id(node))
        if known is None:
            known = self._yielding[id(node)] = _has_yield(node)
        return known

    def span(self, node: ast.AST) -> Span:
        """Where a node is written; of a statement with a block only the first line, without decorators."""
        # Kept on the node: the number of a node that is gone is given to another one.
        known: Span | None = getattr(node, "where", None)
        if known is None or known.path != self.source.path:
            known = self._span(node)
            if hasattr(node, "lineno"):
                node.where = known  # type: ignore[attr-defined]
        return known

    def _span(self, node: ast.AST) -> Span:
        line: int = getattr(node, "lineno", 1)
        start = self._column(line, getattr(node, "col_offset", 0))
        if isinstance(node, ast.stmt) and hasattr(node, "body"):
            return Span(self.path, line, start, line, len(self.source.line(line).rstrip()) + 1)
        end_line: int = getattr(node, "end_lineno", None) or line
        end = getattr(node, "end_col_offset", None)
        return Span(self.path, line, start, end_line, start if end is None else self._column(end_line, end))

    def _column(self, line: int, offset: int) -> int:
        text = self.source.line(line)
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What imported names mean, wherever in the file they are imported: ``pd`` is ``pandas``, ``fit`` is
        ``churn.train.fit``.  A relative import starts with dots: ``.features.add``."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    found[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                for alias in node.names:
                    joint = "" if base.endswith(".") or not base else "."
                    found[alias.asname or alias.name] = f"{base}{joint}{alias.name}"
            elif isinstance(node, ast.Assign) and (asked := _asked(node.value)):
                found |= {target.id: asked for target in node.targets if isinstance(target, ast.Name)}
        return found

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules of which the file takes all names: ``from .urls import *``."""
        nodes = (node for node in _statements(self.tree.body) if isinstance(node, ast.ImportFrom))
        return tuple(
            "." * node.level + (node.module or "") for node in nodes if any(one.name == "*" for one in node.names)
        )

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """The functions and classes of the module itself, also those behind an ``if`` or ``try``; the last wins."""
        return {node.name: node for node in _statements(self.tree.body) if isinstance(node, Definition)}

    @cached_property
    def assigned(self) -> Mapping[str, tuple[ast.expr | None, ...]]:
        """The values given to each name of the module itself, in order; None for one that has no value of its own
        (a loop, ``with``, an augmented assignment, a part of a tuple)."""
        found: dict[str, list[ast.expr | None]] = {}
        for node in _statements(self.tree.body):
            for target, value in _bindings(node):
                for name in _names(target):
                    found.setdefault(name, []).append(value if isinstance(target, ast.Name) else None)
        return {name: tuple(values) for name, values in found.items()}

    def constant(self, name: str) -> ast.expr | None:
        """The value of a name that the module binds once, else None."""
        values = self.assigned.get(name, ())
        return values[0] if len(values) == 1 else None

    def within(self, function: ast.AST) -> Module:
        """The module as one of its functions sees it: what the function imports itself comes before other names."""
        nodes = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
        if not nodes:
            return self
        inner = Module(self.source, ast.Module(body=list(nodes), type_ignores=[]), self.diagnostics).imports
        seen = Module(self.source, self.tree, self.diagnostics)
        outer = {name: node for name, node in self.definitions.items() if name not in inner}
        # The two cached properties that its own imports change.
        seen.__dict__.update(imports={**self.imports, **inner}, definitions=outer, kept=self.kept)
        return seen

    def full(self, node: ast.expr) -> str:
        """The dotted name an expression means, imports followed: ``pandas.read_csv`` for ``pd.read_csv``.  Empty
        for other expressions.  A name nobody imports stands for itself."""
        name = dotted(node)
        head, dot, rest = name.partition(".")
        return f"{self.imports[head]}{dot}{rest}" if head in self.imports else name


@record
class Defined:
    """A function or class and the module that holds it."""

    module: Module
    node: Definition


def _asked(node: ast.expr) -> str:
    """The module that ``pytest.importorskip("torch")`` gives; empty for everything else."""
    if not isinstance(node, ast.Call) or not node.args or dotted(node.func).rpartition(".")[2] != "importorskip":
        return ""
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


class Codebase:
    """All Python files of a submission, each read when it is first asked for."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules

    def module(self, name: str, user: Module | None = None) -> Module | None:
        """The file that ``import name`` loads; ``user`` is the importing one.  None when it is not of the repository.
        A relative ``name`` starts with dots."""
        if name.startswith("."):
            return None if user is None else self._relative(name, user)
        inner = name.replace(".", "/")
        own = () if user is None else (user.folder,)
        return next((found for root in (*own, *ROOTS) if (found := self._at(root, inner)) is not None), None)

    def _relative(self, name: str, user: Module) -> Module | None:
        inner = name.lstrip(".")
        folder = user.folder
        for _ in range(len(name) - len(inner) - 1):
            if not folder:
                return None
            folder = folder.rpartition("/")[0]
        return self._at(folder, inner.replace(".", "/"))

    def _at(self, root: str, inner: str) -> Module | None:
        base = f"{root}/{inner}".strip("/")
        for path in (f"{base}.py", f"{base}/__init__.py") if base else ("__init__.py",):
            if (found := self.modules.get(path)) is not None:
                return found
        return None

    def defined(self, module: Module, node: ast.expr | str) -> Defined | None:
        """The function or class of the repository that an expression names, through imports and re-exports; a
        method for ``Class.method``.  None for everything else."""
        name = node if isinstance(node, str) else dotted(node)
        for _ in range(MAX_HOPS):
            head, _, rest = name.partition(".")
            if not head and not name.startswith("."):
                return None
            if head in module.definitions:
                return _inside(Defined(module, module.definitions[head]), rest)
            if head in module.imports:
                name = module.imports[head] + (f".{rest}" if rest else "")
            elif (value := module.constant(head)) is not None and dotted(value) not in ("", head):
                name = dotted(value) + (f".{rest}" if rest else "")
                continue
            elif (starred := self._starred(module, head)) is not None:
                return _inside(starred, rest)
            moved = self._split(name, module)
            if moved is None:
                return None
            module, name = moved
        return None

    def _starred(self, module: Module, name: str) -> Defined | None:
        """A definition that comes with all names of another module of the repository."""
        for star in module.stars:
            found = self.module(star, module)
            if found is not None and name in found.definitions:
                return Defined(found, found.definitions[name])
        return None

    def _split(self, name: str, user: Module) -> tuple[Module, str] | None:
        """The longest part of a dotted name that is a module of the repository, and what is left of it."""
        dots = len(name) - len(name.lstrip("."))
        parts = name[dots:].split(".")
        for count in range(len(parts) - 1, -1 if dots else 0, -1):
            found = self.module("." * dots + ".".join(parts[:count]), user)
            if found is not None and found is not user:
                return found, ".".join(parts[count:])
        return None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the files read so far."""
        made = getattr(self.modules, "made", self.modules.values)
        return tuple(one for module in made() for one in module.diagnostics)


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for such an expression, otherwise an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def _inside(found: Defined, rest: str) -> Defined | None:
    for name in rest.split(".") if rest else ():
        if not isinstance(found.node, ast.ClassDef):
            return None
        members = {node.name: node for node in _statements(found.node.body) if isinstance(node, Definition)}
        if name not in members:
            return None
        found = Defined(found.module, members[name])
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block and of those inside its ``if``, ``try``, ``with`` and loops, in order; not the
    insides of functions and classes."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Definition):
            continue
        inner: list[ast.stmt] = []
        for name in ("body", "orelse", "finalbody"):
            inner += getattr(node, name, [])
        for handler in getattr(node, "handlers", []):
            inner += handler.body
        for case in getattr(node, "cases", []):
            inner += case.body
        stack += reversed(inner)


def _bindings(node: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor):
        yield node.target, None
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from ((item.optional_vars, None) for item in node.items if item.optional_vars is not None)


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from _names(item)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
