"""The YAML and JSON files that hold resources for a cluster.

Kubernetes documentation, "Objects In Kubernetes" (required fields apiVersion, kind, metadata); the kind ``List`` and
documents of one file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Manifest, entries, listed, text
from gradeline.source import HIDING, Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Node, Scalar, Sequence, merged_entries, parse, resolve, scalar_value

Read = Callable[[str], SourceFile | None]

MAX_DEPTH = 48
MAX_VALUES = 60_000
_MAY_BE = re.compile(r"""^[ \t"'{-]*kind["']?[ \t]*:""", re.MULTILINE)


class Budget:
    """How many values may still be made for one submission."""

    def __init__(self, left: int = MAX_VALUES) -> None:
        self.left = left


def is_manifest(path: str) -> bool:
    """Whether a file may hold a manifest: only its content tells.  Files of other platforms are left out."""
    if not path.endswith((".yml", ".yaml", ".json")) or path.startswith((".github/", ".gitlab/")):
        return False
    return path.rpartition("/")[2] not in ("dvc.yaml", "package.json", "package-lock.json", ".gitlab-ci.yml")


def may_hold(source: SourceFile) -> bool:
    return "apiVersion" in source.text and _MAY_BE.search(source.text) is not None


def trees(source: SourceFile, budget: Budget) -> tuple[list[Value], tuple[Diagnostic, ...]]:
    """Each document of a file as a value, and what is wrong with the file."""
    parsed = parse(source)
    found = [tree(node, budget) for node in parsed.documents if resolve(node) is not None]
    return found, parsed.diagnostics


def tree(node: Node, budget: Budget, depth: int = 0) -> Value:
    known = resolve(node)
    budget.left -= 1
    if known is None or depth > MAX_DEPTH or budget.left < 0:
        return Plain(node.span, None)
    if isinstance(known, Scalar):
        return Plain(node.span, scalar_value(known))
    if isinstance(known, Sequence):
        return Items(node.span, tuple(tree(item, budget, depth + 1) for item in known.items))
    made: dict[str, Value] = {}
    places: dict[str, Span] = {}
    for key, value in merged_entries(known):
        made[key.value] = tree(value, budget, depth + 1)
        places[key.value] = key.span
    return Table(node.span, made, 1, places)


def manifests_of(value: Value, budget: int = 400) -> Iterator[Manifest]:
    """The resources in a document: itself, or the items of a list."""
    waiting = [value]
    while waiting and budget > 0:
        budget -= 1
        one = waiting.pop(0)
        if not isinstance(one, Table):
            continue
        kind, api = text(one, "kind"), text(one, "apiVersion")
        if not kind or not api:
            continue
        if kind.endswith("List") and listed(one, "items"):
            waiting.extend(listed(one, "items"))
            continue
        meta = entries(one, "metadata")
        name = text(meta.get("name")) or text(meta.get("generateName"))
        yield Manifest(one.span, api, kind, name, text(meta.get("namespace")), one)


def broken(diagnostics: tuple[Diagnostic, ...]) -> Diagnostic | None:
    """The first problem that hides a part of a file."""
    return next((one for one in diagnostics if one.code in HIDING or one.severity == "error"), None)


def is_mapping(node: Node | None) -> bool:
    return isinstance(resolve(node), Mapping)
