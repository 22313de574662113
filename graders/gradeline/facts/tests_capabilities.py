"""Which capability of a model each test is about, as markers and tables say.

Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP models with CheckList": a matrix of capabilities and test
types.  pytest documentation, "Working with custom markers" and "Registering marks".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from gradeline.facts.tests_kinds import Test
from gradeline.facts.tests_suite import LAYERS, Suite
from gradeline.model.code import Module
from gradeline.records import record
from gradeline.source import Span

# Markers of pytest, of its plug-ins and of Hypothesis that say nothing about a capability.
_OWN = frozenset({
    "parametrize", "skip", "skipif", "skipunless", "xfail", "usefixtures", "filterwarnings", "timeout", "flaky",
    "asyncio", "anyio", "django_db", "order", "dependency", "hypothesis", "benchmark", "tryfirst", "trylast",
    "xdist_group",
})  # fmt: skip
_NAME = re.compile(r"\b(?:test_\w{1,120}|[Tt]est[A-Z]\w{0,120})")


@record
class Said:
    """A capability with a place where it is said.  ``by``: the marker, empty for a row of a table.  ``tests``: how
    many tests it names; ``test``: the one that a marker stands at."""

    name: str
    span: Span
    by: str = ""
    tests: int = 1
    test: str = ""


def marked(tests: Iterable[Test]) -> tuple[Said, ...]:
    """The capabilities that markers name: the argument of a marker, or the marker itself."""
    found: list[Said] = []
    for test in tests:
        module = test.case.module
        nodes = [mark.node for mark in test.case.marks]
        nodes += [one for mark in test.case.marks if mark.name == "parametrize" and mark.call is not None
                  for one in _inside(module, mark.call)]  # fmt: skip
        for node in nodes:
            call = node if isinstance(node, ast.Call) else None
            full = module.full(call.func if call is not None else node)
            if not full.startswith("pytest.mark."):
                continue
            name = full.split(".")[2]
            if name in _OWN or name.lower() in LAYERS:
                continue
            values = [*call.args, *(word.value for word in call.keywords)] if call is not None else []
            text = next((text for one in values[:1] if (text := _text(module, one))), "")
            found.append(Said(text or name, module.span(node), name, 1, f"{test.case.path}::{test.case.name}"))
    return tuple(found)


def _inside(module: Module, call: ast.Call) -> Iterator[ast.expr]:
    """The marks of single cases, also in a list under a name."""
    todo: list[ast.AST] = [call]
    names = [one.id for one in call.args[1:2] if isinstance(one, ast.Name)]
    todo += [value for value in map(module.constant, names) if value is not None]
    for whole in todo:
        for node in ast.walk(whole):
            if isinstance(node, ast.Call) and module.full(node.func) == "pytest.param":
                marks = next((word.value for word in node.keywords if word.arg == "marks"), None)
                if isinstance(marks, ast.List | ast.Tuple):
                    yield from marks.elts
                elif marks is not None:
                    yield marks


def _text(module: Module, node: ast.expr) -> str:
    """A text that is written down, also under a name or as a member of a class of the file."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name) and (value := module.constant(node.id)) is not None:
        return _text(module, value) if not isinstance(value, ast.Name) else ""
    if isinstance(node, ast.Attribute):
        holder = node.value
        owner = module.definitions.get(holder.id) if isinstance(holder, ast.Name) else None
        for one in owner.body if isinstance(owner, ast.ClassDef) else ():
            if isinstance(one, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == node.attr for target in one.targets):  # fmt: skip
                return _text(module, one.value)
        return _text(module, holder) if node.attr == "value" else node.attr
    return ""


def tabled(suite: Suite, tests: Iterable[Test]) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """The rows of the table that names most tests of the given ones, and what it names that is not there.

    A table stands in the docstring of a file of tests, or is a mapping or list of it."""
    known = {part for test in tests for part in (test.case.name, test.case.name.rpartition("::")[2], *(
        test.case.name.split("::")[:1]))}  # fmt: skip
    there = {one.name.rpartition("::")[2] for one in suite.tests} | {one.name.split("::")[0] for one in suite.tests}
    best: tuple[Said, ...] = ()
    missing: tuple[Said, ...] = ()
    for path in suite.files:
        module = suite.code.modules.get(path)
        if module is None:
            continue
        for rows in (_docstring(module), *_mappings(module)):
            said, wrong = [], []
            for label, names, span in rows:
                right = names & known
                if label and right:
                    said.append(Said(label, span, "", len(right)))
                wrong += [Said(name, span) for name in sorted(names - there)]
            unique = tuple({one.name.lower(): one for one in said}.values())
            if len(unique) > len(best):
                best, missing = unique, tuple(wrong)
    return best, missing


Rows = list[tuple[str, set[str], Span]]


def _docstring(module: Module) -> Rows:
    """The lines of the docstring that begin with something else than the tests they name."""
    first = module.tree.body[0] if module.tree.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant) or not isinstance(
            first.value.value, str):  # fmt: skip
        return []
    found: Rows = []
    for number, line in enumerate(first.value.value[:20_000].split("\n")):
        names = set(_NAME.findall(line))
        start = _NAME.search(line)
        label = line[: start.start()] if start is not None else ""
        label = label.strip(" |`*-:+=\t").split("|")[0].strip(" `*")
        span = Span(module.path, first.lineno + number, 1, first.lineno + number, max(2, len(line) + 1))
        if names and label:
            found.append((label, names, span))
        elif names and found:
            found[-1][1].update(names)  # a row that goes on
    return found


def _mappings(module: Module) -> Iterator[Rows]:
    for values in module.assigned.values():
        for value in values:
            if isinstance(value, ast.Dict):
                yield [(_text(module, key), _names(one), module.span(key))
                       for key, one in zip(value.keys, value.values, strict=True) if key is not None]  # fmt: skip
            elif isinstance(value, ast.List | ast.Tuple):
                rows = [one for one in value.elts if isinstance(one, ast.Tuple | ast.List | ast.Call) and _first(one)]
                yield [(_text(module, _first(one)[0]), _names(one), module.span(one)) for one in rows]


def _first(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List):
        return node.elts[:1]
    return node.args[:1] if isinstance(node, ast.Call) else []


def _names(node: ast.expr) -> set[str]:
    """The names of tests in a value: texts, or the functions themselves."""
    found: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            found |= set(_NAME.findall(one.value[:2000]))
        elif isinstance(one, ast.Name) and _NAME.fullmatch(one.id):
            found.add(one.id)
    return found


def added_later(suite: Suite) -> Span | None:
    """Where a hook of a ``conftest.py`` gives tests their markers when they run."""
    for path in suite.project.paths:
        module = suite.code.modules.get(path) if path.rpartition("/")[2] == "conftest.py" else None
        for node in ast.walk(module.tree) if module is not None else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_marker":
                assert module is not None
                return module.span(node)
    return None
