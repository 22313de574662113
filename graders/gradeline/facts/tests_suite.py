"""The tests of a repository: where each is written, how often it runs, and to which layer it says it belongs.

Which functions are tests is read as pytest collects them (``readers/project_tests.py``); here they are found again in
the syntax trees, with their parameters and fixtures (pytest documentation, "How to parametrize fixtures and test
functions" and "How to use fixtures").  Nothing is imported.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from gradeline.facts.tests_cases import MAX_CASES, written_items
from gradeline.facts.tests_generated import GENERATED, generated
from gradeline.facts.tests_imports import PACKAGES, distributions, skips_itself, wanted_modules
from gradeline.facts.tests_marks import Mark, case_values, marks_of, off_reason
from gradeline.model.code import Codebase, Defined, Function, Module
from gradeline.model.project import Project, TestFunction
from gradeline.records import field, record, replace
from gradeline.source import Span

_WORD = re.compile(r"[a-z0-9][a-z0-9.-]*")

# How teams call the layers of a suite, in folders and in markers.
LAYERS: Mapping[str, str] = {
    "unit": "unit", "units": "unit", "data": "data", "schema": "data", "dataset": "data", "model": "model",
    "models": "model", "ml": "model", "integration": "integration", "e2e": "integration", "end_to_end": "integration",
    "api": "integration", "pipeline": "integration", "contract": "integration", "behavioral": "behavioural",
    "behavioural": "behavioural", "behavior": "behavioural", "behaviour": "behavioural",
    "performance": "performance", "perf": "performance", "load": "performance", "benchmark": "performance",
    "system": "integration", "functional": "integration",
}  # fmt: skip


@record
class TestCase:
    """A test function.  ``owner`` is the class around it.  ``values`` are the expressions its parameters get, case by
    case (empty without parameters), ``cases`` how often it runs at least.  ``off``: why it never runs, else empty."""

    module: Module
    node: Function
    name: str
    span: Span
    marks: tuple[Mark, ...] = ()
    owner: ast.ClassDef | None = None
    unittest: bool = False
    values: tuple[Mapping[str, ast.expr], ...] = ()
    cases: int = 1
    counted: bool = True  # False when a list of cases cannot be read
    off: str = ""
    layer: str = ""  # what its folder or marker says: a value of LAYERS
    layer_by: str = ""  # the folder or the marker that says so, with ``@`` before a marker

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its arguments without ``self``."""
        given = self.node.args
        found = tuple(one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs))
        return found[1:] if self.owner is not None and found else found


@record
class Fixture:
    module: Module
    node: Function
    owner: ast.ClassDef | None = None
    options: Mapping[str, ast.expr] = field(default_factory=dict)


