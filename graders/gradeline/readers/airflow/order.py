"""When a task starts: its trigger rule over the tasks before it, as edges and conditions.

Airflow documentation, "DAGs", Trigger Rules.  A task that did not run because one before it failed
(``upstream_failed``) counts as failed for the rules that ask for failures.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradeline.model.expression import Constant, Decision, Expression, Operation, UnitResult, Unresolved
from gradeline.model.pipeline import Edge
from gradeline.readers.airflow.nodes import Task
from gradeline.readers.flows.values import Named
from gradeline.readers.reading import Reading, shown
from gradeline.records import record
from gradeline.source import Span

RULES = frozenset({
    "all_success", "all_failed", "all_done", "all_skipped", "one_failed", "one_success", "one_done", "none_failed",
    "none_failed_min_one_success", "none_failed_or_skipped", "none_skipped", "always", "dummy",
    "all_done_setup_success", "all_done_min_one_success",
})  # fmt: skip
_SILENT = ("all_done", "always", "dummy", "one_done", "all_done_setup_success")  # a failure before goes no further


@record
class Start:
    needs: tuple[Edge, ...] = ()
    implicit: bool = True
    depends: Expression | None = None
    condition: Expression | None = None
    condition_span: Span | None = None


def rule_of(task: Task) -> str:
    value = task.kwargs.get("trigger_rule")
    if isinstance(value, Named):
        value = value.last.lower()
    if isinstance(value, str):
        return value.lower()
    return "all_done_setup_success" if task.role == "teardown" else "all_success"


def start_of(task: Task, reading: Reading) -> Start:
    rule, span = rule_of(task), task.span
    if rule not in RULES:
        reading.say("error", "bad-trigger-rule", f"`{shown(rule)}` is no trigger rule.", span)
        rule = "all_success"
    before = [(other, at) for other, at in task.before if other.dag is task.dag]
    condition, place = _branched(task, before)
    names = [other.name for other, _ in before]
    if rule in ("always", "dummy"):
        return Start(implicit=False)
    if not before:
        return Start()
    if rule == "all_success":
        return Start(tuple(Edge(other.name, at) for other, at in before), True, None, condition, place)
    if rule.startswith("none_failed"):
        edges = tuple(Edge(other.name, at, "order") for other, at in before)
        tests: list[Expression | None] = [
            Operation("!=", (UnitResult(name, span), Constant("failure", span)), span) for name in _failing(task)
        ]
        if rule != "none_failed":
            tests.append(_any([_is(name, "success", span) for name in names], span))
        return Start(edges, True, _all(tests, span), condition if rule == "none_failed" else None, place)
    edges = tuple(Edge(other.name, at, "done") for other, at in before)
    depends: Expression | None = None
    if rule == "one_success" or rule == "all_done_min_one_success":
        depends = _any([_is(name, "success", span) for name in names], span)
    elif rule == "one_failed":
        depends = _any([_is(name, "failure", span) for name in _failing(task)], span)
    elif rule == "all_failed":
        depends = _all([Operation("not", (_is(name, "success", span),), span) for name in names], span)
    elif rule == "all_skipped":
        depends = _all([_is(name, "skipped", span) for name in names], span)
    elif rule == "none_skipped":
        depends = _all([Operation("not", (_is(name, "skipped", span),), span) for name in names], span)
    elif rule == "all_done_setup_success":
        setups = [other.name for other, _ in before if other.role == "setup"]
        depends = _all([_is(name, "success", span) for name in setups], span) if setups else None
    return Start(edges, False, depends)


def _is(name: str, result: str, span: Span) -> Expression:
    return Operation("==", (UnitResult(name, span), Constant(result, span)), span)


def _any(tests: list[Expression], span: Span) -> Expression | None:
    return None if not tests else tests[0] if len(tests) == 1 else Operation("or", tuple(tests), span)


def _all(tests: Sequence[Expression | None], span: Span) -> Expression | None:
    known = tuple(test for test in tests if test is not None)
    return None if not known else known[0] if len(known) == 1 else Operation("and", known, span)


def _failing(task: Task) -> list[str]:
    """The tasks whose failure reaches this one: those before it, as far as no rule on the way stops it."""
    found: dict[str, None] = {}
    todo = [other for other, _ in task.before]
    while todo:
        other = todo.pop()
        if other.name in found:
            continue
        found[other.name] = None
        if rule_of(other) not in _SILENT:
            todo.extend(earlier for earlier, _ in other.before)
    return sorted(found)


# -- branches --------------------------------------------------------------------------------------


def _branched(task: Task, before: list[tuple[Task, Span]]) -> tuple[Expression | None, Span | None]:
    """Whether a branch before this task chooses it."""
    for other, _ in before:
        if other.role not in ("branch", "branch_virtualenv", "branch_external_python", "branch_python"):
            continue
        chosen = _chosen(other)
        span = other.span
        if chosen is None:
            return Unresolved("which way the branch goes is computed", span), span
        if task.name not in chosen and task.name.rpartition(".")[2] not in chosen:
            # a join after the branch is reached through the way that was chosen
            return (None, None) if any(known in _failing(task) for known in chosen) else (
                Constant(False, span), span)  # fmt: skip
        if len(chosen) > 1 or "" in chosen:
            return Decision(f"`{other.name}` chooses it", span), span
    return None, None


def _chosen(task: Task) -> frozenset[str] | None:
    """The tasks that a branch function names, ``""`` for none of them; None when it computes the names."""
    if task.function is None or isinstance(task.function.node, ast.Lambda):
        return None
    found: set[str] = set()
    for node in ast.walk(task.function.node):
        if isinstance(node, ast.Return):
            for value in _values(node.value):
                if not isinstance(value, ast.Constant) or not isinstance(value.value, str | None):
                    return None
                found.add(value.value or "")
    return frozenset(found) or None


def _values(node: ast.expr | None) -> list[ast.expr]:
    if node is None:
        return [ast.Constant(None)]
    if isinstance(node, ast.IfExp):
        return [*_values(node.body), *_values(node.orelse)]
    return [value for item in node.elts for value in _values(item)] if isinstance(node, ast.List) else [node]
