"""Libraries that make objects of plain values by a type: pydantic's ``TypeAdapter``, msgspec, dacite, cattrs.

pydantic documentation, "Type Adapter"; msgspec documentation, "Converters" (``convert``) and "Usage" (``decode``);
dacite, ``from_dict``; cattrs documentation, "Structuring".  What a value does not fit, raises.
"""

from __future__ import annotations

from gradeline.facts.gate_calls import Named
from gradeline.facts.gate_classes import INVALID, coerced, made
from gradeline.facts.gate_state import Machine, Raised
from gradeline.facts.gate_values import NONE, Const, Data, Klass, Native, Seq, Table, Thing, Typed, Value
from gradeline.source import Span

# The place of the type and of the value among what is given.
_BY_ORDER = {
    "dacite.from_dict": (0, 1), "pydantic.parse_obj_as": (0, 1), "pydantic.tools.parse_obj_as": (0, 1),
    "msgspec.convert": (1, 0), "cattrs.structure": (1, 0), "cattr.structure": (1, 0),
}  # fmt: skip
_DECODERS = ("msgspec.json.decode", "msgspec.yaml.decode", "msgspec.toml.decode")
_KINDS = ("type", "data_class", "cl", "type_")
_VALUES = ("data", "obj")


def adapter(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """``TypeAdapter(T)``."""
    kind = given[0] if given else NONE

    def validates(values: list[Value], named: Named, at: Span) -> Value:
        return typed(machine, kind, values[0] if values else NONE, at)

    def reads(values: list[Value], named: Named, at: Span) -> Value:
        from gradeline.facts.gate_files import loaded

        return typed(machine, kind, loaded(machine, values[0] if values else NONE, at), at)

    return Native("TypeAdapter", None, {
        "validate_python": Native("validate_python", validates), "validate_json": Native("validate_json", reads),
    })  # fmt: skip


def converted(machine: Machine, name: str, given: list[Value], named: Named, span: Span) -> Value | None:
    """What one of these functions makes of a value; None when it is another function."""
    if name in _DECODERS:
        from gradeline.facts.gate_files import loaded

        source = loaded(machine, given[0], span) if given else NONE
        return typed(machine, named["type"], source, span) if "type" in named else source
    if name not in _BY_ORDER:
        return None
    places = _BY_ORDER[name]
    kind, source = (
        given[place] if len(given) > place else next((named[one] for one in names if one in named), NONE)
        for place, names in zip(places, (_KINDS, _VALUES), strict=True)
    )
    return typed(machine, kind, source, span)


def typed(machine: Machine, kind: Value, source: Value, span: Span) -> Value:
    """``source`` as a type wants it."""
    if isinstance(kind, Typed):
        return coerced(machine, kind.scope, kind.annotation, source, span)
    if not isinstance(kind, Klass):
        return source
    if isinstance(source, Table):
        return made(machine, kind, [], {str(key): one for key, one in source.items.items()}, span)
    if isinstance(source, Data):
        return made(machine, kind, [], {"**": source}, span)
    if isinstance(source, Const | Seq) and not isinstance(source, Thing):
        raise Raised(INVALID, span, library=True)
    return source
