"""Markers of tests: which cases a test has, and whether it runs at all.

Facts: pytest documentation, "How to parametrize fixtures and test functions" (stacked decorators multiply, a case may
have marks of its own) and "How to use skip and xfail"; Python documentation, unittest, "Skipping tests".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from gradeline.facts.tests_cases import MAX_CASES, written_items
from gradeline.model.code import Codebase, Function, Module
from gradeline.records import record

MAX_SEEN = 300  # cases whose values are looked at


@record
class Mark:
    """``@pytest.mark.NAME``; ``call`` when it has arguments."""

    name: str
    node: ast.expr
    call: ast.Call | None = None


def marks_of(module: Module, node: Function, owners: tuple[ast.ClassDef, ...]) -> tuple[Mark, ...]:
    """The marks of a test: its own, those of its classes, those of its file."""
    found = [_mark(module, one) for one in node.decorator_list]
    for owner in reversed(owners):
        found += [_mark(module, one) for one in (*owner.decorator_list, *_assigned(owner.body))]
    found += [_mark(module, one) for one in _assigned(module.tree.body)]
    return tuple(one for one in found if one is not None)


def _assigned(body: list[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "pytestmark"
                                                for one in node.targets):  # fmt: skip
            yield from node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]


def _mark(module: Module, node: ast.expr) -> Mark | None:
    call = node if isinstance(node, ast.Call) else None
    full = module.full(call.func if call is not None else node)
    if not full and call is None and isinstance(node, ast.Name):
        return None
    if full.startswith("pytest.mark."):
        return Mark(full.split(".")[2], node, call)
    if full in ("unittest.skip", "unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure"):
        names = {"skip": "skip", "skipIf": "skipif", "skipUnless": "skipunless", "expectedFailure": "xfail"}
        return Mark(names[full.rpartition(".")[2]], node, call)
    if call is None and isinstance(node, ast.Name) and (value := module.constant(node.id)) is not None:
        return _mark(module, value) if not isinstance(value, ast.Name) else None
    return None


def off_reason(module: Module, marks: tuple[Mark, ...], cases: int) -> str:
    """Why a test never runs or never fails, empty when it may."""
    for mark in marks:
        if mark.name == "skip":
            return "it is always skipped"
        first = mark.call.args[0] if mark.call is not None and mark.call.args else None
        if mark.name == "skipif" and truth(first) is True:
            return "it is always skipped"
        if mark.name == "skipunless" and truth(first) is False:
            return "it is always skipped"
        if mark.name == "xfail" and truth(first) is not False:
            strict = _keyword(mark.call, "strict")
            run = _keyword(mark.call, "run")
            if truth(run) is False:
                return "`xfail(run=False)` does not run it"
            if first is None and not (isinstance(strict, ast.Constant) and strict.value is True):
                return "it is expected to fail, so nobody sees when it does"
    return "it has no case" if cases == 0 else ""


def truth(node: ast.expr | None) -> bool | None:
    """Whether a condition always or never holds.  A text is an expression that pytest computes (pytest documentation,
    "Conditions as strings instead of booleans")."""
    if not isinstance(node, ast.Constant):
        return None
    if isinstance(node.value, str):
        word = node.value.strip()
        return word == "True" if word in ("True", "False") else None
    return bool(node.value)


def _keyword(call: ast.Call | None, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None) if call is not None else None


def case_values(
    code: Codebase, module: Module, marks: tuple[Mark, ...]
) -> tuple[tuple[Mapping[str, ast.expr], ...], int, bool, str]:
    """The values of each case of a parametrized test that runs, how many cases there are at least, whether all of
    them could be counted, and why there is none.  A list that cannot be read counts as one case."""
    cases: list[dict[str, ast.expr]] = [{}]
    count, seen, counted = 1, False, True
    for mark in marks:
        call = mark.call
        first = call.args[0] if call is not None and call.args else _keyword(call, "argnames")
        if mark.name != "parametrize" or call is None or first is None:
            continue
        seen = True
        names = _names(first)
        listed = call.args[1] if len(call.args) > 1 else _keyword(call, "argvalues")
        items = written_items(code, module, listed)
        if items is None:
            counted = False
            continue
        own = [one for one in (_case(module, item, names) for item in items[:MAX_CASES]) if one is not None]
        count = min(count * len(own), MAX_CASES)
        cases = list(islice(({**case, **one} for case in cases for one in own), MAX_SEEN))
    if not seen:
        return (), 1, True, ""
    return tuple(cases), count, counted, "" if count else "none of its cases runs"


def _names(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(name.strip() for name in node.value.split(",") if name.strip())
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(str(one.value) for one in node.elts if isinstance(one, ast.Constant))
    return ()


def _case(module: Module, node: ast.expr, names: tuple[str, ...]) -> dict[str, ast.expr] | None:
    """The values of one case by their names; None when the case is left out."""
    if isinstance(node, ast.Call) and module.full(node.func) in ("pytest.param", "param"):
        marks = _keyword(node, "marks")
        for one in marks.elts if isinstance(marks, ast.List | ast.Tuple) else [marks] if marks is not None else []:
            mark = _mark(module, one)
            if mark is not None and off_reason(module, (mark,), 1):
                return None
        values = list(node.args)
    elif len(names) > 1 and isinstance(node, ast.Tuple | ast.List):
        values = list(node.elts)
    else:
        values = [node]
    return dict(zip(names, values, strict=False))
