"""Objects of classes that the submission defines: plain ones, dataclasses and models of a validation library."""

from __future__ import annotations

import ast
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from gradeline.facts.gate_calls import Named, Raisable, call
from gradeline.facts.gate_enums import Member, enum_members
from gradeline.facts.gate_items import _bound
from gradeline.facts.gate_state import Lost, Machine, Raised
from gradeline.facts.gate_values import (
    MISSING,
    NONE,
    Const,
    Data,
    Func,
    Klass,
    Lib,
    Native,
    Scope,
    Seq,
    Table,
    Thing,
    Value,
    gathered,
    lineage_of,
    words_of,
)
from gradeline.source import Span

MODELS = frozenset({"BaseModel", "BaseSettings", "RootModel", "Struct", "Schema"})
_RECORDS = frozenset({"NamedTuple", "TypedDict"})
_VALIDATES = frozenset({"model_validate", "parse_obj", "from_dict", "validate", "construct"})
_DUMPS = frozenset({"model_dump", "dict", "_asdict", "asdict", "to_dict"})
INVALID = ("ValidationError", "ValueError", "Exception", "BaseException")


def is_model(klass: Klass) -> bool:
    return bool(MODELS & set(klass.lineage()))


def _fields(klass: Klass) -> dict[str, tuple[ast.AnnAssign, Klass]]:
    """The annotated names of a class and of those it is made from, in order."""
    found: dict[str, tuple[ast.AnnAssign, Klass]] = {}
    for base in klass.bases:
        if isinstance(base, Klass):
            found.update(_fields(base))
    for node in klass.node.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = (node, klass)
    return found


def names_of(value: Value) -> tuple[str, ...]:
    """The fields of a class, or of the class of an object, in order."""
    klass = value.klass if isinstance(value, Thing) else value
    return tuple(_fields(klass)) if isinstance(klass, Klass) else ()


def _decorated(klass: Klass) -> bool:
    names = []
    for one in klass.node.decorator_list:
        inner = one.func if isinstance(one, ast.Call) else one
        names.append(getattr(inner, "id", getattr(inner, "attr", "")))
    return bool({"dataclass", "define", "frozen", "s", "attrs", "mutable"} & set(names))


def made(machine: Machine, klass: Klass, given: list[Value], named: Named, span: Span) -> Value:
    """An object of the class."""
    lineage = tuple(klass.lineage())
    if "Exception" in lineage or "BaseException" in lineage:
        return Raisable(tuple(dict.fromkeys((*lineage, "Exception", "BaseException"))), given[0] if given else NONE)
    members = enum_members(klass)
    if members and given:
        return _member(members, given[0], span)
    thing = Thing(klass)
    start = klass.member("__init__")
    if isinstance(start, Func):
        call(machine, Func(start.node, start.scope, thing), given, named, span)
        return thing
    if is_model(klass) or _decorated(klass) or _RECORDS & set(lineage):
        if "TypedDict" in lineage:
            return Table(dict(named))
        _fill(machine, thing, given, named, span)
        after = klass.member("__post_init__") or klass.member("model_post_init")
        if isinstance(after, Func):
            extra: list[Value] = [NONE] if after.node.args.args[1:] else []  # type: ignore[union-attr, unused-ignore]
            call(machine, Func(after.node, after.scope, thing), extra, {}, span)
        return thing
    if any(isinstance(base, Lib) for base in klass.bases) or not (given or named):
        thing.fields.update(named)
        return thing
    raise Raised(lineage_of("TypeError"), span)


def _member(members: dict[str, Value], wanted: Value, span: Span) -> Value:
    for member in members.values():
        if isinstance(member, Thing):
            value = member.fields.get("value")
            if isinstance(value, Const) and isinstance(wanted, Const) and value.data == wanted.data:
                return member
            if member is wanted:
                return member
        elif isinstance(member, Member) and isinstance(wanted, Const) and member.data == wanted.data:
            return member
    if isinstance(wanted, Const):
        raise Raised(lineage_of("ValueError"), span)
    return next(iter(members.values()))


def _fill(machine: Machine, thing: Thing, given: list[Value], named: Named, span: Span) -> None:
    model = is_model(thing.klass)
    error = INVALID if model else lineage_of("TypeError")
    fields = _fields(thing.klass)
    rest = named.get("**")
    for (name, _), value in zip(fields.items(), given, strict=False):
        thing.fields[name] = value
    for name, (node, owner) in fields.items():
        alias = _alias(node) or name
        if name in named or alias in named:
            value = named.get(name, named.get(alias, NONE))
            thing.fields[name] = coerced(machine, owner.scope, node.annotation, value, span) if model else value
            if model and not _is_within(node, thing.fields[name]):
                raise Raised(error, span, library=True)
        elif isinstance(rest, Data):
            thing.fields[name] = rest.child(name, span)
        elif (found := _of_environment(machine, thing.klass, alias, span)) is not None:
            thing.fields[name] = found
        elif name not in thing.fields:
            thing.fields[name] = _default(machine, node, owner, span, error)
    unknown = set(named) - set(fields) - {"**"} - {_alias(node) for node, _ in fields.values()}
    if unknown and (not model or _forbids(thing.klass)):
        raise Raised(error, span, library=model)
    if model:
        _validators(machine, thing, span)


