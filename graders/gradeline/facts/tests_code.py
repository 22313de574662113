"""The code under test: what its functions do that matters to a test."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fnmatch import fnmatchcase

from gradeline.facts import tests_libraries as known
from gradeline.facts.tests_files import is_under_test
from gradeline.model.code import Codebase, Defined, Definition, Module, dotted

MAX_DEPTH = 5


class CodeUnderTest:
    """``patterns``: the paths of it, all code that is no test without any."""

    def __init__(self, code: Codebase, patterns: Iterable[str] = ()) -> None:
        self.code = code
        self.patterns = tuple(patterns)
        self._does: dict[tuple[str, int], frozenset[str]] = {}

    def holds(self, path: str) -> bool:
        if self.patterns:
            return any(fnmatchcase(path, pattern) for pattern in self.patterns)
        return is_under_test(path)

    def constant(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression names a value that the code under test defines."""
        name = dotted(node)
        head = name.partition(".")[0]
        full = module.imports.get(head)
        if not name or full is None:
            return False
        target = name.replace(head, full, 1)
        owner, _, last = target.rpartition(".")
        found = self.code.module(owner, module) if owner.strip(".") or owner.startswith(".") else None
        return found is not None and is_under_test(found.path) and last in found.assigned

    def extends(self, module: Module, node: ast.ClassDef) -> bool:
        """Whether a class of the tests is built upon one of the code under test."""
        found = (self.code.defined(module, base) for base in node.bases)
        return any(one is not None and self.holds(one.module.path) for one in found)

    def does(self, found: Defined, depth: int = 0) -> frozenset[str]:
        """What a function does, itself or through others of the repository: ``fits``, ``predicts``, ``loads``
        (a model), ``reads`` (a file), ``measures``."""
        key = (found.module.path, found.node.lineno)
        if key in self._does:
            return self._does[key]
        self._does[key] = frozenset()
        traits: set[str] = set()
        for node in ast.walk(found.node):
            if not isinstance(node, ast.Call):
                continue
            full = found.module.full(node.func)
            last = node.func.attr if isinstance(node.func, ast.Attribute) else full
            if last in known.FITS or last == "backward" or full in ("xgboost.train", "lightgbm.train"):
                traits.add("fits")
            if last in known.PREDICTS:
                traits.add("predicts")
            if full in known.LOADS_MODEL:
                traits.add("loads")
            if full in known.READS_DATA or last in ("read_text", "read_bytes"):
                traits.add("reads")
            if known.is_metric(full, last):
                traits.add("measures")
            if depth < MAX_DEPTH:
                inner = self.code.defined(found.module, node.func)
                if inner is not None and inner.node is not found.node:
                    traits |= self.does(inner, depth + 1)
        traits.discard("maybe-none")  # of a function it calls
        if _maybe_none(found.node):
            traits.add("maybe-none")
        self._does[key] = frozenset(traits)
        return self._does[key]


def _maybe_none(node: Definition) -> bool:
    """Whether a function gives back nothing in some cases and something in others."""
    if isinstance(node, ast.ClassDef):
        return False
    returns = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
    something = [one for one in returns if one is not None and getattr(one, "value", one) is not None]
    return bool(something) and len(something) < len(returns)
