"""The chain of a gradebook: each statement's digest covers the statement and all that was said before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

BEGIN = "0" * 64  # what comes before the first statement


def link(before: str, entry: int, time: str, author: str, kind: str, statement: Mapping[str, object]) -> str:
    """The digest of one statement.  ``statement`` is its row without the number, as plain data."""
    said = json.dumps([before, entry, time, author, kind, dict(statement)], sort_keys=True, ensure_ascii=True)
    return sha256(said.encode("ascii")).hexdigest()


def digest(data: str) -> str:
    """The name of a content."""
    return sha256(data.encode("utf-8")).hexdigest()
