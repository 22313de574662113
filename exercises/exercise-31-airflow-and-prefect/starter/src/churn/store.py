"""Where the files of a run lie: one folder for each day, below ``CHURN_STORE``."""

from __future__ import annotations

import os
from pathlib import Path


def folder_of(day: str) -> Path:
    """The folder of the run for ``day`` (``2026-11-02``); it is made when it is not there."""
    year, month, rest = day[:10].split("-")
    folder = Path(os.environ.get("CHURN_STORE", "runs")) / f"{year}-{month}-{rest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def whole(path: Path, content: bytes) -> str:
    """Write a file as a whole, so that a second try replaces it; gives its place."""
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(content)
    half.replace(path)
    return str(path)
