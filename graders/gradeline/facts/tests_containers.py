"""The containers that tests start by themselves.

Facts: testcontainers-python (``DockerContainer``, ``waiting_for``, ``wait_for_logs``; ``DockerCompose`` waits for the
health checks of its file unless ``wait=False``; the containers of one product wait by themselves, and take the tag
``latest`` of it when no image is named).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.facts.image_pins import named_image
from gradeline.facts.tests_suite import Suite
from gradeline.model.code import Function, Module
from gradeline.model.pipeline import Use
from gradeline.records import record
from gradeline.source import Span

_GENERIC = frozenset({"DockerContainer", "GenericContainer", "ServerContainer"})
_WAITS = frozenset({
    "waiting_for", "wait_for_logs", "wait_for_http", "wait_for", "wait_container_is_ready", "wait_until_ready",
    "wait_for_port",
})  # fmt: skip
_ENDS = frozenset({"stop", "down", "addfinalizer", "enter_context", "callback"})
MAX_FILES = 300


@record
class Container:
    """``use``: its image, None for one that is made up when the test runs and for a compose file.  ``local``: it is
    built from this repository.  ``waits``: the test goes on when it is well.  ``managed``: it is stopped whatever the
    test does.  ``compose``: it stands for the services of a compose file."""

    span: Span
    name: str
    use: Use | None = None
    local: bool = False
    waits: bool = False
    managed: bool = False
    compose: bool = False


def containers(suite: Suite) -> tuple[Container, ...]:
    """All containers of the tests, in the order of their files."""
    found: list[Container] = []
    for path in suite.files[:MAX_FILES]:
        module = suite.code.modules.get(path)
        if module is None or not any(one.startswith("testcontainers") for one in module.imports.values()):
            continue
        for node in _functions(module.tree):
            found += _started(module, node)
    return tuple(found)


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _started(module: Module, function: Function) -> Iterator[Container]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    images = [call for call in calls if _last(module, call) == "DockerImage" and _known(module, call)]
    managed = {id(one) for node in ast.walk(function) if isinstance(node, ast.With | ast.AsyncWith)
               for item in node.items for one in ast.walk(item.context_expr)}  # fmt: skip
    closes = any(isinstance(one.func, ast.Attribute) and one.func.attr in _ENDS for one in calls)
    waits = any(_name(one) in _WAITS for one in calls)
    for call in calls:
        last = _last(module, call)
        if not _known(module, call):
            continue
        if last == "DockerCompose":
            quick = any(word.arg == "wait" and isinstance(word.value, ast.Constant) and word.value.value is False
                        for word in call.keywords)  # fmt: skip
            yield Container(
                module.span(call), last, local=True, waits=not quick or waits,
                managed=id(call) in managed or closes, compose=True,
            )  # fmt: skip
        elif last.endswith("Container"):
            generic = last in _GENERIC
            use, local = _image(module, function, call, last, bool(images))
            yield Container(module.span(call), last, use, local, not generic or _awaited(calls, call, function),
                            id(call) in managed or closes)  # fmt: skip


def _known(module: Module, call: ast.Call) -> bool:
    return module.full(call.func).startswith("testcontainers.")


def _last(module: Module, call: ast.Call) -> str:
    return module.full(call.func).rpartition(".")[2]


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _awaited(calls: list[ast.Call], call: ast.Call, function: Function) -> bool:
    """Whether something waits for this container: a method of its chain, or a call with its name."""
    names = _names(function, call)
    for one in calls:
        if _name(one) not in _WAITS:
            continue
        inside = any(part is call for part in ast.walk(one.func))
        used = {part.id for part in ast.walk(one) if isinstance(part, ast.Name)}
        if inside or names & used:
            return True
    return False


def _names(function: Function, call: ast.Call) -> set[str]:
    """The names that a function gives to a container."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(part is call for part in ast.walk(node.value)):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name) and any(p is call for p in ast.walk(item.context_expr)):
                    found.add(item.optional_vars.id)
    return found


def _image(module: Module, function: Function, call: ast.Call, last: str, builds: bool) -> tuple[Use | None, bool]:
    given = [word.value for word in call.keywords if word.arg == "image"] or list(call.args[:1])
    span = module.span(call)
    if not given:
        generic = last in _GENERIC
        name = last.removesuffix("Container").lower()
        return (None, False) if generic else (Use(span, name, "latest", "branch", "image"), False)
    node = given[0]
    if isinstance(node, ast.Name) and (value := module.constant(node.id)) is not None:
        node = value
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return named_image(Use(span, "", "", "none", "image"), node.value.strip()[:300]), False
    if builds:
        return None, True  # what was built a line before
    return Use(span, ast.unparse(node)[:60], "", "computed", "image"), False
