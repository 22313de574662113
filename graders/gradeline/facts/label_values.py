"""The values that the code gives to the labels of its metrics, as far as all of them are written there.

prometheus_client documentation, "Labels": a counter with labels has a series for each combination that was asked for.
A matcher that fits to none of them asks for a series that never exists.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gradeline.facts.patterns import search
from gradeline.facts.promql import Query, base_name, series
from gradeline.model.code import Module, dotted
from gradeline.syntax.promql_nodes import Binary, Matcher, walk

MAX_VALUES = 200
Values = Mapping[str, Mapping[str, frozenset[str]]]  # by the metric's base name, then by label


def given_values(modules: Mapping[str, Module]) -> Values:
    """All values of each label, where every call of ``labels`` gives a constant; others are left out."""
    variables: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path, module in modules.items():
        if not any(name.partition(".")[0] == "prometheus_client" for name in module.imports.values()):
            continue
        for statement in module.tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                made = _made(module, statement.value)
                for target in statement.targets:
                    if made is not None and isinstance(target, ast.Name):
                        variables[f"{_dotted_path(path)}.{target.id}"] = made
    found: dict[str, dict[str, set[str]]] = {}
    hidden: set[tuple[str, str]] = set()
    for path, module in modules.items():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "labels":
                continue
            for metric, names in _meant(variables, module, path, node.func.value):
                given = dict(zip(names, node.args, strict=False))
                given |= {one.arg: one.value for one in node.keywords if one.arg is not None}
                for name in names:
                    value = given.get(name)
                    if isinstance(value, ast.Constant) and len(found.get(metric, {}).get(name, ())) < MAX_VALUES:
                        found.setdefault(metric, {}).setdefault(name, set()).add(str(value.value))
                    else:
                        hidden.add((metric, name))
    return {
        metric: {name: frozenset(values) for name, values in labels.items() if (metric, name) not in hidden}
        for metric, labels in found.items()
    }


def _made(module: Module, call: ast.Call) -> tuple[str, tuple[str, ...]] | None:
    """The name and the labels of a metric that is made here."""
    full = module.full(call.func)
    if not full.startswith("prometheus_client") or full.rpartition(".")[2] not in ("Counter", "Gauge", "Histogram"):
        return None
    words = {one.arg: one.value for one in call.keywords}
    name = call.args[0] if call.args else words.get("name")
    labels = call.args[2] if len(call.args) > 2 else words.get("labelnames")
    if not isinstance(name, ast.Constant) or not isinstance(labels, ast.List | ast.Tuple):
        return None
    if "namespace" in words or "subsystem" in words:
        return None
    names = tuple(str(one.value) for one in labels.elts if isinstance(one, ast.Constant))
    return base_name(str(name.value)), names


def _dotted_path(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _meant(
    variables: Mapping[str, tuple[str, tuple[str, ...]]], module: Module, path: str, owner: ast.expr
) -> list[tuple[str, tuple[str, ...]]]:
    """The metrics that an expression may mean: the one it names; all with this last name when that is not sure."""
    name = dotted(owner)
    if not name:
        return list(variables.values())  # a metric from a table or a function: it may be any
    for full in (module.full(owner), f"{_dotted_path(path)}.{name}"):
        if full in variables:
            return [variables[full]]
    last = name.rpartition(".")[2]
    return [made for full, made in variables.items() if full.rpartition(".")[2] == last]


def asks_for_nothing(query: Query, values: Values) -> str:
    """What an expression asks for that no series has, in words; empty when nothing is seen.  An alternative (``or``)
    may be there for the day on which it has."""
    if any(isinstance(node, Binary) and node.operator in ("or", "unless") for node, _ in walk(query.tree)):
        return ""
    for one in series(query):
        for name in one.names:
            known = values.get(base_name(name), {})
            for matcher in one.selector.matchers:
                if matcher.known and matcher.label in known and not _fits(matcher, known[matcher.label]):
                    return f"no series of `{name}` has `{matcher.label}{matcher.operator}\"{matcher.value[:40]}\"`"
    return ""


def _fits(matcher: Matcher, values: frozenset[str]) -> bool:
    """Whether some value, or the empty one that series without the label have, is taken; true when it is not known."""
    for value in sorted(values):
        if matcher.operator in ("=", "!="):
            holds: bool | None = (value == matcher.value) == (matcher.operator == "=")
        else:
            found = search(matcher.value, value, whole=True)
            holds = None if found is None else found == (matcher.operator == "=~")
        if holds is not False:
            return True
    return False