class Suite:
    """All tests of a repository; each file is read when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.code: Codebase = project.code

    @cached_property
    def tests(self) -> tuple[TestCase, ...]:
        found = [case for one in self.project.tests if (case := self._located(one)) is not None]
        return (*self._hidden(found), *found)

    def _hidden(self, found: Iterable[TestCase]) -> Iterator[TestCase]:
        """The tests that pytest does not find because a test below has their name."""
        seen = {(one.path, one.name): one for one in found}
        for path in dict.fromkeys(one.path for one in found):
            module = self.code.modules[path]
            for node, owners in self._places[path].values():
                by = seen.get((path, "::".join((*(one.name for one in owners), node.name))))
                if by is not None and node.lineno < by.node.lineno and by.owner in (*owners, None):
                    yield replace(self._case(module, node, owners), off=f"the test in line {by.span.line} has its name")

    @cached_property
    def unread(self) -> tuple[Module, ...]:
        """Files with tests of which a part cannot be read."""
        from gradeline.facts.tests_files import looks_like_test

        modules = (self.code.modules.get(path) for path in self.project.paths if looks_like_test(path))
        return tuple(module for module in modules if module is not None and not module.complete)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files of tests and what they share: each file with tests, and each helper beside or above them."""
        folders = {one.path.rpartition("/")[0] for one in self.tests}
        above = {folder[:end] for folder in folders for end in _ends(folder)}
        return tuple(path for path in self.project.paths
                     if path.endswith(".py") and path.rpartition("/")[0] in above)  # fmt: skip

    @cached_property
    def _places(self) -> dict[str, dict[int, tuple[Function, tuple[ast.ClassDef, ...]]]]:
        return {}

    def _located(self, test: TestFunction) -> TestCase | None:
        path, span = test.path, test.span
        module = self.code.modules.get(path)
        if module is None:
            return None
        if path not in self._places:
            self._places[path] = {node.lineno: (node, owners) for node, owners in _functions(module.tree)}
        found = self._places[path].get(span.line)
        if found is None or _fixture_options(module, found[0]) is not None:
            return None  # pytest collects no fixture, whatever its name
        located = self._case(module, *found)
        if test.ignored:
            return replace(located, off=located.off or f"{test.ignored} keeps pytest from collecting it")
        if skips_itself(module):
            return replace(located, off=located.off or "its file skips all of its tests")
        missing = self.missing(module)
        return replace(located, off=f"it is skipped: {missing} is nowhere installed") if missing else located

    def missing(self, module: Module) -> str:
        """The package without which all tests of a file are skipped, when no file of the repository installs it
        (pytest documentation, ``pytest.importorskip``)."""
        known: dict[str, str] = self.__dict__.setdefault("_missing", {})
        if module.path not in known:
            names = [one for one in wanted_modules(module) if not self._installed(one)]
            known[module.path] = names[0] if names else ""
        return known[module.path]

    def _installed(self, name: str) -> bool:
        if self.code.module(name) is not None or name.partition(".")[0] in sys.stdlib_module_names:
            return True
        return any(word in self._packages for word in distributions(name))

    @cached_property
    def _packages(self) -> frozenset[str]:
        """The words of the files that say what is installed."""
        found: set[str] = set()
        for path in self.project.paths:
            if path.endswith(PACKAGES) or path.rpartition("/")[2] in ("Dockerfile", "Makefile", "setup.py"):
                source = self.project.files.get(path)
                text = source.text.lower().replace("_", "-") if source is not None else ""
                found |= set(_WORD.findall(text))
        return frozenset(found)

    def _case(self, module: Module, node: Function, owners: tuple[ast.ClassDef, ...]) -> TestCase:
        marks = marks_of(module, node, owners)
        values, cases, counted, off = case_values(self.code, module, marks)
        names = (one.arg for one in (*node.args.args, *node.args.kwonlyargs))
        for name in names:
            made = self.fixture(name, module, owners[-1] if owners else None)
            many = made.options.get("params") if made is not None else None
            if made is None or many is None:
                continue
            given = written_items(self.code, made.module, many)
            counted = counted and given is not None
            cases = min(cases * len(given or (many,)), MAX_CASES)
        if generated(module, node) is not None:
            cases = min(cases * GENERATED, MAX_CASES)
        layer, by = _layer(module.path, marks)
        return TestCase(
            module, node, "::".join((*(one.name for one in owners), node.name)), module.span(node), marks,
            owners[-1] if owners else None, any(_is_unittest(one) for one in owners), values, cases, counted,
            off or off_reason(module, marks, cases), layer, by,
        )  # fmt: skip

    def fixture(self, name: str, module: Module, owner: ast.ClassDef | None = None) -> Fixture | None:
        """The fixture that a test of ``module`` gets for a name: of its class, of its file, of the nearest
        ``conftest.py`` above it."""
        if owner is not None:
            for node in owner.body:
                options = _fixture_options(module, node) if isinstance(node, Function) else None
                if isinstance(node, Function) and options is not None and _called(node, options) == name:
                    return Fixture(module, node, owner, options)
        for place in (module, *self._conftests(module.folder)):
            found = self._fixtures(place).get(name)
            if found is not None:
                return found
        return None

    def _conftests(self, folder: str) -> Iterator[Module]:
        while True:
            found = self.code.modules.get(f"{folder}/conftest.py".lstrip("/"))
            if found is not None:
                yield found
            if not folder:
                return
            folder = folder.rpartition("/")[0]

    def _fixtures(self, module: Module) -> Mapping[str, Fixture]:
        known: dict[str, Mapping[str, Fixture]] = self.__dict__.setdefault("_known", {})
        if module.path not in known:
            found: dict[str, Fixture] = {}
            for name, target in module.imports.items():
                defined = self.code.defined(module, name) if target else None
                if defined is not None and isinstance(defined.node, Function):
                    options = _fixture_options(defined.module, defined.node)
                    if options is not None:
                        found[_called(defined.node, options)] = Fixture(defined.module, defined.node, None, options)
            for node in module.definitions.values():
                if isinstance(node, Function) and (options := _fixture_options(module, node)) is not None:
                    found[_called(node, options)] = Fixture(module, node, None, options)
            known[module.path] = found
        return known[module.path]

    def automatic(self, module: Module) -> tuple[Fixture, ...]:
        """Fixtures that run for each test of a file although no test names them."""
        places = (module, *self._conftests(module.folder))
        return tuple(
            one
            for place in places
            for one in self._fixtures(place).values()
            if isinstance(always := one.options.get("autouse"), ast.Constant) and always.value is True
        )

    def automatic_in(self, module: Module, owner: ast.ClassDef) -> tuple[Function, ...]:
        """The same of a class."""
        found = [(node, _fixture_options(module, node)) for node in owner.body if isinstance(node, Function)]
        return tuple(node for node, options in found if options is not None and "autouse" in options)

    def defined(self, module: Module, node: ast.expr) -> Defined | None:
        return self.code.defined(module, node)


