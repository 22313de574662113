"""The elements of a list that a test file writes down, in whatever way: what a parametrized test is given.

Python Language Reference, "Displays for lists, sets and dictionaries"; Python documentation, ``enum`` (iteration gives
the members in the order of their definition), ``itertools.product``.
"""

from __future__ import annotations

import ast
from copy import deepcopy
from itertools import islice, product

from gradeline.model.code import Codebase, Module

MAX_CASES = 10_000
_HOPS = 6  # names and lists inside one another
_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})


def written_items(code: Codebase, module: Module, node: ast.expr | None, hops: int = _HOPS) -> list[ast.expr] | None:
    """The elements of a list that is written down, also under a name or made of several; None for others."""
    if hops == 0 or node is None:
        return None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return _joined(code, module, node.elts, hops)
    if isinstance(node, ast.Name | ast.Attribute):
        return _named(code, module, node, hops)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(code, module, [ast.Starred(node.left, ast.Load()), ast.Starred(node.right, ast.Load())], hops)
    if isinstance(node, ast.Dict):
        return [one for one in node.keys if one is not None]
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return _comprehended(code, module, node, hops)
    return _called(code, module, node, hops) if isinstance(node, ast.Call) else None


def _joined(code: Codebase, module: Module, nodes: list[ast.expr], hops: int) -> list[ast.expr] | None:
    found: list[ast.expr] = []
    for one in nodes:
        if not isinstance(one, ast.Starred):
            found.append(one)
            continue
        inner = written_items(code, module, one.value, hops - 1)
        if inner is None:
            return None
        found += inner
    return found


def _named(code: Codebase, module: Module, node: ast.Name | ast.Attribute, hops: int) -> list[ast.expr] | None:
    place, value = _value_of(code, module, node)
    if value is not None:
        return written_items(code, place, value, hops - 1)
    found = code.defined(module, node)
    if found is None or not isinstance(found.node, ast.ClassDef):
        return None
    if not any(found.module.full(base) in _ENUMS for base in found.node.bases):
        return None
    targets = [one.targets[0] for one in found.node.body if isinstance(one, ast.Assign)]
    names = [one.id for one in targets if isinstance(one, ast.Name) and not one.id.startswith("_")]
    return [ast.copy_location(ast.Attribute(node, name, ast.Load()), node) for name in names]


def _comprehended(
    code: Codebase, module: Module, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, hops: int
) -> list[ast.expr] | None:
    """``[pytest.param(one, id=one) for one in NAMES]``: as many as its list has."""
    over = node.generators[0]
    if len(node.generators) > 1 or over.ifs or over.is_async:
        return None
    items = written_items(code, module, over.iter, hops - 1)
    if items is None:
        return None
    return [_Filled(over.target, one).visit(deepcopy(node.elt)) for one in items[:MAX_CASES]]


class _Filled(ast.NodeTransformer):
    """An expression with the names of ``target`` replaced by what they stand for in one round."""

    def __init__(self, target: ast.expr, value: ast.expr) -> None:
        self.known: dict[str, ast.expr] = {}
        if isinstance(target, ast.Name):
            self.known[target.id] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for name, one in zip(target.elts, value.elts, strict=True):
                if isinstance(name, ast.Name):
                    self.known[name.id] = one

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.known.get(node.id, node)


def _called(code: Codebase, module: Module, node: ast.Call, hops: int) -> list[ast.expr] | None:
    function = node.func
    if isinstance(function, ast.Attribute) and not node.args:
        return _entries(code, module, function)
    name = module.full(function)
    if name == "range" and all(_whole(one) is not None for one in node.args) and 0 < len(node.args) <= 3:
        numbers = [_whole(one) or 0 for one in node.args]
        if len(numbers) == 3 and numbers[2] == 0:
            return None
        return [ast.copy_location(ast.Constant(one), node) for one in range(*numbers)[:MAX_CASES]]
    if not node.args:
        return None
    if name in ("list", "tuple", "sorted", "set", "frozenset"):
        return written_items(code, module, node.args[0], hops - 1)
    if name not in ("zip", "itertools.product", "enumerate"):
        return None
    several = [written_items(code, module, one, hops - 1) for one in node.args]
    known = [one for one in several if one is not None]
    if len(known) != len(several):
        return None
    if name == "enumerate":
        known = [[ast.copy_location(ast.Constant(number), node) for number in range(len(known[0]))], known[0]]
    rows = product(*known) if name == "itertools.product" else zip(*known, strict=False)
    return [ast.copy_location(ast.Tuple(list(row), ast.Load()), node) for row in islice(rows, MAX_CASES)]


def _value_of(code: Codebase, module: Module, node: ast.Name | ast.Attribute) -> tuple[Module, ast.expr | None]:
    """The value of a name of the file, or of the one it is imported from."""
    full = module.full(node)
    for _ in range(_HOPS):
        owner, _, name = full.rpartition(".")
        if not owner:
            return module, module.constant(name)
        found = code.module(owner, module)
        if found is None or found is module:
            return module, None
        module, full = found, found.imports.get(name, name)
    return module, None


def _entries(code: Codebase, module: Module, node: ast.Attribute) -> list[ast.expr] | None:
    """``TABLE.items()`` and its relatives for a mapping that is written down."""
    value = node.value
    if isinstance(value, ast.Name | ast.Attribute):
        _, found = _value_of(code, module, value)
        value = found if found is not None else value
    if not isinstance(value, ast.Dict) or node.attr not in ("items", "keys", "values"):
        return None
    pairs = [(key, one) for key, one in zip(value.keys, value.values, strict=True) if key is not None]
    if node.attr == "items":
        return [ast.Tuple([key, one], ast.Load()) for key, one in pairs]
    return [key if node.attr == "keys" else one for key, one in pairs]


def _whole(node: ast.expr) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value if abs(node.value) <= MAX_CASES else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    return None
