"""Whether a claim of a test can fail: what it says beyond what is always true."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gradeline.facts.tests_values import REAL, Value
from gradeline.model.code import Module
from gradeline.records import record
from gradeline.source import Span

ValueOf = Callable[[ast.expr], Value]
STATUS_NAMES = frozenset({"status_code", "status", "ok"})
# Functions of Python and methods of tables, lists and texts that give the same for the same.
_BUILT_IN = frozenset({
    "abs", "bool", "dict", "float", "frozenset", "int", "len", "list", "max", "min", "round", "set", "sorted", "str",
    "sum", "tuple",
})  # fmt: skip
_OF_TABLES = frozenset({
    "all", "any", "copy", "count", "head", "isna", "isnull", "items", "keys", "lower", "max", "mean", "min", "notna",
    "nunique", "round", "sort_index", "sort_values", "std", "strip", "sum", "tail", "to_dict", "to_list", "to_numpy",
    "tolist", "unique", "upper", "value_counts", "values",
})  # fmt: skip
_SIZES = frozenset({"len", "abs", "sum"})
_THERE = "it says only that there is something"
_ALWAYS = "it is always true"
_ITSELF = "it compares a thing with itself"
CAUGHT = "its failure is caught and lost"


@record
class Claim:
    """``labels``: where what it is about comes from.  ``empty``: why it says nothing, empty when it may fail."""

    form: str
    span: Span
    labels: frozenset[str]
    empty: str
    module: Module
    test: ast.expr | None = None
    about: frozenset[str] = frozenset()  # the behaviours of a model it is about, see ``tests_behaviour``

    @property
    def problem(self) -> str:
        """Why the claim proves nothing about the code under test; empty when it does."""
        if self.empty:
            return self.empty
        if REAL & self.labels:
            return ""
        if "mock" in self.labels:
            return "it is about a stand-in, not about the code under test"
        return "nothing in it comes from the code under test"


def blank(test: ast.expr, value_of: ValueOf, module: Module, depth: int = 0) -> str:
    """Why an asserted expression says nothing; empty when it may be false."""
    if depth > 20:
        return ""
    if isinstance(test, ast.Constant):
        return _ALWAYS if test.value else ""
    if isinstance(test, ast.Tuple | ast.List | ast.Dict | ast.JoinedStr):
        return _ALWAYS
    if isinstance(test, ast.BoolOp):
        reasons = [blank(one, value_of, module, depth + 1) for one in test.values]
        if isinstance(test.op, ast.Or):
            if _covers_all(test.values):
                return _ALWAYS
            return next((one for one in reasons if one in (_ALWAYS, _ITSELF)), "") or (
                reasons[0] if all(reasons) else "")  # fmt: skip
        return reasons[0] if all(reasons) else ""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = test.operand
        if isinstance(inner, ast.Constant):
            return "" if inner.value else _ALWAYS
        return ""
    if isinstance(test, ast.Compare):
        operands = [test.left, *test.comparators]
        reasons = [
            _pair(left, op, right, value_of, module)
            for left, op, right in zip(operands, test.ops, operands[1:], strict=False)
        ]
        return reasons[0] if all(reasons) else ""
    if isinstance(test, ast.Name):
        labels = value_of(test).labels
        if "truth" in labels:
            return ""
        return _THERE if labels & {"model", "data"} and not labels & {"predicted", "metric", "http", "run"} else ""
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
        if test.func.id == "bool" and len(test.args) == 1:
            return blank(test.args[0], value_of, module, depth + 1)
        if test.func.id in ("str", "repr") and test.args and "truth" in value_of(test.args[0]).labels:
            return _ALWAYS
        if test.func.id in ("callable", "hasattr"):
            return _THERE
        if test.func.id == "isinstance" and len(test.args) == 2 and module.full(test.args[1]) == "object":
            return _ALWAYS
    return ""


def _pair(left: ast.expr, op: ast.cmpop, right: ast.expr, value_of: ValueOf, module: Module) -> str:
    if isinstance(op, ast.IsNot | ast.NotEq) and isinstance(right, ast.Constant) and right.value is None:
        return "" if "maybe-none" in value_of(left).labels else _THERE
    if isinstance(op, ast.Eq | ast.Is | ast.LtE | ast.GtE) and identical(left, right, value_of):
        return _ITSELF
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return _ALWAYS
    return _trivial(left, op, right, value_of) or _trivial(right, _turned(op), left, value_of)


def identical(left: ast.expr, right: ast.expr, value_of: ValueOf) -> bool:
    """Whether two expressions are one and the same, whatever the code under test does.

    The same call twice says that the answer does not change.  Of Python's own functions, of tables and of the status
    of an answer that says nothing."""
    if ast.dump(left) == ast.dump(right):
        calls = [one for one in ast.walk(left) if isinstance(one, ast.Call)]
        status = isinstance(left, ast.Attribute) and left.attr in STATUS_NAMES and "http" in value_of(left).labels
        return status or all(_plain(one.func) for one in calls)
    if isinstance(left, ast.Name) and isinstance(right, ast.Name):
        one, other = value_of(left), value_of(right)
        return one.same != 0 and one.same == other.same
    return False


def _plain(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return called.attr in _OF_TABLES
    return isinstance(called, ast.Name) and called.id in _BUILT_IN


def _trivial(left: ast.expr, op: ast.cmpop, right: ast.expr, value_of: ValueOf) -> str:
    """A bound that every value meets: a length of at least nothing, a measure of quality above nothing."""
    bound = _number(right)
    if bound is None:
        return ""
    size = isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "len"
    if size and ((isinstance(op, ast.GtE) and bound <= 0) or (isinstance(op, ast.Gt) and bound < 0)):
        return "no length is below that"
    labels = value_of(left).labels
    if "metric" in labels:
        low = isinstance(op, ast.Gt | ast.GtE) and bound <= 0
        high = isinstance(op, ast.Lt | ast.LtE) and bound >= 1 and "_error" not in ast.dump(left)
        if low or high:
            return "even a useless model meets that bound"
    return ""


def _turned(op: ast.cmpop) -> ast.cmpop:
    turned: dict[type[ast.cmpop], ast.cmpop] = {
        ast.Lt: ast.Gt(), ast.LtE: ast.GtE(), ast.Gt: ast.Lt(), ast.GtE: ast.LtE(),
    }  # fmt: skip
    return turned.get(type(op), op)


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) < 1e300 else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    return None


# Two comparisons of the same values of which one always holds; for numbers, among which NaN is no answer of a model.
_OPPOSITES = frozenset(
    frozenset(pair)
    for pair in ((ast.Lt, ast.GtE), (ast.Gt, ast.LtE), (ast.LtE, ast.GtE), (ast.LtE, ast.Gt), (ast.Eq, ast.NotEq),
                 (ast.In, ast.NotIn), (ast.Is, ast.IsNot))
)  # fmt: skip


def _covers_all(parts: list[ast.expr]) -> bool:
    """Whether one of the alternatives always holds, as in ``a < b or a >= b``."""
    seen: dict[str, set[type[ast.cmpop]]] = {}
    for part in parts[:20]:
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            sides = ast.dump(ast.Tuple([part.left, part.comparators[0]], ast.Load()))
            kinds = seen.setdefault(sides, set())
            if any(frozenset((type(part.ops[0]), kind)) in _OPPOSITES for kind in kinds):
                return True
            kinds.add(type(part.ops[0]))
    return False
