"""Truths and comparisons of values in one experiment; each with something from outside is remembered."""

from __future__ import annotations

import ast

from gradeline.facts import gate_arrays, gate_items
from gradeline.facts.gate_enums import differ
from gradeline.facts.gate_numbers import COMPARISONS, NotANumber, compare
from gradeline.facts.gate_state import Comparison, Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    EMPTY,
    MISSING,
    Const,
    Data,
    Expr,
    Klass,
    Lib,
    Native,
    Seq,
    Table,
    Thing,
    Value,
    as_data,
    external,
    gathered,
    leaves,
    lineage_of,
    shortened,
)
from gradeline.source import Span

SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ALWAYS_ONE = frozenset({ast.Is, ast.IsNot, ast.In, ast.NotIn})  # comparisons that never give a column
DEFAULT_FACE = "\0something"


def holds(machine: Machine, value: Value, span: Span) -> bool:
    """Whether a value counts as true."""
    if isinstance(value, Const):
        return bool(value.data)
    if isinstance(value, gate_arrays.Array) and len(value.items) != 1:
        raise Raised(lineage_of("ValueError"), span)  # the truth of several is ambiguous
    if isinstance(value, gate_arrays.Array):
        return holds(machine, value.items[0], span)
    if isinstance(value, Seq):
        return bool(value.items)
    if isinstance(value, Table):
        return bool(value.items)
    if isinstance(value, Data):
        if machine.empty and value.call in ("pandas.read_csv", "pandas.read_parquet"):
            raise Raised(lineage_of("ValueError"), span)
        return machine.truth_of(value)
    if machine.world is not None and (known := gate_items.held(value)) is not None:
        return known.truth(span)
    if isinstance(value, Expr):
        try:
            return bool(machine.amount(value, span))
        except NotANumber as error:
            raise Raised(lineage_of(error.name), span) from None
    return True


def held_pair(machine: Machine, sign: str, left: Value, right: Value, span: Span) -> Value | None:
    """``left sign right`` in a trial, when one of them is a thing whose content is known."""
    if machine.world is None or sign in ("is", "is not"):
        return None
    if sign in ("in", "not in"):
        inside = gate_items.held(right)
        return None if inside is None else derived(inside.has(left, span) == (sign == "in"))
    known = gate_items.held(left)
    if known is not None:
        return known.with_other(machine, sign, right, False, span)
    known = gate_items.held(right)
    return None if known is None else known.with_other(machine, sign, left, True, span)


def column_of_truths(machine: Machine, sign: ast.cmpop, left: Value, right: Value, span: Span) -> Value | None:
    """``frame["x"] == 1`` is a column of truths, not one."""
    if type(sign) in _ALWAYS_ONE or not (isinstance(left, Data) or isinstance(right, Data)):
        return None
    for side in (left, right):
        if isinstance(side, Data) and column_like(side):
            other = right if side is left else left
            key = (*side.key, f"{SIGNS[type(sign)]} {shown(other)}")[-12:]
            return Data(key, span, side.words | gathered(other), "compared", (left, right))
    return None


def column_like(data: Data) -> bool:
    """Whether something from outside is a table, or a column or row choice of one."""
    return data.call in ("table", "compared")