def _functions(tree: ast.Module) -> Iterator[tuple[Function, tuple[ast.ClassDef, ...]]]:
    """The functions that may be tests with the classes around them; not those inside functions."""
    stack: list[tuple[ast.stmt, tuple[ast.ClassDef, ...]]] = [(node, ()) for node in reversed(tree.body)]
    while stack:
        node, owners = stack.pop()
        if isinstance(node, Function):
            yield node, owners
            continue
        around = (*owners, node) if isinstance(node, ast.ClassDef) else owners
        for name in ("body", "orelse", "finalbody"):
            stack += [(one, around) for one in reversed(getattr(node, name, []))]
        for handler in getattr(node, "handlers", []):
            stack += [(one, around) for one in reversed(handler.body)]


def _ends(folder: str) -> Iterator[int]:
    """Where the folders around a folder end, itself too; the root of the repository only when it is the folder."""
    end = len(folder)
    while end > 0:
        yield end
        end = folder.rfind("/", 0, end)
    if not folder:
        yield 0


def _is_unittest(node: ast.ClassDef) -> bool:
    from gradeline.model.code import dotted

    return any(dotted(base).rpartition(".")[2].endswith("TestCase") for base in node.bases)


def _fixture_options(module: Module, node: Function) -> Mapping[str, ast.expr] | None:
    """The options of ``@pytest.fixture``; None for a function that is none."""
    for one in node.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if module.full(called) in ("pytest.fixture", "pytest_asyncio.fixture", "fixture"):
            return {word.arg: word.value for word in one.keywords if word.arg} if isinstance(one, ast.Call) else {}
    return None


def _called(node: Function, options: Mapping[str, ast.expr]) -> str:
    name = options.get("name")
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else node.name


def _layer(path: str, marks: Iterable[Mark]) -> tuple[str, str]:
    """The layer a test says it is of: a marker says more than a folder, the nearest folder more than one above."""
    for mark in marks:
        if mark.name.lower() in LAYERS:
            return LAYERS[mark.name.lower()], f"@{mark.name}"
    parts = path.split("/")
    for count in range(len(parts) - 1, 0, -1):
        word = parts[count - 1].lower().removeprefix("test_").removeprefix("tests_").removesuffix("_tests")
        word = word.removesuffix("_test")
        if word in LAYERS and (count > 1 or parts[0].lower() not in ("src", "lib")):
            return LAYERS[word], "/".join(parts[:count])
    return "", ""


def registered(suite: Suite) -> frozenset[str]:
    """The markers that the settings or a ``conftest.py`` register (pytest documentation, "Registering marks")."""
    found = set(suite.project.settings.pytest_markers)
    for path in suite.project.paths:
        module = suite.code.modules.get(path) if path.rpartition("/")[2] == "conftest.py" else None
        for node in ast.walk(module.tree) if module is not None else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
                first, second = node.args
                if (node.func.attr == "addinivalue_line" and isinstance(first, ast.Constant)
                        and first.value == "markers" and isinstance(second, ast.Constant)):  # fmt: skip
                    found.add(str(second.value).partition(":")[0].partition("(")[0].strip())
    return frozenset(found)
