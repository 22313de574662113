"""Python's own functions and the methods of its lists, dictionaries and texts, for values that are partly unknown."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from gradeline.readers.flows.joined import MAX_ITEMS, MAX_TEXT, formatted, join
from gradeline.readers.flows.values import Joined, Made, Method, Named, Unknown, is_plain

if TYPE_CHECKING:
    from gradeline.readers.flows.evaluator import Evaluator


def builtin(target: Named, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
    """What a function of Python itself gives."""
    name = target.name
    if name in ("str", "pathlib.Path", "os.fspath") and len(args) == 1 and isinstance(args[0], str | Joined):
        return args[0]
    if name in ("str", "int", "float", "bool") and len(args) == 1 and is_plain(args[0]):
        try:
            return {"str": str, "int": int, "float": float, "bool": bool}[name](args[0])
        except (ValueError, TypeError, OverflowError):
            return Unknown()
    if name == "range" and args and all(isinstance(one, int) and abs(one) <= 10_000 for one in args):
        try:
            return list(range(*args))[: MAX_ITEMS + 1]
        except (ValueError, TypeError):
            return Unknown()
    if name in ("list", "tuple", "sorted", "set") and len(args) == 1 and isinstance(args[0], list | tuple):
        return list(args[0])
    if name == "dict" and not args:
        return dict(kwargs)
    if name == "enumerate" and args and isinstance(args[0], list | tuple):
        return [[number, item] for number, item in enumerate(args[0])]
    if name == "zip" and args and all(isinstance(one, list | tuple) for one in args):
        return [list(items) for items in zip(*args, strict=False)]
    if name == "len" and args and isinstance(args[0], list | dict | str):
        return len(args[0])
    return Made(name, tuple(args), kwargs, node, at.module.span(node))


def method(target: Method, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
    """What a method of a known list, dictionary or text gives."""
    owner, name = target.owner, target.name
    if isinstance(owner, list):
        if name == "append" and args:
            owner.append(args[0])
        elif name == "extend" and args and isinstance(args[0], list):
            owner.extend(args[0][:MAX_TEXT])
        return None
    if isinstance(owner, dict):
        if name == "items":
            return [[key, item] for key, item in owner.items()]
        if name in ("values", "keys"):
            return list(owner.values()) if name == "values" else list(owner)
        if name == "get" and args and isinstance(args[0], str | int):
            return owner.get(args[0], args[1] if len(args) > 1 else None)
        if name == "copy":
            return dict(owner)
    if isinstance(owner, str):
        if name in ("strip", "lower", "upper", "lstrip", "rstrip") and not args:
            return getattr(owner, name)()
        if name == "join" and args and isinstance(args[0], list):
            return join(
                [part for number, item in enumerate(args[0]) for part in ((owner, item) if number else (item,))]
            )
        if name == "format":
            return formatted(owner, args, kwargs)
        if name == "split" and len(args) < 2 and all(isinstance(one, str) and one for one in args):
            return owner.split(*args)[:MAX_TEXT]
        if name == "replace" and len(args) == 2 and all(isinstance(one, str) for one in args):
            return owner.replace(*args)[:MAX_TEXT] if args[0] else owner
        return Unknown()
    if isinstance(owner, Made):
        return Made(f"{owner.name}.{name}", tuple(args), {}, node, at.module.span(node))
    return Unknown()
