"""Fetches a report of the collector, which counts what both models did, and checks its shape."""

from __future__ import annotations

import json
import os
from pathlib import Path

import requests


def fetch(name: str, keys: set[str], path: Path) -> None:
    answer = requests.get(f"{os.environ['CHURN_COLLECTOR_URL']}/{name}", timeout=30)
    answer.raise_for_status()
    report = answer.json()
    missing = keys - set(report)
    if missing:
        raise SystemExit(f"the report {name} has no {sorted(missing)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
