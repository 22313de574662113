"""Tests as pytest would collect them, read from syntax trees (pytest documentation, "Conventions for Python
test discovery" and "Configuration Options").  Nothing is imported."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase

from gradeline.model.project import TestFunction
from gradeline.readers.project_python import dotted, parse_python
from gradeline.readers.project_source import Context, FileText
from gradeline.records import record
from gradeline.source import Diagnostic, Span

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


def read_tests(context: Context, conventions: Conventions) -> tuple[tuple[TestFunction, ...], tuple[Diagnostic, ...]]:
    """All tests of the repository in the order of their files, and files that cannot be read."""
    found: list[TestFunction] = []
    diagnostics: list[Diagnostic] = []
    files = [path for path in context.paths if _is_test_file(path, conventions)]
    for path in files[:MAX_FILES]:
        file = context.file(path)
        if file is None or len(found) >= MAX_TESTS:
            continue
        tree = parse_python(file.text)
        if tree is None:
            message = "This file is not valid Python, so pytest cannot collect its tests."
            diagnostics.append(Diagnostic("warning", "python-syntax", message, path, file.span(0, 0)))
            continue
        _Collector(file, conventions, found).body(tree.body, "", _module_markers(tree), 0)
    return tuple(found[:MAX_TESTS]), tuple(diagnostics)


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
    file: FileText
    conventions: Conventions
    found: list[TestFunction]

    def body(self, statements: list[ast.stmt], prefix: str, markers: frozenset[str], depth: int) -> None:
        for node in statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if _named(node.name, self.conventions.functions):
                    self.add(node, prefix + node.name, markers)
            elif isinstance(node, ast.ClassDef) and depth < _MAX_CLASSES:
                unittest = any(dotted(base).split(".")[-1].endswith("TestCase") for base in node.bases)
                if not unittest and (not _named(node.name, self.conventions.classes) or _has_constructor(node)):
                    continue
                own = markers | _markers(node.decorator_list) | _assigned_markers(node.body)
                collector = self if not unittest else _Collector(self.file, _UNITTEST, self.found)
                collector.body(node.body, f"{prefix}{node.name}::", own, depth + 1)
            elif isinstance(node, ast.If | ast.Try | ast.With) and depth < _MAX_CLASSES:
                self.body(_inside(node), prefix, markers, depth + 1)

    def add(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, markers: frozenset[str]) -> None:
        line = self.file.source.line(node.lineno)
        column = len(line) - len(line.lstrip()) + 1
        span = Span(self.file.source.path, node.lineno, column, node.lineno, len(line) + 1)
        self.found.append(TestFunction(self.file.source.path, name, markers | _markers(node.decorator_list), span))


_UNITTEST = Conventions(functions=("test",))


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
