"""What every check declares about itself, and the words checks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gradeline.records import field, record

Schema = Mapping[str, Any]

WORDS: Schema = {
    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}
SCENARIO: Schema = {
    "enum": ["push", "tag", "review", "merge-queue", "schedule", "manual", "release", "called", "after", "other"]
}

# What of a submission a check looks at.  A platform's files become one of these, so a check that reads
# pipelines owes stories (tests/fixtures/checks) to every platform of pipelines, and to no other.
Subject = Literal[
    "images",
    "infrastructure",
    "manifests",
    "monitoring",
    "pipelines",
    "playbooks",
    "repository",
    "scripts",
    "tests",
]


@record
class Check:
    """``code`` is the short code of the course's vocabulary (F1), ``params`` a JSON Schema for each
    parameter; ``required`` those without a default; ``reads`` the parts of the model it looks at."""

    code: str
    family: str
    params: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    reads: tuple[Subject, ...] = ("pipelines",)


def listed(words: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """One word or several, always as a tuple."""
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)
