"""Tests that may fail without a word.

pytest documentation, "How to use skip and xfail" (``strict``, ``xfail_strict``) and "Writing hook functions"
(``pytest_collection_modifyitems``, ``pytest_sessionfinish``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from gradeline.facts.readings import Reading
from gradeline.facts.selection import select_tests
from gradeline.facts.tests_claims import CAUGHT
from gradeline.facts.tests_kinds import Test
from gradeline.facts.tests_marks import Mark, truth
from gradeline.model.code import Codebase, Module
from gradeline.model.project import Project, TestFunction
from gradeline.records import record
from gradeline.source import Span

_ISSUE = re.compile(r"https?://\S{3,}|(?<!\w)#\d+|\b[A-Z][A-Z0-9]{1,15}-\d+\b|\b[\w.-]{1,60}/[\w.-]{1,60}#\d+")

_UNLESS = "a variable of the machine decides whether it runs"


@record
class Tolerated:
    """``problem``: why nobody would see the failure; empty for a known failure that nobody can forget.  ``sure`` is
    False when it depends on something that cannot be seen."""

    span: Span
    problem: str = ""
    sure: bool = True


def known_failures(project: Project, test: Test) -> Iterator[Tolerated]:
    """The marks and calls by which a test, or a case of it, never fails or is known to fail."""
    module = test.case.module
    strict = project.settings.pytest_xfail_strict
    for mark in test.case.marks:
        yield from _marked(module, mark, strict)
        if mark.name == "parametrize" and mark.call is not None:
            yield from _cases(module, mark.call, strict)
    if test.story.skipped is not None:
        yield Tolerated(test.story.skipped, "it always skips itself")
    elif test.case.off and not any(mark.name in ("skip", "skipif", "xfail", "skipunless") for mark in test.case.marks):
        yield Tolerated(test.case.span, test.case.off)
    for fixture in test.story.fixtures:
        for node in fixture.node.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and (
                    fixture.module.full(node.value.func) in ("pytest.skip", "pytest.xfail")):  # fmt: skip
                yield Tolerated(fixture.module.span(node), "this fixture skips every test that asks for it")
    for place in (module, test.case.node), *((one.module, one.node) for one in test.story.fixtures):
        yield from _by_environment(*place)
    for claim in test.story.claims:
        if claim.empty == CAUGHT:
            yield Tolerated(claim.span, claim.empty)


def _by_environment(module: Module, node: ast.AST) -> Iterator[Tolerated]:
    """A test that skips itself unless somebody sets a variable."""
    for one in ast.walk(node):
        if not isinstance(one, ast.If) or not _environment(module, one.test):
            continue
        for inner in ast.walk(one):
            if isinstance(inner, ast.Call) and module.full(inner.func) in ("pytest.skip", "pytest.xfail"):
                yield Tolerated(module.span(inner), _UNLESS, False)


def _environment(module: Module, node: ast.AST) -> bool:
    return any(isinstance(one, ast.Attribute | ast.Name) and module.full(one).startswith(("os.environ", "os.getenv"))
               for one in ast.walk(node))  # fmt: skip


def _cases(module: Module, call: ast.Call, strict: bool) -> Iterator[Tolerated]:
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and module.full(node.func) == "pytest.param":
            marks = next((word.value for word in node.keywords if word.arg == "marks"), None)
            for one in marks.elts if isinstance(marks, ast.List | ast.Tuple) else [marks] if marks is not None else []:
                found = one.func if isinstance(one, ast.Call) else one
                full = module.full(found)
                if full.startswith("pytest.mark."):
                    mark = Mark(full.split(".")[2], one, one if isinstance(one, ast.Call) else None)
                    yield from _marked(module, mark, strict)


def _marked(module: Module, mark: Mark, strict: bool) -> Iterator[Tolerated]:
    span = module.span(mark.node)
    words = {word.arg: word.value for word in mark.call.keywords} if mark.call is not None else {}
    first = mark.call.args[0] if mark.call is not None and mark.call.args else words.get("condition")
    constant = truth(first)
    if mark.name == "skip" or (mark.name == "skipif" and constant is True) or (
            mark.name == "skipunless" and constant is False):  # fmt: skip
        yield Tolerated(span, "it is always skipped")
    if mark.name == "skipif" and first is not None and (_environment(module, first) or (
            isinstance(first, ast.Constant) and "environ" in str(first.value))):  # fmt: skip
        yield Tolerated(span, _UNLESS, False)
    if mark.name != "xfail" or constant is False:
        return
    if isinstance(run := words.get("run"), ast.Constant) and run.value is False:
        yield Tolerated(span, "it is not run at all")
        return
    given = words.get("strict")
    if (isinstance(given, ast.Constant) and not given.value) or (given is None and not strict):
        yield Tolerated(span, "it may fail, and nobody sees when it no longer does")
    elif not _ISSUE.search(_text(module, words.get("reason"))):
        yield Tolerated(span, "its reason names no issue")
    else:
        yield Tolerated(span)


def _text(module: Module, node: ast.expr | None) -> str:
    """The texts in a reason, also behind a name."""
    found: list[str] = []
    for one in ast.walk(node) if node is not None else ():
        if isinstance(one, ast.Name) and (value := module.constant(one.id)) is not None:
            found += [part.value for part in ast.walk(value)
                      if isinstance(part, ast.Constant) and isinstance(part.value, str)]  # fmt: skip
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            found.append(one.value[:2000])
    return " ".join(found)


def left_out(project: Project, paths: Iterable[str]) -> tuple[TestFunction, ...]:
    """The tests of some files that the arguments in pytest's settings leave out of every run."""
    options: dict[str, list[str | None]] = {}
    words = list(project.settings.pytest_arguments)
    for place, word in enumerate(words):
        for name in ("-k", "-m", "--deselect", "--ignore", "--ignore-glob"):
            if word == name and place + 1 < len(words):
                options.setdefault(name, []).append(words[place + 1])
            elif word.startswith(f"{name}=") or (len(name) == 2 and word.startswith(name) and word != name):
                options.setdefault(name, []).append(word.removeprefix(name).removeprefix("="))
    if not options:
        return ()
    reading = Reading("pytest", frozenset({"test"}), options={name: tuple(many) for name, many in options.items()})
    wanted = frozenset(paths)
    return tuple(one for one in project.tests if one.path in wanted and select_tests(reading, [one]) == 0)


def changes_outcomes(code: Codebase, paths: Iterable[str]) -> tuple[Tolerated, ...]:
    """What a ``conftest.py`` does to the outcome of tests."""
    found: list[Tolerated] = []
    for path in paths:
        module = code.modules.get(path) if path.rpartition("/")[2] == "conftest.py" else None
        if module is None:
            continue
        for name, node in module.definitions.items():
            if not name.startswith("pytest_"):
                continue
            for one in ast.walk(node):
                if isinstance(one, ast.Assign) and any(
                        isinstance(target, ast.Attribute) and target.attr in ("exitstatus", "outcome")
                        for target in one.targets):  # fmt: skip
                    found.append(Tolerated(module.span(one), "a hook sets the outcome of the run"))
                if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and (
                        one.func.attr == "add_marker" and one.args):  # fmt: skip
                    mark = one.args[0]
                    full = module.full(mark.func if isinstance(mark, ast.Call) else mark)
                    last = full.rpartition(".")[2]
                    if last in ("skip", "xfail", "skipif"):
                        sure = not any(isinstance(part, ast.If) for part in ast.walk(node))
                        found.append(Tolerated(module.span(one), "a hook marks tests that need not pass", sure))
    return tuple(found)
