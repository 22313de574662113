"""Tests as pytest would collect them, and the settings that change what commands do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.model.project import Settings, TestFunction
from gradeline.model.text import Text
from gradeline.readers.project_source import Context, FileText
from gradeline.source import Span

MAX_TEST_FILES = 300
_BASE_IMAGE = re.compile(r"FROM[ \t]+(?:--\S+[ \t]+)*(?:\S*/)?python:([0-9][0-9.]*)", re.IGNORECASE)


def collect_tests(context: Context, patterns: tuple[str, ...] = ()) -> tuple[TestFunction, ...]:
    """Test functions and methods with their markers (pytest documentation, "Conventions for Python test discovery")."""
    wanted = patterns or ("test_*.py", "*_test.py")
    names = [path for path in context.paths if any(fnmatchcase(path.rpartition("/")[2], one) for one in wanted)]
    found: list[TestFunction] = []
    for path in names[:MAX_TEST_FILES]:
        file = context.file(path)
        tree = _parsed(file) if file is not None else None
        if file is not None and tree is not None:
            found.extend(_tests(path, tree))
    return tuple(found)


def _parsed(file: FileText) -> ast.Module | None:
    try:
        return ast.parse(file.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _tests(path: str, tree: ast.Module) -> Iterator[TestFunction]:
    shared = _module_markers(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            markers = shared | _markers(node.decorator_list)
            for inner in node.body:
                yield from _function(path, inner, f"{node.name}::", markers)
        else:
            yield from _function(path, node, "", shared)


def _function(path: str, node: ast.stmt, prefix: str, shared: frozenset[str]) -> Iterator[TestFunction]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
        markers = shared | _markers(node.decorator_list)
        yield TestFunction(path, prefix + node.name, markers, Span(path, node.lineno, node.col_offset + 1))


def _markers(decorators: list[ast.expr]) -> frozenset[str]:
    """``slow`` for ``@pytest.mark.slow`` and ``@pytest.mark.slow(...)``."""
    found = set()
    for decorator in decorators:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "mark":
            found.add(node.attr)
    return frozenset(found)


def _module_markers(tree: ast.Module) -> frozenset[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "pytestmark" for one in node.targets
        ):
            values = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            return _markers(list(values))
    return frozenset()


def read_settings(context: Context) -> tuple[Settings, tuple[str, ...]]:
    """The settings of the repository, and the patterns of test file names when they are configured."""
    from gradeline.readers.project_ini import read_ini
    from gradeline.readers.project_toml import read_toml

    requires: Text | None = None
    paths: tuple[str, ...] | None = None
    arguments: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    minimum: Text | None = None
    manifest = context.file("pyproject.toml")
    toml = read_toml(manifest) if manifest is not None else None
    for name, section in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
        file = context.file(name)
        if file is not None and paths is None:
            paths, arguments, patterns = _from_ini(read_ini(file).sections.get(section, {}))
    if toml is not None:
        if toml.string("project", "requires-python") is not None:
            requires = toml.text("project", "requires-python")
        if toml.value("tool", "coverage", "report", "fail_under") is not None:
            minimum = toml.text("tool", "coverage", "report", "fail_under")
        if paths is None and toml.table("tool", "pytest", "ini_options"):
            base = ("tool", "pytest", "ini_options")
            paths = tuple(toml.strings(*base, "testpaths"))
            arguments = tuple(toml.strings(*base, "addopts"))
            patterns = tuple(toml.strings(*base, "python_files"))
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        file = context.file(name)
        if file is not None and paths is None:
            options = read_ini(file).sections.get(section)
            if options is not None:
                paths, arguments, patterns = _from_ini(options)
    settings = Settings(requires, _first_line(context), _docker(context), paths or (), arguments, minimum)
    return settings, patterns


def _from_ini(options: object) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    def words(name: str) -> tuple[str, ...]:
        option = options.get(name) if isinstance(options, dict) else None
        return tuple(" ".join(piece.text for piece in option.pieces).split()) if option is not None else ()

    return words("testpaths"), words("addopts"), words("python_files")


def _first_line(context: Context) -> Text | None:
    file = context.file(".python-version")
    if file is None:
        return None
    end = file.text.find("\n")
    return file.slice(0, len(file.text) if end < 0 else end)


def _docker(context: Context) -> Text | None:
    """The Python version of the Dockerfile's first base image."""
    file = context.file("Dockerfile")
    if file is None:
        return None
    for line_start in _line_starts(file.text):
        found = _BASE_IMAGE.match(file.text, line_start)
        if found is not None:
            return file.slice(found.start(1), found.end(1))
    return None


def _line_starts(text: str) -> Iterator[int]:
    start = 0
    while 0 <= start <= len(text):
        yield start
        following = text.find("\n", start)
        start = following + 1 if following >= 0 else -1