def _of_environment(machine: Machine, klass: Klass, name: str, span: Span) -> Value | None:
    """A field of ``pydantic_settings.BaseSettings`` that nobody gives is a variable of the same name, in any case
    (pydantic documentation, "Settings Management").  None when it is not set, and for other models."""
    if "BaseSettings" not in klass.lineage():
        return None
    config = klass.member("model_config")
    prefix = config.named.get("env_prefix") if isinstance(config, Data) else None
    text = str(prefix.data) if isinstance(prefix, Const) else ""
    variable = (text + name).upper()
    found = Data(("environment", variable), span, words_of(variable), "environment")
    if machine.faces.get(found.key) == MISSING:
        return None
    machine.touched[found.key] = found
    return found


_BOUNDS: dict[str, Callable[[float, float], bool]] = {"ge": ge, "gt": gt, "le": le, "lt": lt}


def _is_within(node: ast.AnnAssign, value: Value) -> bool:
    """Whether a known number keeps the bounds of its field: ``Field(ge=0)``, ``Annotated[float, Field(le=1)]``."""
    if not isinstance(value, Const) or isinstance(value.data, bool) or not isinstance(value.data, int | float):
        return True
    calls = [one for part in (node.annotation, node.value) if part is not None for one in ast.walk(part)]
    for call_ in (one for one in calls if isinstance(one, ast.Call)):
        for keyword in call_.keywords:
            bound = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            keeps = _BOUNDS.get(keyword.arg or "")
            if keeps is not None and isinstance(bound, int | float) and not keeps(value.data, bound):
                return False
    return True


def _alias(node: ast.AnnAssign) -> str:
    if isinstance(node.value, ast.Call):
        for keyword in node.value.keywords:
            if keyword.arg in ("alias", "validation_alias") and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return ""


def _default(machine: Machine, node: ast.AnnAssign, owner: Klass, span: Span, error: tuple[str, ...]) -> Value:
    from gradeline.facts.gate_expressions import evaluate

    if node.value is None:
        raise Raised(error, span, library=error is INVALID)
    if isinstance(node.value, ast.Call):
        name = getattr(node.value.func, "id", getattr(node.value.func, "attr", ""))
        if name in ("Field", "field", "attrib", "ib"):
            for keyword in node.value.keywords:
                if keyword.arg in ("default_factory", "factory"):
                    return call(machine, evaluate(machine, owner.scope, keyword.value), [], {}, span)
                if keyword.arg == "default":
                    return evaluate(machine, owner.scope, keyword.value)
            first = node.value.args[0] if node.value.args and name == "Field" else None
            if first is None or (isinstance(first, ast.Constant) and first.value is ...):
                raise Raised(error, span, library=error is INVALID)
            return evaluate(machine, owner.scope, first)
    return evaluate(machine, owner.scope, node.value)


def _forbids(klass: Klass) -> bool:
    """Whether unknown entries are refused: ``model_config = ConfigDict(extra="forbid")``."""
    found = klass.member("model_config")
    entries: dict[Any, Value] = {}
    if isinstance(found, Table):
        entries = found.items
    elif isinstance(found, Data):
        entries = dict(found.named)
    extra = entries.get("extra")
    return isinstance(extra, Const) and extra.data == "forbid"


def coerced(machine: Machine, scope: Scope, annotation: ast.expr | None, value: Value, span: Span) -> Value:
    """A value as the annotation wants it: nested models, lists and dictionaries of them, enumerations."""
    if annotation is None:
        return value
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value[:300], mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return value
    if isinstance(annotation, ast.BinOp):
        if isinstance(value, Const) and value.data is None:
            return value
        return coerced(machine, scope, annotation.left, value, span)
    if isinstance(annotation, ast.Subscript):
        outer = getattr(annotation.value, "id", getattr(annotation.value, "attr", ""))
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if outer in ("list", "List", "Sequence", "tuple", "Tuple", "conlist", "set", "frozenset"):
            if isinstance(value, Const) and value.data is None:
                raise Raised(INVALID, span, library=True)
            if isinstance(value, Seq):
                return Seq([coerced(machine, scope, inner[0], one, span) for one in value.items], value.kind)
        if outer in ("dict", "Dict", "Mapping") and isinstance(value, Table) and len(inner) == 2:
            return Table({key: coerced(machine, scope, inner[1], one, span) for key, one in value.items.items()},
                         value.path, value.key, value.span)  # fmt: skip
        if outer in ("Optional", "Annotated", "Union"):
            return coerced(machine, scope, inner[0], value, span)
        if outer == "Literal":
            known = [one.value for one in inner if isinstance(one, ast.Constant)]
            if isinstance(value, Const) and value.data not in known:
                raise Raised(INVALID, span, library=True)
        return value
    if isinstance(annotation, ast.Name):
        if annotation.id in ("float", "int") and isinstance(value, Const):
            return _number(annotation.id, value, span)
        found = scope.find(annotation.id)
        if isinstance(found, Klass):
            if isinstance(value, Table):
                return made(machine, found, [], {str(key): one for key, one in value.items.items()}, span)
            members = enum_members(found)
            if members and isinstance(value, Const):
                try:
                    return _member(members, value, span)
                except Raised:
                    raise Raised(INVALID, span, library=True) from None
    return value


