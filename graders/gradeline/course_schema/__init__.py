"""JSON Schemas of everything the course and the results are written in, and how to apply them.

``jsonschema`` is imported on first use: it costs more than grading a small submission.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from gradeline.rubric import Document, Place

SchemaName = Literal["exercise", "rubric", "expect", "result-1", "similarity-1", "study-1", "study-key-1"]
_LONGEST = 200  # characters of a value that a message may quote


def schema(name: SchemaName) -> dict[str, Any]:
    """A fresh copy of the schema, to be read, published or shown."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def problems(name: SchemaName, document: Document) -> tuple[str, ...]:
    """What is wrong with ``document``, each with file, line and value; empty when it is valid."""
    return tuple(
        f"{document.where(_place(error))}{': ' if not _place(error) else ' '}{_short(error.message)}"
        for error in sorted(_validator(name).iter_errors(document.data), key=lambda error: list(map(str, error.path)))
    )


def parameter_problems(parameters: Mapping[str, object], accepted: Mapping[str, object]) -> tuple[str, ...]:
    """What is wrong with a check's ``parameters`` by the schema the check itself publishes."""
    from jsonschema import Draft202012Validator

    found = Draft202012Validator(accepted).iter_errors(_jsonable(parameters))
    return tuple(sorted(_short(f"{'.'.join(map(str, error.path))}: {error.message}".lstrip(": ")) for error in found))


@lru_cache
def _validator(name: SchemaName) -> Any:
    from jsonschema import Draft202012Validator

    loaded = schema(name)
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


def _place(error: Any) -> Place:
    return tuple(error.absolute_path)


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST else message[: _LONGEST - 3] + "..."


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    return value
