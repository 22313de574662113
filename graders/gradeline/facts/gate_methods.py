"""Methods of known texts, lists, tables and open files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from gradeline.facts.gate_state import Machine, Raised, derived
from gradeline.facts.gate_values import (
    NONE,
    Const,
    Data,
    Expr,
    Native,
    Opened,
    Seq,
    Table,
    Value,
    external,
    gathered,
    lineage_of,
)
from gradeline.source import Span

Call = Callable[[list[Value], dict[str, Value], Span], Value]

_TEXT = frozenset(
    {
        "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "startswith", "endswith", "replace",
        "removeprefix", "removesuffix", "isdigit", "isidentifier", "casefold", "find", "count",
    }
)  # fmt: skip
# What a number of a library answers with itself: it may stand for a whole column here.
_OF_NUMBERS = frozenset({"item", "round", "any", "all", "sum", "max", "min", "mean", "squeeze"})
_PATHS = frozenset({"resolve", "absolute", "expanduser", "as_posix", "__str__", "open"})


def method_of(machine: Machine, holder: Value, name: str, span: Span) -> Value:
    """``holder.name`` for a known value."""
    if isinstance(holder, Seq):
        return Native(name, lambda given, named, at: _list(machine, holder, name, given, named, at))
    if isinstance(holder, Table):
        return Native(name, lambda given, named, at: _table(machine, holder, name, given, named, at))
    if isinstance(holder, Opened):
        return Native(name, lambda given, named, at: _file(machine, holder, name, given, at))
    if isinstance(holder, Expr):
        return Native(name, lambda given, named, at: holder)  # .item(), .round()
    if isinstance(holder, Const):
        if isinstance(holder.data, str):
            return _text(machine, holder, name, span)
        if isinstance(holder.data, bool | int | float):
            return Native(name, lambda given, named, at: holder if name in _OF_NUMBERS else derived(False))
    return Native(name, lambda given, named, at: Data(("computed", f"line {at.line}"), at, gathered(holder, *given)))


def native_method(machine: Machine, holder: Native, name: str) -> Value:
    if holder.call is not None and holder.name == "parser":
        return Native(name, lambda given, named, at: NONE)
    return Native(name, lambda given, named, at: NONE)


def _text(machine: Machine, holder: Const, name: str, span: Span) -> Value:
    text = str(holder.data)
    if name == "parent":
        return Const(posixpath.dirname(text) or ".", holder.origin, holder.span)
    if name == "parents":
        found, at = [], text
        for _ in range(8):
            at = posixpath.dirname(at) or "."
            found.append(Const(at, holder.origin, holder.span))
        return Seq([*found])
    if name in ("name", "stem", "suffix"):
        base = posixpath.basename(text)
        stem, dot, end = base.rpartition(".")
        return derived({"name": base, "stem": stem or base, "suffix": dot + end if stem else ""}[name], holder)
    return Native(name, lambda given, named, at: _text_method(machine, holder, name, given, named, at))


def _text_method(
    machine: Machine, holder: Const, name: str, given: list[Value], named: dict[str, Value], span: Span
) -> Value:
    from gradeline.facts.gate_files import exists, opened, read_text, write

    text = str(holder.data)
    if name in _TEXT and all(isinstance(one, Const) for one in given):
        try:
            words = [one.data for one in given if isinstance(one, Const)]
            return derived(getattr(text, name)(*words), holder)
        except TypeError:
            raise Raised(lineage_of("TypeError"), span) from None
    if name in ("read_text", "read_bytes"):
        return read_text(machine, holder, span)
    if name in ("exists", "is_file", "is_dir"):
        return exists(machine, holder, span)
    if name == "open":
        return opened(machine, holder, given[0] if given else named.get("mode", Const("r")), span)
    if name in ("write_text", "write_bytes"):
        write(machine, holder, given[0] if given else named.get("data", NONE), span)
        return NONE
    if name == "joinpath":
        parts = [str(one.data) for one in given if isinstance(one, Const)]
        return Const("/".join([text, *parts]), holder.origin, span)
    if name == "stat":
        return Data((text, "stat"), span, gathered(holder), "file")
    if name in ("resolve", "absolute", "expanduser", "as_posix", "relative_to", "encode"):
        return holder
    if name == "with_suffix" and given and isinstance(given[0], Const):
        return derived(posixpath.splitext(text)[0] + str(given[0].data), holder)
    if name in ("split", "rsplit", "splitlines", "partition", "rpartition"):
        return _split(text, name, given, holder)
    if name == "join":
        return _join(machine, text, given, span)
    if name == "format":
        return Data(
            ("text", text[:80]), span, gathered(holder, *given, *named.values()), "text", (*given, *named.values())
        )
    if name in ("mkdir", "unlink", "touch", "rename"):
        return NONE
    return Data((text[:80], name), span, gathered(holder, *given))


def _split(text: str, name: str, given: list[Value], holder: Const) -> Value:
    separator = given[0].data if given and isinstance(given[0], Const) else None
    if separator is not None and (not isinstance(separator, str) or not separator):
        return Seq([holder])
    if name == "splitlines":
        found = text.splitlines()
    elif name in ("split", "rsplit"):
        found = text.split(separator)
    else:
        found = list(getattr(text, name)(separator or " "))
    return Seq([derived(part, holder) for part in found[:2000]])


def _join(machine: Machine, text: str, given: list[Value], span: Span) -> Value:
    from gradeline.facts.gate_items import items_of

    items = items_of(machine, given[0], span) if given else []
    machine.worked(span, len(items))
    if all(isinstance(one, Const) for one in items):
        return derived(text.join(str(one.data) for one in items if isinstance(one, Const))[:4000], *items)
    return Data(("text", f"line {span.line}"), span, gathered(*items), "text", tuple(items))


def _file(machine: Machine, holder: Opened, name: str, given: list[Value], span: Span) -> Value:
    from gradeline.facts.gate_files import read_text, write

    if name in ("read", "readline"):
        return read_text(machine, holder.path, span)
    if name == "write":
        write(machine, holder.path, given[0] if given else NONE, span)
    if name == "readlines":
        return Seq([read_text(machine, holder.path, span)])
    return NONE


def _list(machine: Machine, holder: Seq, name: str, given: list[Value], named: dict[str, Value], span: Span) -> Value:
    from gradeline.facts.gate_items import items_of

    first = given[0] if given else NONE
    if name in ("append", "add", "appendleft"):
        if not (holder.kind == "set" and isinstance(first, Const) and _has(holder, first)):
            holder.items.append(first)
    elif name in ("extend", "update"):
        holder.items.extend(items_of(machine, first, span))
    elif name == "insert" and len(given) == 2:
        holder.items.insert(0, given[1])
    elif name in ("pop", "popleft"):
        if not holder.items:
            raise Raised(lineage_of("IndexError"), span)
        return holder.items.pop(0 if name == "popleft" else -1)
    elif name == "clear":
        holder.items.clear()
    elif name in ("remove", "discard") and isinstance(first, Const):
        kept = [one for one in holder.items if not (isinstance(one, Const) and one.data == first.data)]
        if len(kept) == len(holder.items) and name == "remove":
            raise Raised(lineage_of("ValueError"), span)
        holder.items[:] = kept
    elif name == "copy":
        return Seq(list(holder.items), holder.kind)
    elif name == "count":
        return derived(sum(isinstance(one, Const) and isinstance(first, Const) and one.data == first.data
                           for one in holder.items))  # fmt: skip
    elif name in ("difference", "union", "intersection", "issubset", "issuperset"):
        return _sets(machine, holder, name, first, span)
    elif name in ("mean", "max", "min", "sum"):
        from gradeline.facts.gate_builtins import reduced

        return reduced(machine, name, holder, span)
    return NONE


def _sets(machine: Machine, holder: Seq, name: str, other: Value, span: Span) -> Value:
    from gradeline.facts.gate_items import items_of

    if isinstance(other, Data) or external(holder):
        return Data(("computed", name, f"line {span.line}"), span, gathered(holder, other), "sets", (holder, other))
    items = items_of(machine, other, span)
    left = {one.data for one in holder.items if isinstance(one, Const)}
    right = {one.data for one in items if isinstance(one, Const)}
    if name == "issubset":
        return derived(left <= right)
    if name == "issuperset":
        return derived(left >= right)
    if name == "union":
        return Seq([*holder.items, *(one for one in items if not (isinstance(one, Const) and one.data in left))], "set")
    inside = name == "intersection"
    return Seq([one for one in holder.items if isinstance(one, Const) and (one.data in right) == inside], "set")


def _has(holder: Seq, first: Const) -> bool:
    return any(isinstance(one, Const) and one.data == first.data for one in holder.items)


def _table(
    machine: Machine, holder: Table, name: str, given: list[Value], named: dict[str, Value], span: Span
) -> Value:
    first = given[0] if given else NONE
    default = given[1] if len(given) > 1 else named.get("default", NONE)
    if name in ("get", "pop", "setdefault"):
        key = first.data if isinstance(first, Const) else None
        if isinstance(first, Const) and key in holder.items:
            return holder.items.pop(key) if name == "pop" else holder.items[key]
        if isinstance(first, Data) and holder.items:
            from gradeline.facts.gate_items import item

            return item(machine, holder, first, span)
        if holder.rest is not None and name == "get":
            from gradeline.facts.gate_calls import outside

            return outside(machine, holder.rest.child("get", span), given, named, span)
        if name == "pop" and len(given) < 2:
            raise Raised(lineage_of("KeyError"), span)
        if name == "setdefault":
            holder.items[key] = default
        return default
    if name == "items":
        return Seq([Seq([Const(key, "derived"), value], "tuple") for key, value in holder.items.items()])
    if name == "keys":
        return Seq([Const(key, "derived") for key in holder.items])
    if name == "values":
        return Seq(list(holder.items.values()))
    if name == "update":
        if isinstance(first, Table):
            holder.items.update(first.items)
        holder.items.update(named)
    elif name == "copy":
        copy = Table(dict(holder.items), holder.path, holder.key, holder.span)
        copy.rest, copy.factory = holder.rest, holder.factory
        return copy
    elif name == "clear":
        holder.items.clear()
    return NONE