def compared(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    """The truth of one comparison; one with something from outside is remembered."""
    if op not in ("is", "is not"):
        left, right = as_data(left, span), as_data(right, span)
    if op in ("==", "!=") and isinstance(right, Native) and right.name == "approx":
        return _near(left, right) == (op == "==")
    if op in ("==", "!=", "is", "is not") and differ(left, right):
        return op in ("!=", "is not")
    if op in ("in", "not in"):
        return _inside(machine, left, right, span) == (op == "in")
    if op in ("is", "is not") or (op in ("==", "!=") and any(isinstance(one, Const) and one.data is None for one in
                                                            (left, right))):  # fmt: skip
        return _same(machine, left, right, span) == (op in ("is", "=="))
    if type(left) is Const and type(right) is Const:
        return _known(machine, op, left, right, span)
    if machine.world is not None and op in ("==", "!=") and isinstance(left, Seq | Table):
        from gradeline.facts.known_values import alike

        same = alike(left, right, span)
        if same is not None:
            return same == (op == "==")
    if isinstance(left, Seq) and isinstance(right, Seq):
        machine.worked(span, 2 * (len(left.items) + len(right.items)))
    if isinstance(left, Seq) and isinstance(right, Seq) and not external(left) and not external(right):
        return _sequences(machine, op, left, right, span)
    if not (external(left) or external(right)):
        return _known(machine, op, left, right, span)
    texts = [one for one in (left, right) if isinstance(one, Const) and isinstance(one.data, str | bytes)]
    odd = [one for one in (left, right) if isinstance(one, Table | Seq | Thing | Lib | Klass)]
    if texts or odd:
        return _chosen(machine, op, left, right, span)
    try:
        result = compare(op, machine.amount(left, span), machine.amount(right, span))
    except NotANumber as error:
        raise Raised(lineage_of(error.name), span) from None
    _remember(machine, span, op, left, right, result, True)
    return result


def _near(value: Value, wanted: Native) -> bool:
    """Whether a number is as near as ``pytest.approx`` wants it (its documentation: ``rel`` 1e-6, ``abs`` 1e-12)."""
    numbers = [one.data if isinstance(one, Const) and isinstance(one.data, int | float) else None
               for one in (value, wanted.state["expected"])]  # fmt: skip
    number, expected = numbers
    if number is None or expected is None:
        return False
    given = {name: float(one.data) for name in ("rel", "abs") if isinstance(one := wanted.state.get(name), Const)
             and isinstance(one.data, int | float)}  # fmt: skip
    relative = given.get("rel", 0.0 if "abs" in given else 1e-6) * abs(expected)
    return abs(number - expected) <= max(relative, given.get("abs", 1e-12))


def _known(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    if not isinstance(left, Const) or not isinstance(right, Const):
        if op in ("==", "!="):
            return (left is right) == (op == "==")
        if any(isinstance(one, Const) and one.data is None for one in (left, right)):
            raise Raised(lineage_of("TypeError"), span)
        raise Lost(span, "what is compared here cannot be seen")
    machine.constant.append((span, left, right))
    try:
        found = compare(op, left.data, right.data)
        if machine.world is not None:
            found = machine.fixed.get(span, found)
            machine.truths.append((span, found))
        return found
    except NotANumber as error:
        raise Raised(lineage_of(error.name), span) from None


def _sequences(machine: Machine, op: str, left: Seq, right: Seq, span: Span) -> bool:
    known = [[one.data if isinstance(one, Const) else id(one) for one in side.items] for side in (left, right)]
    if left.kind == "set":
        sets = [set(map(str, side)) for side in known]
        return bool(COMPARISONS[op](sets[0], sets[1]))
    if op not in ("==", "!="):
        try:
            return compare(op, known[0], known[1])
        except NotANumber as error:
            raise Raised(lineage_of(error.name), span) from None
    return (known[0] == known[1]) == (op == "==")


def _chosen(machine: Machine, op: str, left: Value, right: Value, span: Span) -> bool:
    """A comparison of a text or a collection from outside: a decision of the experiment."""
    data = next(iter(leaves(left, right)), None)
    other = right if isinstance(left, Data | Expr) else left
    if data is None:
        raise Lost(span, "what is compared here cannot be seen")
    face = machine.faces.get(data.key)
    if isinstance(face, str) and isinstance(other, Const) and isinstance(other.data, str):
        equal = face == other.data
    else:
        key = (*data.key, f"{op} {shown(other)}")
        equal = bool(machine.faces.get(key, op != "=="))  # whoever asks for a difference complains about one
        machine.asked[key] = (_asked(key, data, span), equal)
    result = equal if op != "!=" else not equal
    _remember(machine, span, op, left, right, result, False)
    return result


def _asked(key: tuple[str, ...], data: Data, span: Span) -> Data:
    """The truth of a question about something from outside."""
    found = Data(key, span, data.words, "equal")
    found.source = data
    return found


def _remember(machine: Machine, span: Span, op: str, left: Value, right: Value, result: bool, numeric: bool) -> None:
    count = machine.counts.get(span, 0)
    machine.counts[span] = count + 1
    machine.compared.append(Comparison(span, count, op, left, right, result, numeric))


def _same(machine: Machine, left: Value, right: Value, span: Span) -> bool:
    data, other = (left, right) if isinstance(left, Data | Expr) else (right, left)
    if isinstance(data, Data):
        face = machine.faces.get(data.key, DEFAULT_FACE)
        machine.touched[data.key] = data
        if isinstance(other, Const) and other.data is None:
            return face is None or face == MISSING
        if isinstance(other, Const) and isinstance(other.data, bool):
            return machine.truth_of(data) == other.data
        return data is other
    if isinstance(left, Const) and isinstance(right, Const):
        if left.data is None or right.data is None:
            return left.data is right.data
        return type(left.data) is type(right.data) and left.data == right.data
    if isinstance(left, Lib) and isinstance(right, Lib):
        return left.name == right.name
    return left is right


def _inside(machine: Machine, left: Value, right: Value, span: Span) -> bool:
    if isinstance(right, Seq):
        machine.worked(span, len(right.items))
        if isinstance(left, Const):
            known = [one.data for one in right.items if isinstance(one, Const)]
            if left.data in known:
                return True
            if not external(right):
                return False
        if isinstance(left, Data):
            face = machine.faces.get(left.key)
            if isinstance(face, str):
                return any(isinstance(one, Const) and one.data == face for one in right.items)
            key = (*left.key, "in")
            chosen = bool(machine.faces.get(key, True))
            machine.asked[key] = (_asked(key, left, span), chosen)
            return chosen
        return any(one is left for one in right.items)
    if isinstance(right, Table):
        if isinstance(left, Const):
            if left.data not in right.items and right.rest is not None:
                return _inside(machine, left, right.rest, span)
            return left.data in right.items
        if isinstance(left, Data):
            key = (*left.key, "in")
            chosen = bool(machine.faces.get(key, True))
            machine.asked[key] = (_asked(key, left, span), chosen)
            return chosen
        return False
    if isinstance(right, Const) and isinstance(right.data, str):
        return isinstance(left, Const) and isinstance(left.data, str) and left.data in right.data
    if isinstance(right, Data):
        child = right.child(shown(left), span)
        machine.touched[child.key] = child
        face = machine.faces.get(child.key, DEFAULT_FACE)
        if right.key in machine.faces and machine.faces[right.key] is None:
            raise Raised(lineage_of("TypeError"), span)
        return not (face == MISSING or (machine.empty and face == EMPTY))
    if isinstance(right, Const) and right.data is None:
        raise Raised(lineage_of("TypeError"), span)
    return isinstance(right, Lib | Klass | Thing | Native)


def shown(value: Value) -> str:
    if isinstance(value, Const):
        return str(value.data)[:80]
    if isinstance(value, Data):
        return shortened(".".join(value.key), 80)
    return type(value).__name__.lower()
