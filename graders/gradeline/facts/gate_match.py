"""``match`` statements: the case that fits, as far as its patterns are values."""

from __future__ import annotations

import ast

from gradeline.facts.gate_comparisons import compared
from gradeline.facts.gate_expressions import evaluate, truth
from gradeline.facts.gate_state import Lost, Machine, span_of
from gradeline.facts.gate_values import Const, Scope, Value


def matched(machine: Machine, scope: Scope, node: ast.Match) -> list[ast.stmt] | None:
    """The statements of the first case that fits; None when no case does."""
    subject = evaluate(machine, scope, node.subject)
    for case in node.cases:
        if _fits(machine, scope, case.pattern, subject) and (case.guard is None or truth(machine, scope, case.guard)):
            return case.body
    return None


def _fits(machine: Machine, scope: Scope, pattern: ast.pattern, subject: Value) -> bool:
    span = span_of(scope, pattern)
    if isinstance(pattern, ast.MatchValue):
        return compared(machine, "==", subject, evaluate(machine, scope, pattern.value), span)
    if isinstance(pattern, ast.MatchSingleton):
        return compared(machine, "is", subject, Const(pattern.value), span)
    if isinstance(pattern, ast.MatchOr):
        return any(_fits(machine, scope, one, subject) for one in pattern.patterns)
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None and not _fits(machine, scope, pattern.pattern, subject):
            return False
        if pattern.name is not None:
            scope.set(pattern.name, subject)
        return True
    raise Lost(span, "this pattern is not followed")
