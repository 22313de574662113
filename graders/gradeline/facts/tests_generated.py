"""Tests whose cases are made from the schema of a service."""

from __future__ import annotations

import ast

from gradeline.model.code import Function, Module

# What makes a schema of a service, and of one that runs in the same process (Schemathesis documentation, "Loading
# schemas", 3 and 4).
_SCHEMAS = tuple(f"schemathesis.{place}from_" for place in ("", "openapi.", "graphql.", "pytest."))
_IN_PROCESS = ("asgi", "wsgi", "aiohttp", "app")
# A test that a schema parametrizes runs for every operation, each time with many made-up questions.
GENERATED = 20


def generated(module: Module, test: Function) -> frozenset[str] | None:
    """The labels of the argument ``case`` of a test that the whole schema of a service parametrizes; None for others.

    A schema that was narrowed (``schema.include(...)``, ``schema["/predict"]``) is not the whole one.
    """
    for one in test.decorator_list:
        made = one.func if isinstance(one, ast.Call) else None
        if not (isinstance(made, ast.Attribute) and made.attr == "parametrize" and isinstance(made.value, ast.Name)):
            continue
        schema = module.constant(made.value.id)
        full = module.full(schema.func) if isinstance(schema, ast.Call) else ""
        if full.startswith(_SCHEMAS):
            near = {"near"} if full.rpartition("from_")[2] in _IN_PROCESS else set()
            return frozenset({"contract", "client", *near})
    return None
