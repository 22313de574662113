"""Types of variables: conversion of a value to what its variable says, with defaults of optional attributes.

Terraform documentation, "Type Constraints".
"""

from __future__ import annotations

from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.readers.terraform.evaluate import Evaluator, Scope
from gradeline.readers.terraform.functions import call
from gradeline.readers.terraform.values import Unknown, as_text, items, table, truth
from gradeline.syntax.hcl_nodes import Call, Expression, Literal, Name, ObjectOf

MAX_DEPTH = 12
_LISTS = frozenset({"list", "set", "tuple"})


def converted(value: Value, kind: Expression | None, evaluator: Evaluator, scope: Scope, depth: int = 0) -> Value:
    """``value`` as the type says; as it is where it does not fit or the type says nothing."""
    if kind is None or depth > MAX_DEPTH or (isinstance(value, Plain) and value.data is None):
        return value
    try:
        if isinstance(kind, Name):
            return _scalar(value, kind.name)
        if isinstance(kind, Call) and kind.arguments:
            return _collection(value, kind, evaluator, scope, depth + 1)
    except Unknown:
        return value
    return value


def _scalar(value: Value, name: str) -> Value:
    if not isinstance(value, Plain):
        return value
    if name == "string":
        return Plain(value.span, as_text(value.data))
    if name == "number" and isinstance(value.data, str):
        return call("tonumber", value.span, [value])
    if name == "bool" and isinstance(value.data, str):
        known = truth(value)
        return value if known is None else Plain(value.span, known)
    return value


def _collection(value: Value, kind: Call, evaluator: Evaluator, scope: Scope, depth: int) -> Value:
    inner = kind.arguments[0]
    if kind.name == "optional":
        return converted(value, inner, evaluator, scope, depth)
    if kind.name == "object" and isinstance(inner, ObjectOf) and isinstance(value, Table):
        return _object(value, inner, evaluator, scope, depth)
    if kind.name == "map" and isinstance(value, Table):
        entries = {key: converted(one, inner, evaluator, scope, depth) for key, one in value.entries.items()}
        return table(value.span, entries, value.places)
    if kind.name in _LISTS and isinstance(value, Items) and kind.name != "tuple":
        found = items(value.span, [converted(one, inner, evaluator, scope, depth) for one in value.items])
        return call("toset", value.span, [found]) if kind.name == "set" else found
    return value


def _object(value: Table, kind: ObjectOf, evaluator: Evaluator, scope: Scope, depth: int) -> Value:
    entries = dict(value.entries)
    for key, wanted in kind.entries:
        if not isinstance(key, Literal):
            continue
        name = as_text(key.value)
        if name in entries:
            entries[name] = converted(entries[name], wanted, evaluator, scope, depth)
        elif isinstance(wanted, Call) and wanted.name == "optional":
            given = wanted.arguments[1:2]
            default = evaluator.value(given[0], scope) if given else Plain(key.span, None)
            entries[name] = converted(default, wanted.arguments[0], evaluator, scope, depth)
    return table(value.span, entries, value.places)
