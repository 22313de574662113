"""Markers of tests: which cases a test has, and whether it runs at all.

Facts: pytest documentation, "How to parametrize fixtures and test functions" (stacked decorators multiply, a case may
have marks of its own) and "How to use skip and xfail"; Python documentation, unittest, "Skipping tests".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from gradeline.model.code import Codebase, Function, Module
from gradeline.records import record

MAX_CASES = 10_000
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
        items = _items(code, module, listed)
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


def _items(code: Codebase, module: Module, node: ast.expr | None, hops: int = 6) -> list[ast.expr] | None:
    """The elements of a list that is written down, also under a name or joined of several."""
    if hops == 0 or node is None:
        return None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        found: list[ast.expr] = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                inner = _items(code, module, one.value, hops - 1)
                if inner is None:
                    return None
                found += inner
            else:
                found.append(one)
        return found
    if isinstance(node, ast.Name):
        place, value = _value_of(code, module, node.id)
        return _items(code, place, value, hops - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = _items(code, module, node.left, hops - 1)
        right = _items(code, module, node.right, hops - 1)
        return None if left is None or right is None else [*left, *right]
    if isinstance(node, ast.Dict):
        return [one for one in node.keys if one is not None]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        if node.func.id in ("list", "tuple", "sorted", "set"):
            return _items(code, module, node.args[0], hops - 1)
        if node.func.id == "range" and all(_whole(one) is not None for one in node.args) and len(node.args) <= 3:
            numbers = [_whole(one) or 0 for one in node.args]
            if len(numbers) == 3 and numbers[2] == 0:
                return None
            return [ast.copy_location(ast.Constant(one), node) for one in range(*numbers)[:MAX_CASES]]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return _entries(code, module, node.func)
    return None


def _value_of(code: Codebase, module: Module, name: str) -> tuple[Module, ast.expr | None]:
    """The value of a name of the file, or of the one it is imported from."""
    for _ in range(6):
        if name not in module.imports:
            break
        owner, _, name_there = module.imports[name].rpartition(".")
        found = code.module(owner, module) if owner else None
        if found is None or found is module:
            return module, None
        module, name = found, name_there
    return module, module.constant(name)


def _entries(code: Codebase, module: Module, node: ast.Attribute) -> list[ast.expr] | None:
    """``TABLE.items()`` and its relatives for a mapping that is written down."""
    value = _value_of(code, module, node.value.id)[1] if isinstance(node.value, ast.Name) else node.value
    if not isinstance(value, ast.Dict) or node.attr not in ("items", "keys", "values"):
        return None
    pairs = [(key, one) for key, one in zip(value.keys, value.values, strict=True) if key is not None]
    if node.attr == "items":
        return [ast.Tuple([key, one], ast.Load()) for key, one in pairs]
    return [key if node.attr == "keys" else one for key, one in pairs]


def _whole(node: ast.expr) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value if abs(node.value) <= MAX_CASES else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    return None


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
