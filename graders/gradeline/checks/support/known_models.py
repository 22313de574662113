"""The parameter with which an exercise says how its model behaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_WORDS: Schema = {
    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}
_NUMBER: Schema = {"type": "number"}
KNOWN: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["effects"],
    "properties": {
        "effects": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "oneOf": [_NUMBER, {"type": "object", "additionalProperties": _NUMBER, "minProperties": 2}]
            },
        },
        "base": _NUMBER,
        "label": {"type": "string"},
        "uses": _WORDS,
        "segments": _WORDS,
        "groups": _WORDS,
    },
}
