"""What a condition of a test says, and whether any plan could make it false.

Terraform documentation, "Tests", Assertions: conditions may name anything of the configuration, and outputs of earlier
runs.  A condition is empty when it is true whatever the values are that it names.
"""

from __future__ import annotations

from gradeline.syntax.hcl_nodes import (
    Attribute,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Splat,
    TupleOf,
    Unary,
    reference,
    walk,
)

MAX_DEPTH = 40
_INPUTS = frozenset({"var", "each", "count", "path", "terraform", "self"})
_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
# Attributes that everything has once it is planned: they are never null and never empty.
_ALWAYS_THERE = frozenset({"id", "arn", "self_link", "name", "bucket"})
_MAY_FAIL = frozenset({"regex", "tonumber", "tobool", "cidrhost", "cidrsubnet", "jsondecode", "yamldecode", "one"})


def about(condition: Expression) -> tuple[str, ...]:
    """What it names beside its inputs, as ``aws_s3_bucket.data`` or ``local.tags``; names of loops are left out."""
    loops = {name for node in walk(condition) if isinstance(node, For) for name in node.names}
    found: dict[str, None] = {}
    for node in walk(condition):
        if isinstance(node, Attribute):
            path = reference(node)
            if len(path) > 1 and path[0] not in _INPUTS and path[0] not in loops:
                found[".".join(path[: 3 if path[0] == "data" else 2])] = None
    return tuple(found)


def words(condition: Expression) -> tuple[str, ...]:
    """Every name and attribute in it, without the names of loops, and without what is only asked for its being there:
    ``can(x.y)``."""
    loops = {name for node in walk(condition) if isinstance(node, For) for name in node.names}
    asked = {id(inner) for node in walk(condition) if isinstance(node, Call) and node.name == "can"
             and not any(isinstance(one, Call) for argument in node.arguments for one in walk(argument))
             for argument in node.arguments for inner in walk(argument)}  # fmt: skip
    found: dict[str, None] = {}
    for node in walk(condition):
        if id(node) in asked:
            continue
        if isinstance(node, Attribute) or (isinstance(node, Name) and node.name not in loops):
            found[node.name] = None
        elif isinstance(node, Splat):
            found.update(dict.fromkeys(part for part in node.path if isinstance(part, str)))
    return tuple(found)


def emptiness(condition: Expression) -> str:
    """Why it can never be false; empty when it can."""
    if not about(condition):
        return "it says nothing about what the configuration makes"
    ways = _Ways()
    if not ways.may_be(condition, False):
        same = isinstance(condition, Binary) and _same(condition.left, condition.right)
        return "it compares a value with itself" if same else "no plan could make it false"
    return "" if ways.may_be(condition, True) else "no plan could make it true"


