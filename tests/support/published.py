"""Whether a published schema says exactly what a program writes: it holds, and every field is in it, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Set
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator

from gradeline.course_schema import SchemaName, schema


def validator(name: SchemaName) -> Any:
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name))


def unfit(name: SchemaName, data: Any, free: Set[str] = frozenset()) -> list[str]:
    """What is wrong: problems of ``data``, and fields that may be lacking or added without anybody noticing.

    ``free`` are the keys under which names are keys, such as those of raters.
    """
    known = validator(name)
    found = [f"{error.json_path}: {error.message}" for error in known.iter_errors(data)]
    for path in _objects(data, ()):
        if path and path[-1] in free:
            continue
        changed = deepcopy(data)
        target: Any = changed
        for part in path:
            target = target[part]
        target["not in the schema"] = 1
        if known.is_valid(changed):
            found.append(f"{path}: takes any field")
        del target["not in the schema"]
        for key in list(target):
            kept = target.pop(key)
            if known.is_valid(changed):
                found.append(f"{path}: {key} may be lacking")
            target[key] = kept
    return found


def _objects(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(data, dict):
        yield path
        for key, value in data.items():
            yield from _objects(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data[:3]):
            yield from _objects(value, (*path, place))
