"""A component that answers instead of failing: ``return "pass" if done.returncode == 0 else "fail"``.

Its task succeeds whatever the program in it found; only what asks for the answer knows.  ``subprocess`` reference:
``run`` and ``call`` give the exit status back and fail only with ``check=True``.
"""

from __future__ import annotations

import ast
import copy

from gradeline.model.code import Function
from gradeline.records import record

_STATUS = frozenset({"call"})  # of subprocess: its result is the status itself
_NONE = object()


@record
class Answer:
    """``passed`` is returned when the program succeeded, ``failed`` when it did not.  ``function`` is the component
    with the program's end as its own."""

    passed: str | bool
    failed: str | bool
    function: Function


def answer_of(function: Function) -> Answer | None:
    """None when what is returned does not depend on how one program ended, or cannot be told."""
    body = list(function.body)
    for position, statement in enumerate(body):
        rest = body[position + 1 :]
        found = _of(statement, rest, frozenset(_statuses(body[:position])))
        if found is not None:
            ends, passed, failed = found
            if passed == failed or isinstance(passed, bool) is not isinstance(failed, bool):
                return None
            made = copy.copy(function)
            made.body = [*body[:position], *ends]
            return Answer(passed, failed, made)
    return None


def tells_end(function: Function) -> bool:
    """Whether a component hands on how the run has ended: ``return status["state"]``."""
    for node in ast.walk(function):
        value = node.value if isinstance(node, ast.Return) else None
        if isinstance(value, ast.Attribute) and value.attr == "state":
            return True
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant) and value.slice.value == "state":
            return True
    return False


def always(function: Function) -> str | bool | None:
    """The one constant that a component returns whatever happens in it; None when there is none."""
    found: set[object] = set()
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            found.add(_word(node.value) if node.value is not None else _NONE)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))
    value = next(iter(found)) if len(found) == 1 else None
    return value if isinstance(value, str | bool) else None


_Found = tuple[list[ast.stmt], str | bool, str | bool]


def _of(statement: ast.stmt, rest: list[ast.stmt], names: frozenset[str]) -> _Found | None:
    if isinstance(statement, ast.Return) and statement.value is not None:
        value = statement.value
        if isinstance(value, ast.IfExp):
            return _chosen(statement, value.test, _word(value.body), _word(value.orelse), names)
        return _chosen(statement, value, True, False, names) if isinstance(value, ast.Compare | ast.UnaryOp) else None
    if isinstance(statement, ast.If):
        first = _returned(statement.body)
        other = _returned(statement.orelse) if statement.orelse else _returned(rest)
        return _chosen(statement, statement.test, first, other, names)
    if isinstance(statement, ast.Try) and len(statement.handlers) == 1 and not statement.finalbody:
        failed = _returned(statement.handlers[0].body)
        work = list(statement.body)
        passed = _NONE
        if work and isinstance(work[-1], ast.Return):
            passed = _returned(work)
            work = work[:-1]
        elif statement.orelse:
            passed = _returned(statement.orelse)
        else:
            passed = _returned(rest)
        if isinstance(passed, str | bool) and isinstance(failed, str | bool) and work:
            return work, passed, failed
    return None


def _chosen(
    statement: ast.stmt, test: ast.expr, yes: object, no: object, names: frozenset[str]
) -> _Found | None:
    if not isinstance(yes, str | bool) or not isinstance(no, str | bool):
        return None
    known = _status_in(test, names)
    if known is None:
        return None
    status, good = known
    end = ast.copy_location(ast.Return(value=status), statement)
    return [end], yes if good else no, no if good else yes


def _status_in(test: ast.expr, names: frozenset[str]) -> tuple[ast.expr, bool] | None:
    """The exit status that a test looks at, and whether the test holds for a success."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _status_in(test.operand, names)
        return None if inner is None else (inner[0], not inner[1])
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        right = test.comparators[0]
        if _is_status(test.left, names) and isinstance(right, ast.Constant) and right.value == 0:
            if isinstance(test.ops[0], ast.Eq):
                return test.left, True
            if isinstance(test.ops[0], ast.NotEq | ast.Gt):
                return test.left, False
        return None
    return (test, False) if _is_status(test, names) else None


def _is_status(node: ast.expr, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "returncode"
    if isinstance(node, ast.Name):
        return node.id in names
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STATUS


def _statuses(body: list[ast.stmt]) -> list[str]:
    """The variables that hold a status: of ``subprocess.call``, or the ``returncode`` of a result."""
    found: list[str] = []
    for statement in body:
        if isinstance(statement, ast.Assign) and _is_status(statement.value, frozenset()):
            found.extend(target.id for target in statement.targets if isinstance(target, ast.Name))
    return found


def _returned(body: list[ast.stmt]) -> object:
    """The constant that the last of these statements returns; anything may be printed before."""
    last = body[-1] if body else None
    return _word(last.value) if isinstance(last, ast.Return) and last.value is not None else _NONE


def _word(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | bool) else _NONE
