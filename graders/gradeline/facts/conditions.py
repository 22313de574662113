"""What a condition on a measured result says about a given result.

Argo Rollouts, ``utils/evaluate``: ``result`` is what was measured; ``isNaN``, ``isInf``, ``isNil``, ``default``,
``asInt`` and ``asFloat`` are there besides the functions of expr; a condition that cannot be evaluated makes the
measurement an error.  Without a success condition all that does not fail succeeds, and the other way round.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from gradeline.syntax import conditions as tree
from gradeline.syntax.conditions import ConditionError, parse

Phase = Literal["success", "failure", "inconclusive", "error", "unknown"]
MAX_WORK = 3_000
_ABOUT_TEXT = frozenset({"in", "contains", "startsWith", "endsWith"})


class _Wrong(Exception):
    """The controller could not evaluate it either."""


class _Open(Exception):
    """What it says depends on something that is not known."""


def measured(success: str, failure: str, result: Any) -> Phase:
    """What a measurement with this result counts as."""
    try:
        good = _holds(success, result) if success else None
        bad = _holds(failure, result) if failure else None
    except _Wrong:
        return "error"
    except (_Open, ConditionError):
        return "unknown"
    if good is None and bad is None:
        return "success"
    if bad is None:
        bad = not good
    if good is None:
        good = not bad
    if bad:
        return "failure"
    return "success" if good else "inconclusive"


def readable(condition: str) -> str:
    """Why a condition cannot be read; empty when it can."""
    try:
        parse(condition)
    except ConditionError as error:
        return str(error)
    return ""


def holds(node: tree.Node, result: Any) -> bool | None:
    """Whether a statement of a condition holds for a result; None when it says neither."""
    try:
        found = _Evaluator(result).value(node, None)
    except (_Wrong, _Open):
        return None
    return found if isinstance(found, bool) else None


def _holds(condition: str, result: Any) -> bool:
    found = _Evaluator(result).value(parse(condition), None)
    if not isinstance(found, bool):
        raise _Wrong
    return found


class _Evaluator:
    def __init__(self, result: Any) -> None:
        self.result = result
        self.work = MAX_WORK

    def value(self, node: tree.Node, item: Any) -> Any:
        self.work -= 1
        if self.work < 0:
            raise _Open
        if isinstance(node, tree.Literal):
            return node.value
        if isinstance(node, tree.Name):
            if node.name == "result":
                return self.result
            if node.name == "#":
                return item
            raise _Wrong
        if isinstance(node, tree.ListOf):
            return [self.value(one, item) for one in node.items]
        if isinstance(node, tree.Unary):
            found = self.value(node.operand, item)
            if node.operator == "!":
                return not self.truth(found)
            return -self.number(found) if node.operator == "-" else self.number(found)
        if isinstance(node, tree.Choice):
            return self.value(node.yes if self.truth(self.value(node.condition, item)) else node.no, item)
        if isinstance(node, tree.Member):
            return self.member(node, item)
        if isinstance(node, tree.Binary):
            return self.binary(node, item)
        return self.call(node, item)

    def truth(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise _Wrong

    def number(self, value: Any) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        raise _Wrong

    def member(self, node: tree.Member, item: Any) -> Any:
        target, key = self.value(node.target, item), self.value(node.key, item)
        if isinstance(target, list):
            place = self.number(key)
            if not place.is_integer() or not -len(target) <= place < len(target):
                raise _Wrong
            return target[int(place)]
        if isinstance(target, dict):
            if key not in target:
                raise _Open
            return target[key]
        raise _Wrong

    def binary(self, node: tree.Binary, item: Any) -> Any:
        left = self.value(node.left, item)
        if node.operator == "&&":
            return self.truth(left) and self.truth(self.value(node.right, item))
        if node.operator == "||":
            return self.truth(left) or self.truth(self.value(node.right, item))
        if node.operator == "??":
            return left if left is not None else self.value(node.right, item)
        right = self.value(node.right, item)
        if node.operator in ("==", "!="):
            same = type(left) is type(right) and left == right
            return same if node.operator == "==" else not same
        if node.operator in _ABOUT_TEXT:
            return _contained(node.operator, left, right)
        if node.operator in ("matches", ".."):
            raise _Open
        one, other = self.number(left), self.number(right)
        if node.operator in ("<", ">", "<=", ">="):
            return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[node.operator]
        return _calculated(node.operator, one, other)

    def call(self, node: tree.Call, item: Any) -> Any:
        name, arguments = node.function, node.arguments
        if name in ("all", "any", "none", "one", "filter", "count") and len(arguments) == 2:
            values = self.value(arguments[0], item)
            if not isinstance(values, list):
                raise _Wrong
            kept = [one for one in values if self.truth(self.value(arguments[1], one))]
            return {"all": len(kept) == len(values), "any": bool(kept), "none": not kept, "one": len(kept) == 1,
                    "filter": kept, "count": float(len(kept))}[name]  # fmt: skip
        known = [self.value(one, item) for one in arguments]
        if name == "default" and len(known) == 2:
            return known[1] if known[0] is None else known[0]
        if len(known) != 1:
            if name in ("max", "min") and known:
                return max(map(self.number, known)) if name == "max" else min(map(self.number, known))
            raise _Open
        value = known[0]
        if name == "len":
            if isinstance(value, (list, str, dict)):
                return float(len(value))
            raise _Wrong
        if name == "isNil":
            return value is None
        if name == "isNaN":
            return math.isnan(self.number(value))
        if name == "isInf":
            return math.isinf(self.number(value))
        if name in ("asFloat", "asInt", "float", "int"):
            return _converted(name, value)
        if name == "abs":
            return abs(self.number(value))
        if name in ("sum", "mean", "max", "min") and isinstance(value, list):
            numbers = [self.number(one) for one in value]
            if name in ("mean", "max", "min") and not numbers:
                raise _Wrong
            if name == "mean":
                return sum(numbers) / len(numbers)
            return sum(numbers) if name == "sum" else max(numbers) if name == "max" else min(numbers)
        raise _Open


def _contained(operator: str, left: Any, right: Any) -> bool:
    if operator == "in":
        if isinstance(right, dict):
            return left in right if isinstance(left, str) else False
        if not isinstance(right, list):
            raise _Wrong
        return any(type(left) is type(one) and left == one for one in right)
    if not isinstance(left, str) or not isinstance(right, str):
        raise _Wrong
    if operator == "contains":
        return right in left
    return left.startswith(right) if operator == "startsWith" else left.endswith(right)


def _calculated(operator: str, one: float, other: float) -> float:
    try:
        if operator == "+":
            return one + other
        if operator == "-":
            return one - other
        if operator == "*":
            return one * other
        if operator == "/":
            return one / other if other else (math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one))
        if operator == "%":
            return math.fmod(one, other)
    except (OverflowError, ValueError) as error:
        raise _Open from error
    raise _Open


def _converted(name: str, value: Any) -> float:
    if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
        raise _Wrong
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError as error:
            raise _Wrong from error
    if name.lower().endswith("int"):
        if math.isnan(value) or math.isinf(value):
            raise _Wrong
        return float(int(value))
    return float(value)
