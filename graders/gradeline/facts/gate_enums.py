"""Members of enumerations that the submission defines.

Python documentation, "enum": ``StrEnum`` and ``IntEnum`` show their value, all others ``Class.NAME``; a member equals a
plain text or number only when its class is made from ``str`` or ``int``, too; ``auto()`` counts from 1, and gives a
``StrEnum`` the name in small letters.
"""

from __future__ import annotations

from gradeline.facts.gate_values import Const, Data, Func, Klass, Lib, Native, Seq, Thing, Value

_TELLS_ITS_VALUE = frozenset({"StrEnum", "IntEnum", "IntFlag"})
_EQUALS_ITS_VALUE = frozenset({"str", "int", "float", *_TELLS_ITS_VALUE})


class Member(Const):
    """A member whose value is a text or a number.  ``data`` is that value."""

    __slots__ = ("klass", "name")

    def __init__(self, klass: Klass, name: str, value: Const) -> None:
        super().__init__(value.data, value.origin, value.span, value.key, value.parts)
        self.klass = klass
        self.name = name

    @property
    def told(self) -> str:
        """What printing it shows."""
        if _TELLS_ITS_VALUE & set(self.klass.lineage()):
            return str(self.data)
        return f"{self.klass.node.name}.{self.name}"

    @property
    def alike(self) -> bool:
        """Whether it equals its value."""
        return bool(_EQUALS_ITS_VALUE & set(self.klass.lineage()))

    def plain(self) -> Const:
        return Const(self.data, self.origin, self.span, self.key, self.parts)


def enum_members(klass: Klass) -> dict[str, Value]:
    """The members of a class by their names; none when it is no enumeration."""
    lineage = set(klass.lineage())
    if not any("Enum" in one or one.endswith("Flag") for one in lineage):
        return {}
    found: dict[str, Value] = {}
    for name, value in klass.scope.names.items():
        if isinstance(value, Func | Native) or name.startswith("_"):
            continue
        if not isinstance(value, Member | Thing):
            value = _member(klass, name, value, len(found) + 1, "StrEnum" in lineage)
            klass.scope.names[name] = value
        found[name] = value
    return found


def _member(klass: Klass, name: str, value: Value, number: int, told: bool) -> Value:
    if _is_auto(value):
        return Member(klass, name, Const(name.lower() if told else number))
    if isinstance(value, Const):
        return Member(klass, name, value)
    member = Thing(klass)
    member.fields = {"name": Const(name), "value": value}
    return member


def _is_auto(value: Value) -> bool:
    if isinstance(value, Data):
        return value.call.rpartition(".")[2] == "auto" or value.key[-1:] == ("auto",)
    return isinstance(value, Lib) and value.name.endswith("auto")


def differ(left: Value, right: Value) -> bool:
    """Whether two values are different whatever their data is: a member of one class and something else."""
    if isinstance(left, Member) and isinstance(right, Member):
        return left.klass is not right.klass and not (left.alike and right.alike)
    one, other = (left, right) if isinstance(left, Member) else (right, left)
    return isinstance(one, Member) and not one.alike and not isinstance(other, Data | Seq)
