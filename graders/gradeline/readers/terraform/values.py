"""Making values: limits on their size, conversions, and access to what is inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradeline.model.infrastructure import Items, Mixed, Plain, Reference, Scalar, Table, Unresolved, Value
from gradeline.records import record
from gradeline.source import Span

MAX_TEXT = 20_000
MAX_WEIGHT = 20_000
MAX_NUMBER = 10**15
MAX_LEVELS = 60


@record
class Failed(Unresolved):
    """What Terraform would refuse: an attribute that is not there, a division by zero.  ``try`` goes on after it."""


class Unknown(Exception):
    """A value is needed and not known; never leaves the evaluation."""

    def __init__(self, value: Unresolved) -> None:
        super().__init__(value.reason)
        self.value = value


def items(span: Span, inner: Iterable[Value]) -> Value:
    """A list, unless it is larger than anything a person writes."""
    found = tuple(inner)
    weight, depth = 1 + sum(map(weight_of, found)), 1 + max(map(depth_of, found), default=0)
    if weight > MAX_WEIGHT or depth > MAX_LEVELS:
        return Unresolved(span, "it is too large")
    return Items(span, found, weight, depth)


def table(span: Span, entries: Mapping[str, Value], places: Mapping[str, Span] | None = None) -> Value:
    weight = 1 + sum(map(weight_of, entries.values()))
    depth = 1 + max(map(depth_of, entries.values()), default=0)
    if weight > MAX_WEIGHT or depth > MAX_LEVELS:
        return Unresolved(span, "it is too large")
    return Table(span, dict(entries), weight, dict(places or {}), depth)


def weight_of(value: Value) -> int:
    return value.weight if isinstance(value, Items | Table) else 1


def depth_of(value: Value) -> int:
    return value.depth if isinstance(value, Items | Table) else 0


def text(span: Span, data: str) -> Value:
    return Plain(span, data) if len(data) <= MAX_TEXT else Unresolved(span, "it is too long")


def number(span: Span, data: float) -> Value:
    if data != data or abs(data) > MAX_NUMBER:
        return Unresolved(span, "the number is too large")
    return Plain(span, int(data) if data == int(data) else data)


def as_text(data: Scalar) -> str:
    """A scalar as a template shows it."""
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, float):
        return f"{data:.10g}"
    return "" if data is None else str(data)


def truth(value: Value) -> bool | None:
    """Whether a condition holds; None when it is not known.  The texts ``true`` and ``false`` count as such."""
    if isinstance(value, Plain):
        if isinstance(value.data, bool):
            return value.data
        if value.data in ("true", "false"):
            return value.data == "true"
    return None


def plain(value: Value) -> object:
    """A value as Python data; ``Unknown`` when a part of it is not known."""
    if isinstance(value, Plain):
        return value.data
    if isinstance(value, Items):
        return [plain(one) for one in value.items]
    if isinstance(value, Table):
        return {key: plain(one) for key, one in value.entries.items()}
    raise Unknown(unresolved(value))


def unresolved(value: Value) -> Unresolved:
    """Why a value is not known."""
    if isinstance(value, Unresolved):
        return value
    if isinstance(value, Reference):
        name = ".".join((value.target, *value.path))
        return Unresolved(value.span, f"`{name}` is only known after it was created", name)
    if isinstance(value, Mixed):
        return unresolved(next(one for one in value.parts if not isinstance(one, Plain)))
    return Unresolved(value.span, "a part of it is not known")


def joined(span: Span, parts: Iterable[Value]) -> Value:
    """The text that parts make together; lists and tables have none."""
    found: list[Plain | Reference | Unresolved] = []
    for part in parts:
        if isinstance(part, Mixed):
            inner: tuple[Plain | Reference | Unresolved, ...] = part.parts
        elif isinstance(part, Plain | Reference | Unresolved):
            inner = (part,)
        else:
            return Failed(span, "a list or a map is no text")
        for one in inner:
            before = found[-1] if found else None
            if isinstance(one, Plain) and isinstance(before, Plain):
                found[-1] = Plain(before.span, as_text(before.data) + as_text(one.data))
            elif isinstance(one, Plain):
                found.append(Plain(one.span, as_text(one.data)))
            else:
                found.append(one)
    if sum(len(str(one.data)) for one in found if isinstance(one, Plain)) > MAX_TEXT or len(found) > 200:
        return Unresolved(span, "it is too long")
    if not found:
        return Plain(span, "")
    if len(found) == 1 and isinstance(found[0], Plain):
        return Plain(span, found[0].data)
    return Mixed(span, tuple(found))


def wrapped(span: Span, data: object) -> Value:
    """Python data, such as decoded JSON, as a value."""
    if isinstance(data, dict):
        return table(span, {str(key): wrapped(span, one) for key, one in data.items()})
    if isinstance(data, list | tuple):
        return items(span, [wrapped(span, one) for one in data])
    if isinstance(data, bool) or data is None:
        return Plain(span, data)
    if isinstance(data, int | float):
        return number(span, data)
    return text(span, str(data))


def inside(value: Value, step: Scalar, span: Span) -> Value:
    """The attribute or element ``step`` of a value."""
    if isinstance(value, Reference):
        if not value.path and value.key is None and (isinstance(step, int) and not isinstance(step, bool)):
            return Reference(span, value.target, value.path, step)
        return Reference(span, value.target, (*value.path, as_text(step)), value.key)
    if isinstance(value, Table):
        key = as_text(step)
        return value.entries[key] if key in value.entries else Failed(span, f"there is no `{key[:60]}` in it")
    if isinstance(value, Items):
        if isinstance(step, str) and step.isdecimal() and len(step) < 9:
            step = int(step)
        if isinstance(step, int) and not isinstance(step, bool) and 0 <= step < len(value.items):
            return value.items[step]
        return Failed(span, "there is no such element")
    if isinstance(value, Unresolved):
        return value
    return Failed(span, "there is nothing inside it")


def elements(value: Value, span: Span) -> list[tuple[Value, Value]]:
    """Key and value of each element; ``Unknown`` when they are not known."""
    if isinstance(value, Items):
        return [(Plain(one.span, number_), one) for number_, one in enumerate(value.items)]
    if isinstance(value, Table):
        return [(Plain(value.places.get(key, one.span), key), one) for key, one in value.entries.items()]
    raise Unknown(unresolved(value) if not isinstance(value, Plain) else Failed(span, "it is no collection"))
