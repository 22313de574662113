"""Tests as pytest would collect them, read from syntax trees (pytest documentation, "Conventions for Python
test discovery", "Configuration Options" and "Global variables": ``collect_ignore``).  Nothing is imported."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase

from gradeline.model.code import Codebase, Module, dotted
from gradeline.model.project import TestFunction
from gradeline.records import record, replace
from gradeline.source import Diagnostic, SourceFile, Span

MAX_FILES = 300
MAX_TESTS = 5000
_SKIPPED = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
_MAX_CLASSES = 8  # inside one another


@record
class Conventions:
    """Which files, classes and functions count as tests."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    skipped: tuple[str, ...] = _SKIPPED


def read_tests(
    paths: tuple[str, ...], code: Codebase, conventions: Conventions
) -> tuple[tuple[TestFunction, ...], tuple[Diagnostic, ...]]:
    """All tests of the repository in the order of their files, and files that cannot be read."""
    found: list[TestFunction] = []
    diagnostics: list[Diagnostic] = []
    files = [path for path in paths if _is_test_file(path, conventions)]
    ignored = _Ignored(code)
    for path in files[:MAX_FILES]:
        module = code.modules.get(path)
        if module is None or len(found) >= MAX_TESTS:
            continue
        if not module.complete:
            message = "This file is not valid Python, so pytest cannot collect its tests."
            diagnostics.append(Diagnostic("warning", "python-syntax", message, path, Span(path, 1)))
            continue
        mine = _collected(module, conventions)
        by = ignored.by(path)
        found += [replace(one, ignored=by) for one in mine] if by else mine
    return tuple(found[:MAX_TESTS]), tuple(diagnostics)


def _collected(module: Module, conventions: Conventions) -> tuple[TestFunction, ...]:
    """The tests of one file, whoever leaves it out."""

    def make(_: SourceFile) -> tuple[TestFunction, ...]:
        found: list[TestFunction] = []
        _Collector(module, conventions, found).body(module.tree.body, "", _module_markers(module.tree), 0)
        return tuple(found)

    return module.source.once(("tests", conventions), make)


class _Ignored:
    """Files that a ``conftest.py`` above them keeps pytest from collecting, unless a command names them."""

    def __init__(self, code: Codebase) -> None:
        self.code = code
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def by(self, path: str) -> str:
        """The ``conftest.py`` that leaves a file out; empty when none does."""
        folder = path.rpartition("/")[0]
        while True:
            names, globs = self._lists(folder)
            base = f"{folder}/" if folder else ""
            for name in names:
                target = _joined(folder, name)
                if path == target or path.startswith(f"{target}/"):
                    return f"{base}conftest.py"
            if any(fnmatchcase(path, base + pattern) for pattern in globs):
                return f"{base}conftest.py"
            if not folder:
                return ""
            folder = folder.rpartition("/")[0]

    def _lists(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if folder not in self._known:
            module = self.code.modules.get(f"{folder}/conftest.py".lstrip("/"))
            names = tuple(_listed(module, "collect_ignore")) if module is not None else ()
            globs = tuple(_listed(module, "collect_ignore_glob")) if module is not None else ()
            self._known[folder] = (names, globs)
        return self._known[folder]


def _listed(module: Module, name: str) -> list[str]:
    """The texts of a list that the file itself makes and adds to; what an ``if`` adds may not be added."""
    found: list[str] = []
    for node in module.tree.body:
        value: ast.expr | None = None
        if isinstance(node, ast.Assign) and any(dotted(target) == name for target in node.targets):
            found, value = [], node.value
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and dotted(node.target) == name:
            value = node.value
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.value.args
                and dotted(node.value.func) in (f"{name}.append", f"{name}.extend")):  # fmt: skip
            value = node.value.args[0]
        listed = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
        found += [one.value for one in listed if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return found


def _joined(folder: str, name: str) -> str:
    parts = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_test_file(path: str, conventions: Conventions) -> bool:
    folder, _, name = path.rpartition("/")
    if not path.endswith(".py") or not any(_matches(path, name, pattern) for pattern in conventions.files):
        return False
    return not any(fnmatchcase(part, pattern) for part in folder.split("/") if part for pattern in conventions.skipped)


def _matches(path: str, name: str, pattern: str) -> bool:
    return fnmatchcase(path if "/" in pattern else name, f"*{pattern}" if "/" in pattern else pattern)


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    """``python_functions`` and ``python_classes`` are prefixes, or patterns when they hold a wildcard."""
    return any(
        name.startswith(pattern) or (any(char in pattern for char in "*?[") and fnmatchcase(name, pattern))
        for pattern in patterns
    )


@record(frozen=False)
class _Collector:
    module: Module
    conventions: Conventions
    found: list[TestFunction]

    def body(self, statements: list[ast.stmt], prefix: str, markers: frozenset[str], depth: int) -> None:
        last = {node.name: node for node in statements if isinstance(node, _DEFINES)}
        for node in statements:
            if isinstance(node, _DEFINES) and last[node.name] is not node:
                continue  # a definition below has its name, so nobody finds this one
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if _named(node.name, self.conventions.functions):
                    self.add(node, prefix + node.name, markers)
            elif isinstance(node, ast.ClassDef) and depth < _MAX_CLASSES:
                unittest = any(dotted(base).split(".")[-1].endswith("TestCase") for base in node.bases)
                if not unittest and (not _named(node.name, self.conventions.classes) or _has_constructor(node)):
                    continue
                own = markers | _markers(node.decorator_list) | _assigned_markers(node.body)
                collector = self if not unittest else _Collector(self.module, _UNITTEST, self.found)
                collector.body(node.body, f"{prefix}{node.name}::", own, depth + 1)
            elif isinstance(node, ast.If | ast.Try | ast.With) and depth < _MAX_CLASSES:
                self.body(_inside(node), prefix, markers, depth + 1)

    def add(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, markers: frozenset[str]) -> None:
        own = markers | _markers(node.decorator_list)
        self.found.append(TestFunction(self.module.path, name, own, self.module.span(node)))


_UNITTEST = Conventions(functions=("test",))
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _inside(node: ast.If | ast.Try | ast.With) -> list[ast.stmt]:
    return [*node.body, *node.orelse] if isinstance(node, ast.If | ast.Try) else node.body


def _has_constructor(node: ast.ClassDef) -> bool:
    """pytest does not collect a class with ``__init__``."""
    return any(isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__") for one in node.body)


def _markers(decorators: list[ast.expr]) -> frozenset[str]:
    names = [dotted(one.func if isinstance(one, ast.Call) else one).split(".") for one in decorators]
    return frozenset(parts[-1] for parts in names if len(parts) >= 2 and parts[-2] == "mark")


def _module_markers(tree: ast.Module) -> frozenset[str]:
    return _assigned_markers(tree.body)


def _assigned_markers(statements: list[ast.stmt]) -> frozenset[str]:
    """``pytestmark = pytest.mark.slow`` or a list of those."""
    found: frozenset[str] = frozenset()
    for node in statements:
        if isinstance(node, ast.Assign) and any(dotted(target) == "pytestmark" for target in node.targets):
            value = node.value
            found |= _markers(list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value])
    return found
