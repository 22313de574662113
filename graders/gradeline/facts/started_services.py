"""Whether what needs services waits until they are well: in pipelines that start them, and beside jobs.

Facts: Docker documentation, "docker compose up" (``--wait`` waits until services are running or healthy; without
``--detach`` it stays in the foreground), "docker compose run" (starts what the service depends on, with its
conditions); curl(1), ``--retry``, ``--retry-connrefused``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.commands import Container
from gradeline.facts.requests import request_of
from gradeline.records import record
from gradeline.source import Span

_NEEDS = frozenset({"test", "load-test"})
_RETRIES = ("--retry", "--retry-connrefused", "--retry-all-errors", "--tries", "-t")


@record
class Start:
    """A command that starts services.  ``hasty``: why what comes after it may find them not ready, empty when it waits;
    ``span`` is where that is seen."""

    facts: PipelineFacts
    item: Activity
    hasty: str = ""
    span: Span | None = None


def starts(case: Case) -> Iterator[Start]:
    """Every live start of services in a pipeline, and every command that is run inside them."""
    for facts in case.pipelines:
        if facts.pipeline.role != "ci":
            continue
        inside = [item for item in facts.activities if _within(item)]
        if inside:
            yield Start(facts, inside[0])
        for item in facts.doing("start-services"):
            yield _start(case, facts, item)


def _within(item: Activity) -> bool:
    """Whether a command runs in a service, which starts what the service depends on."""
    around = item.invocation.installs if item.invocation is not None else ()
    return any(isinstance(one, Container) and one.service for one in around)


def _start(case: Case, facts: PipelineFacts, item: Activity) -> Start:
    options = next(iter(item.readings_of(("start-services",)))).options
    if "--wait" in options or "--wait-timeout" in options:
        return Start(facts, item)
    if "--detach" not in options:
        return Start(facts, item)  # it stays in the foreground: what it starts are the tests
    for one in after(facts, item):
        if waits(facts, one):
            return Start(facts, item)
        if any(_NEEDS & reading.classes for reading in one.readings):
            if polls(case):
                return Start(facts, item)
            return Start(facts, item, "nothing waits until they are well", item.span)
    return Start(facts, item)


def after(facts: PipelineFacts, item: Activity) -> list[Activity]:
    """What comes after a command in its job, in order."""
    order = {step.id: number for number, step in enumerate(item.unit.walk())}
    place = (order.get(item.step.id, 0), item.span)
    mine = [one for one in facts.activities if one.unit.id == item.unit.id and one is not item]
    later = [one for one in mine if (order.get(one.step.id, 0), one.span) > place]
    return sorted(later, key=lambda one: (order.get(one.step.id, 0), one.span))


def waits(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a command goes on only when a service answers."""
    if any("health-check" in reading.classes and reading.effect == "works" for reading in item.readings):
        return True
    if any("start-services" in reading.classes and "--wait" in reading.options for reading in item.readings):
        return True
    request = request_of(facts, item)
    if request is None or item.invocation is None:
        return False
    return item.invocation.tested or any(word.partition("=")[0] in _RETRIES for word in item.invocation.words)


def polls(case: Case) -> bool:
    """Whether the tests themselves ask again and again until the service is well, with an end."""
    suite = case.tests.suite
    for path in suite.files:
        module = suite.code.modules.get(path)
        for node in ast.walk(module.tree) if module is not None else ():
            if isinstance(node, ast.While | ast.For) and _asks_and_waits(node):
                return True
            if isinstance(node, ast.Call) and _again(module.full(node.func) if module is not None else "", node):
                return True
    return False


def _asks_and_waits(node: ast.While | ast.For) -> bool:
    names = {
        one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
    }
    return "sleep" in names and bool(names & {"get", "request", "urlopen", "head", "ping", "connect"})


def _again(full: str, node: ast.Call) -> bool:
    if full.startswith(("tenacity.retry", "backoff.on_", "stamina.retry", "urllib3.util.Retry", "urllib3.Retry")):
        return True
    if full.endswith("HTTPTransport"):
        return any(word.arg == "retries" for word in node.keywords)
    return full.rpartition(".")[2] == "wait_until_responsive" or (
        isinstance(node.func, ast.Attribute) and node.func.attr == "wait_until_responsive")  # fmt: skip
