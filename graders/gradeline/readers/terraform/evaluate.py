"""What an expression of Terraform is worth, as far as the files tell.

Nothing is run and nothing is fetched: attributes of resources stay references, and what depends on something
unknown is unresolved with the reason.  Work, depth and sizes are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gradeline.model.infrastructure import Items, Mixed, Plain, Reference, Table, Unresolved, Value
from gradeline.readers.terraform.functions import call
from gradeline.readers.terraform.values import (
    Failed,
    Unknown,
    elements,
    inside,
    items,
    joined,
    number,
    plain,
    table,
    truth,
    unresolved,
    weight_of,
)
from gradeline.source import Span
from gradeline.syntax.hcl_nodes import (
    Attribute,
    Binary,
    Broken,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    TupleOf,
    Unary,
)

MAX_DEPTH = 70
MAX_WORK = 120_000
MAX_FOR = 1_024
Bound = Mapping[str, Value]
_FILES = frozenset({"file", "templatefile", "fileexists"})


class Scope(Protocol):
    """What names mean at one place."""

    def lookup(self, root: str, path: tuple[str, ...], span: Span) -> tuple[Value, int] | None:
        """The value of a reference and how many words of ``path`` it took; None when the name means nothing."""
        ...

    def file(self, name: str, span: Span, arguments: list[Value]) -> Value:
        """What the functions that read files give."""
        ...


class Evaluator:
    """Works out expressions; one for a whole stack, so that all its work is counted together."""

    def __init__(self, work: int = MAX_WORK) -> None:
        self.work = work
        self.depth = 0

    def value(self, node: Expression, scope: Scope, bound: Bound | None = None) -> Value:
        """The value of an expression.  ``bound`` are names that are set around it, such as ``each``."""
        self.work -= 1
        if self.work < 0 or self.depth >= MAX_DEPTH:
            return Unresolved(node.span, "it takes too much work to find out")
        self.depth += 1
        try:
            return self._value(node, scope, bound or {})
        except Unknown as unknown:
            return unknown.value
        finally:
            self.depth -= 1

    def _value(self, node: Expression, scope: Scope, bound: Bound) -> Value:
        if isinstance(node, Literal):
            return Plain(node.span, node.value)
        if isinstance(node, Template):
            return joined(node.span, [self.value(part, scope, bound) for part in node.parts])
        if isinstance(node, Attribute | Index | Name):
            return self._reference(node, scope, bound)
        if isinstance(node, TupleOf):
            return items(node.span, [self.value(one, scope, bound) for one in node.items])
        if isinstance(node, ObjectOf):
            return self._object(node, scope, bound)
        if isinstance(node, Call):
            return self._call(node, scope, bound)
        if isinstance(node, Conditional):
            return self._conditional(node, node.condition, node.then, node.otherwise, scope, bound)
        if isinstance(node, TemplateIf):
            return self._conditional(node, node.condition, node.then, node.otherwise, scope, bound)
        if isinstance(node, Binary):
            return self._binary(node, scope, bound)
        if isinstance(node, Unary):
            return self._unary(node, scope, bound)
        if isinstance(node, For):
            return self._for(node, scope, bound)
        if isinstance(node, TemplateFor):
            rounds = self._rounds(node.names, self.value(node.collection, scope, bound), bound)
            return joined(node.span, [self.value(node.body, scope, one) for one in rounds])
        if isinstance(node, Splat):
            return self._splat(node, scope, bound)
        assert isinstance(node, Broken)
        return Unresolved(node.span, node.reason)

    # -- references -------------------------------------------------------------------------------

    def _reference(self, node: Expression, scope: Scope, bound: Bound) -> Value:
        steps: list[str | Expression] = []
        base = node
        while isinstance(base, Attribute | Index):
            steps.append(base.name if isinstance(base, Attribute) else base.key)
            base = base.of
        steps.reverse()
        taken = 0
        if not isinstance(base, Name):
            found = self.value(base, scope, bound)
        elif base.name in bound:
            found = bound[base.name]
        else:
            words = []
            for step in steps:
                if not isinstance(step, str):
                    break
                words.append(step)
            known = scope.lookup(base.name, tuple(words), node.span)
            if known is None:
                return Failed(node.span, f"`{base.name[:60]}` is not declared", base.name)
            found, taken = known
        for step in steps[taken:]:
            found = self._inside(found, step, node.span, scope, bound)
        return found

    def _inside(self, value: Value, step: str | Expression, span: Span, scope: Scope, bound: Bound) -> Value:
        if isinstance(step, str):
            return inside(value, step, span)
        key = self.value(step, scope, bound)
        if isinstance(key, Plain):
            if isinstance(value, Reference) and not value.path and value.key is None and isinstance(key.data, str):
                return Reference(span, value.target, (), key.data)
            return inside(value, key.data, span)
        if isinstance(value, Reference):  # some instance of it
            return value
        return Unresolved(span, unresolved(key).reason, unresolved(key).name)

    def _splat(self, node: Splat, scope: Scope, bound: Bound) -> Value:
        of = self.value(node.of, scope, bound)
        if isinstance(of, Unresolved | Mixed):
            return of
        if isinstance(of, Plain):
            inner: list[Value] = [] if of.data is None else [of]
        elif isinstance(of, Items):
            inner = list(of.items)
        elif isinstance(of, Table) and all(isinstance(one, Reference) for one in of.entries.values()):
            inner = list(of.entries.values())
        else:
            inner = [of]
        found = []
        for value in inner:
            for step in node.path:
                value = self._inside(value, step, node.span, scope, bound)
            found.append(value)
        return items(node.span, found)

    # -- collections ------------------------------------------------------------------------------

    def _object(self, node: ObjectOf, scope: Scope, bound: Bound) -> Value:
        entries: dict[str, Value] = {}
        places: dict[str, Span] = {}
        for key, value in node.entries:
            name = plain(self.value(key, scope, bound))
            if not isinstance(name, str | int | float | bool):
                return Failed(key.span, "it cannot be a key")
            entries[str(name)] = self.value(value, scope, bound)
            places[str(name)] = key.span
        return table(node.span, entries, places)

    def _rounds(self, names: tuple[str, ...], collection: Value, bound: Bound) -> list[Bound]:
        pairs = elements(collection, collection.span)
        if len(pairs) > MAX_FOR:
            raise Unknown(Unresolved(collection.span, "it is too large"))
        if len(names) == 1:
            return [{**bound, names[0]: value} for _, value in pairs]
        return [{**bound, names[0]: key, names[1]: value} for key, value in pairs] if len(names) == 2 else []

    def _for(self, node: For, scope: Scope, bound: Bound) -> Value:
        entries: dict[str, list[Value]] = {}
        found: list[Value] = []
        for one in self._rounds(node.names, self.value(node.collection, scope, bound), bound):
            if node.condition is not None:
                wanted = truth(self.value(node.condition, scope, one))
                if wanted is None:
                    return Unresolved(node.span, "which elements it has is not known")
                if not wanted:
                    continue
            value = self.value(node.value, scope, one)
            if node.key is None:
                found.append(value)
            else:
                entries.setdefault(str(plain(self.value(node.key, scope, one))), []).append(value)
        if node.key is None:
            return items(node.span, found)
        if node.grouped:
            return table(node.span, {key: items(node.span, values) for key, values in entries.items()})
        return table(node.span, {key: values[-1] for key, values in entries.items()})

    # -- calculations -----------------------------------------------------------------------------

    def _call(self, node: Call, scope: Scope, bound: Bound) -> Value:
        arguments = [self.value(one, scope, bound) for one in node.arguments]
        if node.expanded and arguments:
            last = arguments.pop()
            arguments.extend(value for _, value in elements(last, node.span))
        self.work -= sum(weight_of(one) for one in arguments)
        if self.work < 0:
            return Unresolved(node.span, "it takes too much work to find out")
        if node.name in _FILES or node.name in getattr(scope, "functions", ()):
            return scope.file(node.name, node.span, arguments)
        return call(node.name, node.span, arguments)

    def _conditional(
        self, node: Expression, condition: Expression, then: Expression, otherwise: Expression,
        scope: Scope, bound: Bound,
    ) -> Value:  # fmt: skip
        tested = self.value(condition, scope, bound)
        known = truth(tested)
        if known is not None:
            return self.value(then if known else otherwise, scope, bound)
        first, second = self.value(then, scope, bound), self.value(otherwise, scope, bound)
        if isinstance(first, Plain) and isinstance(second, Plain) and first.data == second.data:
            return first
        return Unresolved(node.span, unresolved(tested).reason)

    def _unary(self, node: Unary, scope: Scope, bound: Bound) -> Value:
        value = self.value(node.operand, scope, bound)
        if node.operator == "!":
            known = truth(value)
            if known is None:
                raise Unknown(unresolved(value))
            return Plain(node.span, not known)
        data = plain(value)
        if isinstance(data, bool) or not isinstance(data, int | float):
            return Failed(node.span, "it is no number")
        return number(node.span, -data)

    def _binary(self, node: Binary, scope: Scope, bound: Bound) -> Value:
        left = self.value(node.left, scope, bound)
        right = self.value(node.right, scope, bound)
        if node.operator in ("&&", "||"):
            both = (truth(left), truth(right))
            decisive = node.operator == "||"
            if decisive in both:
                return Plain(node.span, decisive)
            if None in both:
                raise Unknown(unresolved(left if both[0] is None else right))
            return Plain(node.span, not decisive)
        if node.operator in ("==", "!="):
            return self._equal(node, left, right)
        first, second = plain(left), plain(right)
        if not isinstance(first, int | float) or not isinstance(second, int | float):
            return Failed(node.span, "it is no number")
        return _calculated(node.span, node.operator, first, second)

    def _equal(self, node: Binary, left: Value, right: Value) -> Value:
        if isinstance(left, Table | Items) != isinstance(right, Table | Items) and isinstance(
            left if isinstance(right, Table | Items) else right, Plain
        ):
            return Plain(node.span, node.operator == "!=")
        same = plain(left) == plain(right)
        return Plain(node.span, same == (node.operator == "=="))


def _calculated(span: Span, operator: str, first: float, second: float) -> Value:
    if operator in ("/", "%") and second == 0:
        return Failed(span, "it divides by zero")
    if operator == "+":
        return number(span, first + second)
    if operator == "-":
        return number(span, first - second)
    if operator == "*":
        return number(span, first * second)
    if operator == "/":
        return number(span, first / second)
    if operator == "%":
        return number(span, first % second)
    answers = {"<": first < second, ">": first > second, "<=": first <= second, ">=": first >= second}
    return Plain(span, answers[operator])
