"""Tests whose cases are made from the schema of a service.

Schemathesis documentation, "Loading schemas", "Filtering API operations" (``include`` and ``exclude`` with ``path``,
``method``, ``name`` as ``POST /predict``, ``tag``, ``operation_id``, regular expressions and functions; a schema gives
the operations of a path by ``schema["/predict"]``, and one of them by a further ``["POST"]``).
"""

from __future__ import annotations

import ast

from gradeline.model.code import Function, Module
from gradeline.records import record

# What makes a schema of a service, and of one that runs in the same process (3 and 4).
_SCHEMAS = tuple(f"schemathesis.{place}from_" for place in ("", "openapi.", "graphql.", "pytest."))
_IN_PROCESS = ("asgi", "wsgi", "aiohttp", "app")
# A test that a schema parametrizes runs for every operation, each time with many made-up questions.
GENERATED = 20
_LAYERS = 12
_ASKED = frozenset({"GET", "POST"})
WHOLE, LEFT_OUT, OPEN = "schema", "except:", "schema?"


@record
class _Part:
    """Which paths of a schema are asked: ``only`` these (None: all of them) without ``gone``.  ``known`` False: some
    condition about operations is not understood."""

    only: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()
    known: bool = True


def generated(module: Module, test: Function) -> frozenset[str] | None:
    """The labels of the argument ``case`` of a test that the schema of a service parametrizes; None for others.

    ``schema``: the whole of it, without the paths of ``except:``.  A schema that was narrowed to some paths has
    ``ask:`` labels instead, and ``schema?`` when it cannot be told to which.
    """
    for one in test.decorator_list:
        made = one.func if isinstance(one, ast.Call) else None
        if not (isinstance(made, ast.Attribute) and made.attr == "parametrize"):
            continue
        full, part = _schema(module, made.value)
        if full.startswith(_SCHEMAS):
            assert isinstance(one, ast.Call)
            part = _filtered(module, part, one, "include")
            near = {"near"} if full.rpartition("from_")[2] in _IN_PROCESS else set()
            return frozenset({"contract", "client", *near, *_labels(part)})
    return None


def _labels(part: _Part) -> set[str]:
    if not part.known:
        return {OPEN}
    if part.only is None:
        return {WHOLE, *(f"{LEFT_OUT}{path}" for path in part.gone)}
    return {f"ask:{path}" for path in part.only - part.gone}


def _schema(module: Module, node: ast.expr) -> tuple[str, _Part]:
    """The function that a schema is loaded with, and the part of it that an expression means."""
    part = _Part()
    for _ in range(_LAYERS):
        if isinstance(node, ast.Name):
            value = module.constant(node.id)
            if value is None:
                break
            node = value
        elif isinstance(node, ast.Subscript):
            (text,) = _texts(module, node.slice) or ("",)
            if text.startswith("/"):
                part = _only(part, frozenset({_path(text)}))
            elif text.upper() not in _ASKED:
                part = _Part(part.only, part.gone, False)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILTERS:
            part = _filtered(module, part, node, node.func.attr)
            node = node.func.value
        elif isinstance(node, ast.Call):
            return module.full(node.func), part
        else:
            break
    return "", part


_FILTERS = ("include", "exclude")


def _only(part: _Part, paths: frozenset[str]) -> _Part:
    return _Part(paths if part.only is None else part.only & paths, part.gone, part.known)


def _filtered(module: Module, part: _Part, call: ast.Call, kind: str) -> _Part:
    """A part with the conditions of a call; those of one call have to be true together.

    Which methods a path has is in the schema.  Questions are asked with ``GET`` and ``POST``; others do not count.
    """
    given = {word.arg: _texts(module, word.value) for word in call.keywords}
    if not given and not call.args:
        return part
    paths, names, methods = given.pop("path", None), given.pop("name", None), given.pop("method", None)
    if names is not None and paths is None and all(" " in name for name in names):
        pairs = [name.partition(" ") for name in names]
        methods, paths, names = tuple(one for one, _, _ in pairs), tuple(one for _, _, one in pairs), None
    if given or call.args or names is not None or (paths is None and methods is None):
        return _Part(part.only, part.gone, False)
    asked = methods is None or bool({one.upper() for one in methods} & _ASKED)
    if not asked:
        return _only(part, frozenset()) if kind == "include" else part
    if paths is None:
        return _Part(part.only, part.gone, False)
    found = frozenset(_path(path) for path in paths)
    return _only(part, found) if kind == "include" else _Part(part.only, part.gone | found, part.known)


def _texts(module: Module, node: ast.expr) -> tuple[str, ...] | None:
    """The texts of a constant or of a list of them."""
    if isinstance(node, ast.Name):
        node = module.constant(node.id) or node
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    found = [one.value for one in items if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return tuple(found) if len(found) == len(items) and found else None


def _path(text: str) -> str:
    return "/" + text.strip("/")