class _Ways:
    """How a condition can come out, whatever the values are that it names; each part is looked at once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, bool], bool] = {}
        self.depth = 0

    def may_be(self, node: Expression, wanted: bool) -> bool:
        """Whether it can come out as wanted; true in doubt."""
        key = (id(node), wanted)
        if key not in self.known:
            if self.depth > MAX_DEPTH:
                return True
            self.depth += 1
            self.known[key] = self._may_be(node, wanted)
            self.depth -= 1
        return self.known[key]

    def _may_be(self, node: Expression, wanted: bool) -> bool:
        if isinstance(node, Literal):
            return node.value is wanted or not isinstance(node.value, bool)
        if isinstance(node, Unary):
            return self.may_be(node.operand, not wanted) if node.operator == "!" else True
        if isinstance(node, Conditional):
            branches = ((node.then, True), (node.otherwise, False))
            return any(self.may_be(node.condition, chosen) and self.may_be(branch, wanted)
                       for branch, chosen in branches)  # fmt: skip
        if isinstance(node, Binary):
            return self._binary(node, wanted)
        return self._call(node, wanted) if isinstance(node, Call) else True

    def _binary(self, node: Binary, wanted: bool) -> bool:
        if node.operator in ("&&", "||"):
            if wanted is (node.operator == "||"):  # one side alone can make it so
                return self.may_be(node.left, wanted) or self.may_be(node.right, wanted)
            if _contrary(node.left, node.right):
                return False
            return self.may_be(node.left, wanted) and self.may_be(node.right, wanted)
        if node.operator not in _OPPOSITES:
            return True
        if _same(node.left, node.right):
            return wanted is (node.operator in ("==", ">=", "<="))
        for one, other, operator in ((node.left, node.right, node.operator),
                                     (node.right, node.left, _MIRRORED[node.operator])):  # fmt: skip
            certain = _certain(one, operator, other)
            if certain is not None:
                return wanted is certain
        if isinstance(node.left, Literal) and isinstance(node.right, Literal) and node.operator in ("==", "!="):
            equal = node.left.value == node.right.value and type(node.left.value) is type(node.right.value)
            return wanted is (equal is (node.operator == "=="))
        return True

    def _call(self, node: Call, wanted: bool) -> bool:
        given = node.arguments
        if node.name in ("alltrue", "anytrue") and len(given) == 1:
            decides = node.name == "anytrue"
            if isinstance(given[0], For):
                nothing = wanted is not decides  # no element at all
                return self.may_be(given[0].value, wanted) or (nothing and given[0].condition is not None)
            if isinstance(given[0], TupleOf):
                ways = [self.may_be(one, wanted) for one in given[0].items]
                return any(ways) if wanted is decides else all(ways)
        elif node.name == "can" and given and not wanted:
            # What the configuration declares can be read; only what is computed from it can go wrong.
            inner = tuple(walk(given[0]))
            return any(isinstance(one, Index) or (isinstance(one, Call) and one.name in _MAY_FAIL) for one in inner)
        elif node.name == "try" and given:
            return any(self.may_be(one, wanted) for one in given)
        elif node.name == "tobool" and given:
            return self.may_be(given[0], wanted)
        return True


def _certain(one: Expression, operator: str, other: Expression) -> bool | None:
    """The answer of a comparison that is always the same: a length with something below 0, an id with nothing."""
    if isinstance(other, Literal) and other.value is None:
        path = reference(one)
        whole = len(path) == 2 and path[0] not in ("var", "local", "each")
        if whole or (isinstance(one, Attribute) and one.name in _ALWAYS_THERE):
            return operator == "!="
    if isinstance(other, Literal) and other.value == "" and isinstance(one, Attribute):
        return operator == "!=" if one.name in ("id", "arn", "self_link") else None
    negative = isinstance(other, Unary) and other.operator == "-"
    number = other.value if isinstance(other, Literal) else None
    if isinstance(one, Call) and one.name == "length" and (negative or number == 0):
        if operator == ">=" or (negative and operator in (">", "!=")):
            return True
        if operator == "<" or (negative and operator in ("<=", "==")):
            return False
    return None


def _contrary(one: Expression, other: Expression) -> bool:
    """Whether one is true exactly where the other is false: ``a == b || a != b``."""
    if isinstance(other, Unary) and other.operator == "!" and _same(one, other.operand):
        return True
    if isinstance(one, Unary) and one.operator == "!" and _same(other, one.operand):
        return True
    if not isinstance(one, Binary) or not isinstance(other, Binary) or one.operator not in _OPPOSITES:
        return False
    if one.operator == other.operator == "==" and _same(one.left, other.left):
        values = [side.value for side in (one.right, other.right) if isinstance(side, Literal)]
        if True in values and False in values and len(values) == 2:
            return True
    if other.operator == _OPPOSITES[one.operator] and _same(one.left, other.left) and _same(one.right, other.right):
        return True
    mirrored = _OPPOSITES[_MIRRORED[one.operator]]
    return other.operator == mirrored and _same(one.left, other.right) and _same(one.right, other.left)


def _same(one: Expression, other: Expression) -> bool:
    """Whether two expressions are written the same, so that they have one value."""
    return _written(one) == _written(other) and not any(
        isinstance(node, Call) and node.name in ("timestamp", "uuid") for node in walk(one)
    )


def _written(node: Expression) -> tuple[object, ...]:
    """The shape of an expression without its places, in the order of the text."""
    found: list[object] = []
    for one in walk(node):
        found.append(type(one).__name__)
        if isinstance(one, Literal):
            found.append((type(one.value).__name__, one.value))
        elif isinstance(one, Name | Attribute | Call):
            found.append(one.name)
        elif isinstance(one, Binary | Unary):
            found.append(one.operator)
        elif isinstance(one, Splat):
            found.append(tuple(part if isinstance(part, str) else "[]" for part in one.path))
        elif isinstance(one, TupleOf):
            found.append(len(one.items))
        elif isinstance(one, ObjectOf):
            found.append(len(one.entries))
        elif isinstance(one, For):
            found.append((one.names, one.key is None, one.condition is None))
    return tuple(found)