def _number(kind: str, value: Const, span: Span) -> Value:
    if isinstance(value.data, int | float):
        return value
    try:
        data = float(str(value.data)) if kind == "float" else int(str(value.data))
    except (ValueError, OverflowError):
        raise Raised(INVALID, span, library=True) from None
    return Const(data, value.origin, value.span, value.key)


def _validators(machine: Machine, thing: Thing, span: Span) -> None:
    for name, value in list(thing.klass.scope.names.items()):
        if not isinstance(value, Func) or isinstance(value.node, ast.Lambda):
            continue
        for one in value.node.decorator_list:
            inner = one.func if isinstance(one, ast.Call) else one
            kind = getattr(inner, "id", getattr(inner, "attr", ""))
            if kind == "model_validator" and len(value.node.args.args) == 1:
                call(machine, _bound(Func(value.node, value.scope), thing), [], {}, span)
            elif kind in ("field_validator", "validator") and isinstance(one, ast.Call):
                wanted = [arg.value for arg in one.args if isinstance(arg, ast.Constant)]
                for field_name in wanted:
                    if field_name in thing.fields:
                        thing.fields[field_name] = call(
                            machine, Func(value.node, value.scope, thing.klass), [thing.fields[field_name]], {}, span
                        )
            elif kind == name:
                raise Lost(span, "what this class does cannot be followed")


def thing_method(machine: Machine, thing: Thing, name: str, span: Span) -> Value | None:
    """Methods that every model or record has."""
    if name in _DUMPS and (is_model(thing.klass) or name == "_asdict"):
        return Native(name, lambda given, named, at: Table(dict(thing.fields)))
    if name == "__class__":
        return thing.klass
    if name == "__dict__":
        return Table(dict(thing.fields))
    if name == "model_fields_set":
        return Seq([Const(key) for key in thing.fields], "set")
    return None


def class_method(klass: Klass, name: str) -> Value:
    """A method that a library gives to a class of the submission."""
    if name == "__dict__":
        return Table(dict(klass.scope.names))
    if name == "__members__":
        return Table(dict(enum_members(klass)))
    if name in ("__annotations__", "__dataclass_fields__", "model_fields", "__fields__"):
        return Table({one: Native("Field", None, {"name": Const(one)}) for one in names_of(klass)})
    if name in ("_fields", "__struct_fields__", "__match_args__"):
        return Seq([Const(one) for one in names_of(klass)], "tuple")
    return Bound(klass, name)


class Bound(Native):
    """A method that a library gives to a class of the submission."""

    __slots__ = ("klass",)

    def __init__(self, klass: Klass, name: str) -> None:
        super().__init__(name)
        self.klass = klass


def class_call(machine: Machine, bound: Bound, given: list[Value], named: Named, span: Span) -> Value:
    klass, name = bound.klass, bound.name
    source = given[0] if given else NONE
    if name in ("model_validate_json", "parse_raw"):
        from gradeline.facts.gate_files import loaded

        source = loaded(machine, source, span)
    if is_model(klass) and name in (*_VALIDATES, "model_validate_json", "parse_raw"):
        if isinstance(source, Table):
            return made(machine, klass, [], {str(key): one for key, one in source.items.items()}, span)
        if isinstance(source, Data):
            return made(machine, klass, [], {"**": source}, span)
        if isinstance(source, Thing):
            return source
        raise Raised(INVALID, span, library=True)
    from gradeline.facts.gate_library import library_call

    library = _library_of(klass)
    owner = Data((klass.node.name,), span, gathered(Const(klass.node.name)), library, (klass,))
    return library_call(machine, f"{library or klass.node.name}.{name}", [owner, *given], named, span)


def _library_of(klass: Klass) -> str:
    """The class of a library that a class is made from, also by way of another one of the submission; "" for none."""
    for base in klass.bases:
        found = base.name if isinstance(base, Lib) else _library_of(base) if isinstance(base, Klass) else ""
        if found:
            return found
    return ""
