"""Claims of a test without ``assert``: what raises an ``AssertionError``, or calls a function that fails the test.

pytest documentation, ``pytest.fail``; unittest documentation, ``TestCase.fail`` and ``failureException``.
"""

from __future__ import annotations

import ast

from gradeline.model.code import Module

_FAILS = frozenset({"pytest.fail", "self.fail"})
_RAISED = frozenset({"AssertionError", "builtins.AssertionError", "self.failureException"})
_OPPOSITE: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(), ast.Lt: ast.GtE(), ast.LtE: ast.Gt(), ast.Gt: ast.LtE(),
    ast.GtE: ast.Lt(), ast.Is: ast.IsNot(), ast.IsNot: ast.Is(), ast.In: ast.NotIn(), ast.NotIn: ast.In(),
}  # fmt: skip


def said_by_hand(module: Module, node: ast.If) -> ast.expr | None:
    """What ``if not ok: raise AssertionError`` says: ``ok``.  None for an ``if`` that does not fail the test."""
    if fails(module, node.body):
        return opposite(node.test)
    return node.test if fails(module, node.orelse) else None


def fails(module: Module, body: list[ast.stmt]) -> bool:
    """Whether statements end with the failure of the test."""
    last = body[-1] if body else None
    if isinstance(last, ast.Raise) and last.exc is not None:
        raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
        return module.full(raised) in _RAISED or (isinstance(raised, ast.Name) and raised.id in _RAISED)
    if isinstance(last, ast.Assert):
        return isinstance(last.test, ast.Constant) and not last.test.value
    call = last.value if isinstance(last, ast.Expr) else None
    return isinstance(call, ast.Call) and module.full(call.func) in _FAILS


def opposite(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPPOSITE:
        return ast.copy_location(ast.Compare(node.left, [_OPPOSITE[type(node.ops[0])]], node.comparators), node)
    return ast.copy_location(ast.UnaryOp(ast.Not(), node), node)


def raised_by_hand(module: Module, node: ast.Try | ast.TryStar) -> ast.Call | None:
    """``try`` with an ``except`` for the error that has to come, and a failure when none comes, as the call of
    ``pytest.raises`` that says the same.  It looks at the message (``check``) when the handler claims something about
    the error."""
    if len(node.handlers) != 1 or node.handlers[0].type is None:
        return None
    if not fails(module, node.orelse) and not fails(module, node.body):
        return None
    handler = node.handlers[0]
    looks = handler.name is not None and any(
        isinstance(part, ast.Name) and part.id == handler.name
        for one in handler.body
        for claim in ast.walk(one)
        if isinstance(claim, ast.Assert | ast.If)
        for part in ast.walk(claim.test)
    )
    words = [ast.keyword("check", ast.Constant(True))] if looks else []
    call = ast.Call(ast.Name("raises", ast.Load()), [handler.type], words) if handler.type is not None else None
    return ast.copy_location(call, node) if call is not None else None
