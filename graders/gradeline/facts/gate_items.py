"""Attributes, entries and members of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gradeline.facts.gate_enums import Member, enum_members
from gradeline.facts.gate_state import Lost, Machine, Raised, derived
from gradeline.facts.gate_values import (
    EMPTY,
    MISSING,
    NONE,
    Const,
    Data,
    Expr,
    Func,
    Klass,
    Lib,
    ModuleValue,
    Native,
    Opened,
    Seq,
    Table,
    Thing,
    Value,
    as_data,
    gathered,
    label,
    lineage_of,
    shortened,
)
from gradeline.facts.http_statuses import status_of
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.known_values import Held

SCALARS = frozenset(
    {
        "mean", "max", "min", "sum", "count", "nunique", "std", "median", "quantile", "item", "all", "any", "empty",
        "shape", "size", "is_unique", "difference", "ratio", "overall", "group_min", "group_max",
        "is_monotonic_increasing", "hasnans", "dtype",
    }
)  # fmt: skip


def held(value: Value) -> Held | None:
    """A thing of a trial whose content is known."""
    return cast("Held", value) if value.is_held else None


REPRESENTATIVES = 2  # entries that stand for all those of a collection from outside
MAX_ITEMS = 5000


def attribute(machine: Machine, holder: Value, name: str, span: Span) -> Value:
    if isinstance(holder, Lib):
        if holder.name == "sys" and name == "argv" and machine.arguments is not None and None not in machine.arguments:
            words = [
                Const(word, "argument", span)
                for word in (machine.main.path if machine.main else "", *machine.arguments)
            ]
            return Seq([*words])
        return _of_library(holder, name)
    if isinstance(holder, ModuleValue):
        return _of_module(machine, holder, name, span)
    if isinstance(holder, Thing):
        return _of_thing(machine, holder, name, span)
    if isinstance(holder, Klass):
        found = enum_members(holder).get(name) or holder.member(name)
        if found is not None:
            return _bound(found, holder)
        return _of_class(holder, name)
    if isinstance(holder, Data):
        return entry(machine, holder, name, span, "AttributeError")
    if machine.world is not None and (known := held(holder)) is not None:
        return known.attribute(machine, name, span)
    if machine.service is not None and name in ("encode", "decode") and isinstance(holder, Table):
        return Native(name, lambda given, named, at: holder)  # json.dumps(…).encode() and back
    if machine.exact and isinstance(holder, Seq):
        from gradeline.facts.gate_arrays import Array
        from gradeline.facts.gate_arrays import attribute as of_array

        if isinstance(holder, Array) and (found := of_array(machine, holder, name, span)) is not None:
            return found
        from gradeline.facts.gate_statistics import Results

        if isinstance(holder, Results) and (answer := holder.named(name)) is not None:
            return answer
    if isinstance(holder, Native):
        if name in holder.state:
            return holder.state[name]
        if holder.name == "Namespace":
            raise Raised(lineage_of("AttributeError"), span)
        from gradeline.facts.gate_methods import native_method

        return native_method(machine, holder, name)
    if isinstance(holder, Member) and (known_part := _of_member(machine, holder, name, span)) is not None:
        return known_part
    if isinstance(holder, Const) and holder.data is None:
        raise Raised(lineage_of("AttributeError"), span)
    if name == "value" and isinstance(holder, Const) and type(holder.data) is int:
        return holder  # http.HTTPStatus.OK.value
    from gradeline.facts.gate_methods import method_of

    return method_of(machine, holder, name, span)


def _of_member(machine: Machine, holder: Member, name: str, span: Span) -> Value | None:
    if name in ("value", "_value_"):
        return holder.plain()
    if name in ("name", "_name_"):
        return Const(holder.name)
    found = holder.klass.member(name)
    if isinstance(found, Func) and _is_property(found):
        from gradeline.facts.gate_calls import call

        return call(machine, Func(found.node, found.scope, holder), [], {}, span)
    if isinstance(found, Func):
        return Func(found.node, found.scope, holder)
    if not holder.alike:
        raise Raised(lineage_of("AttributeError"), span)
    return None


def _of_library(holder: Lib, name: str) -> Value:
    full = f"{holder.name}.{name}"
    if full == "sys.version_info":
        return Seq([Const(3), Const(12), Const(0)], "tuple")
    constants: dict[str, object] = {
        "math.nan": float("nan"), "math.inf": float("inf"), "numpy.nan": float("nan"), "numpy.inf": float("inf"),
        "math.pi": 3.141592653589793, "os.sep": "/",
    }  # fmt: skip
    if full in constants:
        return Const(constants[full])
    status = status_of(full)
    return Const(status) if status is not None else Lib(full)


def _of_module(machine: Machine, holder: ModuleValue, name: str, span: Span) -> Value:
    if name in holder.scope.names:
        return holder.scope.names[name]
    module = holder.scope.module
    package = module.folder if module.path.endswith("__init__.py") else module.path.removesuffix(".py")
    inner = package.removeprefix("src/").replace("/", ".")
    found = machine.code.module(f"{inner}.{name}")
    if found is None:
        raise Lost(span, f"where {name} comes from cannot be seen")
    from gradeline.facts.gate_machine import globals_of

    return ModuleValue(globals_of(machine, found))


def _of_thing(machine: Machine, holder: Thing, name: str, span: Span) -> Value:
    if name in holder.fields:
        return holder.fields[name]
    found = holder.klass.member(name)
    if found is not None:
        if isinstance(found, Func) and _is_property(found):
            from gradeline.facts.gate_calls import call

            return call(machine, Func(found.node, found.scope, holder), [], {}, span)
        return _bound(found, holder)
    from gradeline.facts.gate_classes import thing_method

    known = thing_method(machine, holder, name, span)
    if known is not None:
        return known
    if machine.world is not None and name.startswith("assert"):
        from gradeline.facts.test_trials import assertion

        method = assertion(machine, name, span)
        if method is not None:
            return method
    if any(isinstance(base, Lib | Data) for base in holder.klass.bases):
        return Data((holder.klass.node.name, name), span, gathered(holder))
    node = holder.klass.node
    if node.keywords or node.decorator_list or holder.klass.member("__getattr__") is not None:
        raise Lost(span, f"where {name} comes from cannot be seen")
    raise Raised(lineage_of("AttributeError"), span)


def _is_property(found: Func) -> bool:
    import ast

    names = {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "")
             for one in getattr(found.node, "decorator_list", ())}  # fmt: skip
    return bool(names & {"property", "cached_property", "computed_field"})


def _bound(found: Value, owner: Value) -> Value:
    import ast

    if not isinstance(found, Func):
        return found
    names = {getattr(one, "id", getattr(one, "attr", "")) for one in getattr(found.node, "decorator_list", ())}
    if "staticmethod" in names or isinstance(found.node, ast.Lambda):
        return found
    if "classmethod" in names or isinstance(owner, Thing):
        kept = owner.klass if "classmethod" in names and isinstance(owner, Thing) else owner
        return Func(found.node, found.scope, kept)
    return found


def _of_class(holder: Klass, name: str) -> Value:
    if name == "__name__":
        return Const(holder.node.name)
    from gradeline.facts.gate_classes import class_method

    return class_method(holder, name)


def entry(machine: Machine, holder: Data, name: str, span: Span, error: str) -> Value:
    """What is inside something from outside under a name."""
    face = machine.faces.get(holder.key, "")
    if holder.key in machine.faces and face is None:
        raise Raised(lineage_of("TypeError" if error == "KeyError" else "AttributeError"), span)
    child = holder.child(name, span)
    if holder.call in ("table", "compared") and name in SCALARS:
        child.call = ""
    machine.touched[child.key] = child
    if child.key in machine.faces:
        if machine.faces[child.key] == MISSING:
            raise Raised(lineage_of(error), span)
        if machine.faces[child.key] is None:
            return NONE
    return child


def item(machine: Machine, holder: Value, key: Value, span: Span) -> Value:
    """``holder[key]``"""
    if machine.world is not None and (known := held(holder)) is not None:
        return known.item(machine, key, span)
    if isinstance(holder, Data):
        part = entry(machine, holder, _key_text(key), span, "KeyError")
        if isinstance(part, Data) and isinstance(key, Data | Seq):
            part.given = (key,)  # rows and columns are chosen by it
        return part
    if isinstance(holder, Table):
        if not isinstance(key, Const):
            if holder.items and all(isinstance(one, Const) for one in holder.items.values()):
                return next(iter(holder.items.values()))
            return Data(("computed", f"line {span.line}"), span, gathered(holder, key))
        if key.data in holder.items:
            return holder.items[key.data]
        if holder.rest is not None:
            return entry(machine, holder.rest, _key_text(key), span, "KeyError")
        if holder.factory is not None:
            from gradeline.facts.gate_calls import call

            holder.items[key.data] = call(machine, holder.factory, [], {}, span)
            return holder.items[key.data]
        raise Raised(lineage_of("KeyError"), span, key)
    if isinstance(holder, Seq):
        return _of_sequence(holder, key, span)
    if isinstance(holder, Const) and isinstance(holder.data, str):
        if isinstance(key, Seq) and key.kind == "slice":
            return derived(holder.data[_slice(key)], holder)
        if isinstance(key, Const) and isinstance(key.data, int):
            if -len(holder.data) <= key.data < len(holder.data):
                return derived(holder.data[key.data], holder)
            raise Raised(lineage_of("IndexError"), span)
    if isinstance(holder, Klass):
        members = enum_members(holder)
        if isinstance(key, Const) and key.data in members:
            return members[str(key.data)]
        return holder  # a generic type
    if isinstance(holder, Thing):
        found = holder.klass.member("__getitem__")
        if found is not None:
            from gradeline.facts.gate_calls import call

            return call(machine, _bound(found, holder), [key], {}, span)
    if isinstance(holder, Lib):
        if holder.name == "sys.argv":
            return _argument(machine, key, span)
        if holder.name == "os.environ":
            if machine.service is not None:
                return machine.service.environment(_key_text(key), None, span)
            return Data(("environment", _key_text(key)), span, gathered(key), "environment")
        return holder
    raise Raised(lineage_of("TypeError"), span)


def _argument(machine: Machine, key: Value, span: Span) -> Value:
    words = machine.arguments
    if isinstance(key, Const) and isinstance(key.data, int) and words is not None:
        every = ("script", *words)
        if not -len(every) <= key.data < len(every):
            raise Raised(lineage_of("IndexError"), span)
        word = every[key.data]
        if word is not None:
            return Const(word, "argument", span)
    if isinstance(key, Seq) and key.kind == "slice" and words is not None and None not in words:
        return Seq([Const(word, "argument", span) for word in ("script", *words)[_slice(key)]])
    return Data(("argument", _key_text(key)), span, frozenset(), "argument")


def _of_sequence(holder: Seq, key: Value, span: Span) -> Value:
    if isinstance(key, Seq) and key.kind == "slice":
        return Seq(holder.items[_slice(key)], holder.kind)
    if isinstance(key, Const) and isinstance(key.data, int):
        if -len(holder.items) <= key.data < len(holder.items):
            return holder.items[key.data]
        raise Raised(lineage_of("IndexError"), span)
    if isinstance(key, Expr | Data):
        if not holder.items:
            raise Raised(lineage_of("IndexError"), span)
        return holder.items[0]
    raise Raised(lineage_of("TypeError"), span)


def _slice(key: Seq) -> slice:
    parts = [one.data if isinstance(one, Const) and isinstance(one.data, int) else None for one in key.items]
    if parts[2] == 0:
        parts[2] = None
    return slice(*parts)


def _key_text(key: Value) -> str:
    if isinstance(key, Const):
        return str(key.data)[:120]
    if isinstance(key, Data):
        return f"[{shortened('.'.join(key.key), 118)}]"
    if isinstance(key, Seq):
        return "[" + ",".join(_key_text(one) for one in key.items[:6]) + "]"
    return "[…]"


def _file_behind(given: tuple[Value, ...], depth: int = 0) -> str:
    """The file of the repository that a library was given the contents of; "" for none."""
    for one in given:
        inner: tuple[Value, ...] = ()
        if isinstance(one, Table):
            if one.path:
                return one.path
            inner = tuple(one.items.values())
        elif isinstance(one, Seq):
            inner = tuple(one.items)
        if inner and depth < 3 and (found := _file_behind(inner[:8], depth + 1)):
            return found
    return ""


def items_of(machine: Machine, value: Value, span: Span) -> list[Value]:
    """What a loop over a value goes through."""
    value = as_data(value, span)
    if isinstance(value, Seq):
        return value.items[:MAX_ITEMS]
    if machine.world is not None and (known := held(value)) is not None:
        return known.items(machine, span)
    if isinstance(value, Table):
        own: list[Value] = [Const(key, "derived") for key in list(value.items)[:MAX_ITEMS]]
        return own if value.rest is None else own + items_of(machine, value.rest, span)
    if isinstance(value, Const):
        if isinstance(value.data, str):
            return [derived(letter, value) for letter in value.data[:200]]
        raise Raised(lineage_of("TypeError"), span)
    if isinstance(value, Data):
        face = machine.faces.get(value.key)
        if value.key in machine.faces and face is None:
            raise Raised(lineage_of("TypeError"), span)
        if machine.unfollowed is None and value.source is None and (path := _file_behind(value.given)):
            machine.unfollowed = span, f"what {value.key[0].partition('(')[0]}() makes of {path} cannot be followed"
        if machine.empty or face == EMPTY:
            return []
        return [value.child(f"[{number}]", span) for number in range(1, REPRESENTATIVES + 1)]
    if isinstance(value, Klass):
        return list(enum_members(value).values())
    if isinstance(value, Opened):
        return [Data(("line", f"line {span.line}"), span, gathered(value.path), "", (value,))]
    if isinstance(value, Thing):
        found = value.klass.member("__iter__")
        if found is not None:
            from gradeline.facts.gate_calls import call

            return items_of(machine, call(machine, _bound(found, value), [], {}, span), span)
    raise Lost(span, "what this goes through cannot be seen")


_TOLD = frozenset({"aliases", "metadata", "description"})  # attributes by which an outer thing is told something


def set_attribute(machine: Machine, holder: Value, name: str, value: Value, span: Span) -> None:
    if isinstance(holder, Thing):
        holder.fields[name] = value
        label(value, name)
    elif isinstance(holder, Native):
        holder.state[name] = value
    elif isinstance(holder, Klass):
        holder.scope.names[name] = value
    elif isinstance(holder, Data) and name in _TOLD and holder.call:
        done = Data((*holder.key, f"{name}=")[-12:], span, holder.words, f"{holder.call}.{name}=", (value,))
        done.source = holder
        machine.calls.append(done)
    elif isinstance(holder, Lib) and (holder.name, name) == ("sys", "excepthook") and machine.service is not None:
        raise Lost(span, "what happens after an error is changed")


def set_item(machine: Machine, holder: Value, key: Value, value: Value, span: Span) -> None:
    if machine.world is not None and (known := held(holder)) is not None:
        known.set_item(machine, key, value, span)
    elif isinstance(holder, Table):
        holder.items[key.data if isinstance(key, Const) else _key_text(key)] = value
        label(value, key.data if isinstance(key, Const) else "")
    elif (
        isinstance(holder, Seq)
        and isinstance(key, Const)
        and isinstance(key.data, int)
        and -len(holder.items) <= key.data < len(holder.items)
    ):
        holder.items[key.data] = value


def unpacked(machine: Machine, value: Value, count: int, starred: int | None, span: Span) -> list[Value]:
    """The parts of a value for ``count`` names, the one at ``starred`` taking the rest."""
    if isinstance(value, Data):
        names = [f"[{number}]" for number in range(count)]
        last = value.call.rpartition(".")[2]
        if last == "train_test_split" or (last == "split" and value.call.startswith("sklearn.") and count == 2):
            names = [f"[{number}:{'train' if number % 2 == 0 else 'test'}]" for number in range(count)]
        if value.key and value.key[-1] in ("items()", "iterrows()"):
            names = ["key", "value"][:count] if count <= 2 else names
        return [value.child(name, span) for name in names]
    items = items_of(machine, value, span)
    if starred is not None:
        after = count - starred - 1
        rest = items[starred : len(items) - after]
        if len(items) < count - 1:
            raise Raised(lineage_of("ValueError"), span)
        return [*items[:starred], Seq(list(rest)), *items[len(items) - after :]]
    if len(items) != count:
        raise Raised(lineage_of("ValueError"), span)
    return list(items)


def call_named(machine: Machine, holder: Value, name: str, span: Span) -> Value | None:
    """The answer of a method that the submission defines for a class of its own; None for others."""
    if isinstance(holder, Thing) and (found := holder.klass.member(name)) is not None:
        from gradeline.facts.gate_calls import call

        return call(machine, _bound(found, holder), [], {}, span)
    return None
