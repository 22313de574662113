"""The parameter with which an exercise says how its model behaves."""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Schema

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
        "uses": WORDS,
        "segments": WORDS,
        "groups": WORDS,
    },
}
