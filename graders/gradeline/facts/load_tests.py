"""What a load test fails for: the limits of its script, seen from the command that starts it.

Facts: Grafana k6 documentation, "Thresholds" (a crossed threshold ends k6 with 99) and "Built-in metrics"; Locust
documentation, "Running without the web UI" (``process_exit_code``, ``--exit-code-on-error`` with default 1).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.mounts import in_repository
from gradeline.facts.shell_records import join_path
from gradeline.model.code import Codebase, Function, Module
from gradeline.model.load_test import LoadTest
from gradeline.records import record
from gradeline.source import Span

_ENDS = ("locust.events.quitting.add_listener", "locust.events.test_stop.add_listener",
         "locust.events.quit.add_listener")  # fmt: skip
_LIMIT = re.compile(
    r"\s*(p\(\s*(\d+(?:\.\d+)?)\s*\)|rate|max|avg|med|min|count)\s*(<=?|>=?|===?)\s*(\d+(?:\.\d+)?)\s*\Z"
)
_SIZED = frozenset({"--vus", "--duration", "--iterations", "--stage", "--users", "--run-time"})


@record
class Budget:
    """The limits of one load test.  ``slow``: the 95th percentile in milliseconds above which it fails, ``wrong``: the
    share of failed requests above which it fails; None when there is no such limit.  ``sized``: users and time are
    said.  ``known`` False: a part of it cannot be seen, for ``reason``."""

    item: Activity
    slow: float | None = None
    wrong: float | None = None
    sized: bool = False
    known: bool = True
    reason: str = ""
    span: Span | None = None


def budgets(facts: PipelineFacts, code: Codebase) -> Iterator[Budget]:
    """Every live load test of a pipeline."""
    for item in facts.doing("load-test"):
        for reading in item.readings_of(("load-test",)):
            if reading.effect != "works":
                continue
            sized = bool(_SIZED & reading.options.keys())
            targets = [one for one in reading.targets if one is not None]
            directory = item.invocation.directory if item.invocation is not None else ""
            paths = [join_path(directory, one) for one in targets]
            if reading.tool == "k6":
                yield _script(facts, item, paths, sized)
            elif reading.tool == "locust":
                quiet = "0" in reading.options.get("--exit-code-on-error", ())
                yield _locust(facts, code, item, paths or ["locustfile.py"], sized, quiet)
            else:
                yield Budget(item, known=False, reason=f"what {reading.tool} fails for is not in the files", sized=True)


def script_of(facts: PipelineFacts, item: Activity, target: str | None) -> LoadTest | None:
    """The script that a load test is started with."""
    directory = item.invocation.directory if item.invocation is not None else ""
    return None if target is None else _found(facts, item, join_path(directory, target))


def _found(facts: PipelineFacts, item: Activity, path: str) -> LoadTest | None:
    """The script at a path: of the repository, of a folder that is mounted into the container, or read from the
    standard input, when there is one script only that holds limits."""
    tests = facts.project.load_tests
    if path.rpartition("/")[2] == "-":
        known = [one for name in tests if (one := tests.get(name)) is not None]
        known = [one for one in known if one.thresholds or one.sized]
        return known[0] if len(known) == 1 else None
    return tests.get(path) or tests.get(in_repository(facts, item, path))


def _script(facts: PipelineFacts, item: Activity, paths: list[str], sized: bool) -> Budget:
    test = next((found for path in paths if (found := _found(facts, item, path)) is not None), None)
    if test is None:
        return Budget(item, known=False, reason="its script is not in the repository", sized=True)
    slow: list[tuple[float, Span]] = []
    wrong: list[float] = []
    for one in test.thresholds:
        limit = _LIMIT.match(one.expression[:200])
        if limit is None:
            continue
        what, percent, sign, bound = limit[1], limit[2], limit[3], float(limit[4])
        metric = one.metric.partition("{")[0]
        if metric in ("http_req_duration", "iteration_duration", "http_req_waiting") and sign.startswith("<"):
            if what == "max" or (percent is not None and float(percent) >= 95):
                slow.append((bound, one.span))
        elif metric == "http_req_failed" and what == "rate" and sign.startswith("<"):
            wrong.append(bound)
        elif metric == "checks" and what == "rate" and sign.startswith(">"):
            wrong.append(1 - bound)
    best = min(slow, default=None)
    return Budget(
        item, best[0] if best else None, min(wrong, default=None), sized or test.sized, test.complete,
        "" if test.complete else "a part of its limits is made up when it runs", best[1] if best else test.span,
    )  # fmt: skip


def _locust(facts: PipelineFacts, code: Codebase, item: Activity, paths: list[str], sized: bool, quiet: bool) -> Budget:
    places = [place for path in paths for place in (path, in_repository(facts, item, path))]
    module = next((found for path in places if (found := code.modules.get(path)) is not None), None)
    if module is None:
        return Budget(item, known=False, reason="its locustfile is not in the repository", sized=True)
    slow: list[tuple[float, Span]] = []
    wrong: list[float] = []
    overrides = False
    added = _added(module)
    for node in module.definitions.values():
        if isinstance(node, Function) and (_listens(module, node) or node.name in added):
            for kind, bound, span in _limits(module, node):
                if kind == "slow":
                    slow.append((bound, span))
                elif kind == "wrong":
                    wrong.append(bound)
            overrides = overrides or _clears(node)
    if not wrong and not overrides and not quiet:
        wrong.append(0.0)  # without a word about it, one failed request ends Locust with 1
    best = min(slow, key=lambda one: one[0], default=None)
    return Budget(item, best[0] if best else None, min(wrong, default=None), sized, module.complete,
                  "" if module.complete else "a part of its locustfile cannot be read",
                  best[1] if best else Span(module.path, 1))  # fmt: skip


def _listens(module: Module, node: Function) -> bool:
    return any(module.full(one.func if isinstance(one, ast.Call) else one) in _ENDS for one in node.decorator_list)


def _added(module: Module) -> frozenset[str]:
    """The functions that listen by a call: ``events.quitting.add_listener(judge)``."""
    said = (node.value for node in module.tree.body if isinstance(node, ast.Expr))
    calls = (call for call in said if isinstance(call, ast.Call) and module.full(call.func) in _ENDS)
    return frozenset(call.args[0].id for call in calls if call.args and isinstance(call.args[0], ast.Name))


def _sets(body: list[ast.stmt]) -> object:
    """The exit code that statements set, None when they set none."""
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and any(
            isinstance(one, ast.Attribute) and one.attr == "process_exit_code" for one in node.targets
        ):
            return node.value.value
    return None


def _clears(node: Function) -> bool:
    return any(isinstance(one, ast.If) and _sets(one.orelse) == 0 for one in ast.walk(node)) or (
        _sets(node.body) == 0 or any(good == 0 for _, _, good in _chosen(node)))  # fmt: skip


def _chosen(node: Function) -> Iterator[tuple[ast.expr, object, object]]:
    """``environment.process_exit_code = 1 if slow else 0``: the question, and the codes of both answers."""
    for one in ast.walk(node):
        if isinstance(one, ast.Assign) and isinstance(value := one.value, ast.IfExp) and any(
            isinstance(target, ast.Attribute) and target.attr == "process_exit_code" for target in one.targets
        ):
            codes = [part.value if isinstance(part, ast.Constant) else None for part in (value.body, value.orelse)]
            yield value.test, codes[0], codes[1]


def _limits(module: Module, node: Function) -> Iterator[tuple[str, float, Span]]:
    local: dict[str, ast.expr] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            local[one.targets[0].id] = one.value
    asked = [one.test for one in ast.walk(node) if isinstance(one, ast.If) and _sets(one.body)]
    for whole in (*asked, *(test for test, bad, _ in _chosen(node) if bad)):
        tests = whole.values if isinstance(whole, ast.BoolOp) and isinstance(whole.op, ast.Or) else [whole]
        for test in tests:
            if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Gt | ast.GtE):
                kind = _metric(test.left, local)
                bound = _number(test.comparators[0], local, module)
                if kind and bound is not None:
                    yield kind, bound, module.span(test)


def _metric(node: ast.expr, local: dict[str, ast.expr], hops: int = 5) -> str:
    if isinstance(node, ast.Name) and node.id in local and hops:
        return _metric(local[node.id], local, hops - 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        share = node.args[0]
        if node.func.attr == "get_response_time_percentile" and isinstance(share, ast.Constant):
            return "slow" if isinstance(share.value, float) and share.value >= 0.95 else ""
    if isinstance(node, ast.Attribute) and node.attr == "max_response_time":
        return "slow"
    return "wrong" if isinstance(node, ast.Attribute) and node.attr == "fail_ratio" else ""


def _number(node: ast.expr, local: dict[str, ast.expr], module: Module, hops: int = 5) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) < 1e15 else None
    if isinstance(node, ast.Name) and hops:
        value = local.get(node.id) or module.constant(node.id)
        return _number(value, local, module, hops - 1) if value is not None else None
    return None
