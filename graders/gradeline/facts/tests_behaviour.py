"""Which behaviour of a model a claim is about (Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP models with
CheckList"): ``minimum`` says what must come out for one simple input, ``invariance`` that a change of the input changes
nothing, ``direction`` into which direction a change of the input moves what comes out.

Each prediction carries a label for the input it was made for: ``says:3``.  Two predictions for one and the same input
carry the same label, so comparing them says nothing about a change.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from gradeline.facts.tests_values import Value
from gradeline.model.code import Module, dotted

ValueOf = Callable[[ast.expr], Value]
Rows = tuple[Mapping[str, ast.expr], ...]
NOTHING: frozenset[str] = frozenset()
_CLOSE = frozenset({
    "allclose", "isclose", "array_equal", "array_equiv", "equals", "eq", "approx", "assert_allclose",
    "assert_array_equal", "assert_equal", "assert_almost_equal", "assert_array_almost_equal", "assert_series_equal",
    "assert_frame_equal", "assertEqual", "assertAlmostEqual", "assertListEqual", "assertSequenceEqual", "assert_close",
})  # fmt: skip
_ORDERS = frozenset({"ge", "gt", "le", "lt", "assert_array_less", "greater", "greater_equal", "less", "less_equal",
                     "assertGreater", "assertGreaterEqual", "assertLess", "assertLessEqual"})  # fmt: skip
_SIZES = frozenset({"abs", "absolute", "fabs", "norm", "max_abs"})
_WHOLE = frozenset({"all", "bool", "any", "mean", "sum", "item", "tolist", "to_numpy", "float", "len"})
MAX_PARTS = 400


def says(labels: Iterable[str]) -> frozenset[str]:
    return frozenset(label for label in labels if label.startswith("says:"))


def behaviours(
    test: ast.expr, value_of: ValueOf, module: Module, rows: Rows = (), sources: Mapping[str, ast.expr] | None = None
) -> frozenset[str]:
    """The behaviours that an asserted expression is about.  ``sources``: the last expression given to each name."""
    if "metric" in value_of(test).labels:
        return NOTHING
    return _Reader(value_of, module, rows, sources or {}).of(test, 0)


class _Reader:
    def __init__(self, value_of: ValueOf, module: Module, rows: Rows, sources: Mapping[str, ast.expr]) -> None:
        self.value_of, self.module, self.rows, self.sources = value_of, module, rows, sources
        self.left = MAX_PARTS

    def written(self, node: ast.expr) -> ast.expr:
        """What stands behind a name that holds something computed from predictions."""
        for _ in range(4):
            if not isinstance(node, ast.Name) or node.id not in self.sources or not self.said(node):
                break
            node = self.sources[node.id]
        return node

    def said(self, node: ast.expr) -> frozenset[str]:
        return says(self.value_of(node).labels)

    def of(self, node: ast.expr, depth: int) -> frozenset[str]:
        self.left -= 1
        if depth > 20 or self.left < 0:
            return NOTHING
        node = self.written(node)
        if isinstance(node, ast.BoolOp):
            found = [self.of(one, depth + 1) for one in node.values]
            both = isinstance(node.op, ast.And)
            return frozenset().union(*found) if both else frozenset.intersection(*found)
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand, depth + 1) & {"minimum"}
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            found = [self.pair(left, op, right, depth)
                     for left, op, right in zip(operands, node.ops, operands[1:], strict=False)]  # fmt: skip
            return frozenset().union(*found)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        if isinstance(node, ast.GeneratorExp | ast.ListComp):
            return self.of(node.elt, depth + 1)
        return NOTHING

    def call(self, node: ast.Call, depth: int) -> frozenset[str]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        given = list(node.args)
        if isinstance(node.func, ast.Attribute) and self.said(node.func.value):
            given.insert(0, node.func.value)
        if name in _CLOSE and len(given) >= 2:
            return self.equal(given[0], given[1])
        if name in _ORDERS and len(given) >= 2:
            return self.ordered(given[0], given[1])
        if name == "between" and len(given) >= 3:
            return self.bounded(given[0], given[1]) | self.bounded(given[0], given[2])
        if name in _WHOLE and given:
            return self.of(given[0], depth + 1)
        return NOTHING

    def pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> frozenset[str]:
        one, other = self.said(left), self.said(right)
        if not one and not other:
            return NOTHING
        if isinstance(op, ast.Eq):
            return self.equal(left, right)
        if isinstance(op, ast.In):
            return frozenset({"minimum"}) if one and not other else NOTHING
        if not isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return NOTHING
        if one and other:
            return self.ordered(left, right)
        whole, bound = (self.written(left), right) if one else (self.written(right), left)
        inner = self.inside(whole, depth)
        if inner:
            return inner  # the share of the rows for which something holds
        if len(one | other) > 1:
            below = isinstance(op, ast.Lt | ast.LtE) == bool(one)
            sized = _has_size(whole) or any(
                _has_size(self.written(part)) for part in ast.walk(whole) if isinstance(part, ast.Name)
            )
            return frozenset({"invariance"} if below else ()) if sized else frozenset({"direction"})
        return self.bounded(whole, bound)

    def inside(self, node: ast.expr, depth: int) -> frozenset[str]:
        """What is compared inside a share: ``(more >= less).mean() >= 0.95``."""
        for one in ast.walk(node):
            if isinstance(one, ast.Compare | ast.Call) and one is not node:
                found = self.of(one, depth + 1)
                if found & {"direction", "invariance"}:
                    return found & {"direction", "invariance"}
        return NOTHING

    def equal(self, left: ast.expr, right: ast.expr) -> frozenset[str]:
        one, other = self.said(left), self.said(right)
        if one and other:
            return frozenset({"invariance"}) if one != other else NOTHING
        return frozenset({"minimum"}) if one or other else NOTHING

    def ordered(self, left: ast.expr, right: ast.expr) -> frozenset[str]:
        one, other = self.said(left), self.said(right)
        if one and other:
            return frozenset({"direction"}) if one != other else NOTHING
        return self.bounded(left, right) if one else self.bounded(right, left) if other else NOTHING

    def bounded(self, node: ast.expr, bound: ast.expr) -> frozenset[str]:
        """A bound that some models do not meet: a probability is never below 0 or above 1."""
        if not self.said(node) or len(self.said(node)) > 1:
            return NOTHING
        known = [number for number in self.numbers(bound, 3) if number is not None]
        return frozenset({"minimum"}) if any(0 < number < 1 for number in known) else NOTHING

    def numbers(self, node: ast.expr, hops: int) -> list[float | None]:
        if isinstance(node, ast.Constant):
            return [float(node.value) if isinstance(node.value, int | float) else None]
        if isinstance(node, ast.Name) and hops:
            values = [row[node.id] for row in self.rows[:200] if node.id in row]
            constant = self.module.constant(node.id)
            values += [constant] if constant is not None else []
            return [number for value in values for number in self.numbers(value, hops - 1)]
        if isinstance(node, ast.BinOp):
            return [*self.numbers(node.left, hops), *self.numbers(node.right, hops)]
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            value = self.module.constant(node.value.id)
            return [
                number
                for one in (ast.walk(value) if value is not None else ())
                if isinstance(one, ast.Constant)
                for number in self.numbers(one, 0)
            ]
        return []


def _has_size(node: ast.expr) -> bool:
    """Whether the size of a difference is taken, whatever its direction."""
    return any(
        isinstance(one, ast.Call)
        and (one.func.attr if isinstance(one.func, ast.Attribute) else dotted(one.func)) in _SIZES
        for one in ast.walk(node)
    )
