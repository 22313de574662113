"""Checks the export against the contract and writes ``reports/validation.json``; ends with 1 when it breaks it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
import yaml

from churn.schema import broken, drifted

EXPORT = Path("data/raw/customers.csv")
REPORT = Path("reports/validation.json")


def main() -> int:
    contract = yaml.safe_load(Path("config/data_contract.yaml").read_text(encoding="utf-8"))
    frame = pd.read_csv(EXPORT)
    problems = list(broken(frame, contract))
    if not problems:
        problems += drifted(frame, pd.read_csv("data/reference/customers.csv"), contract)
    days = (time.time() - EXPORT.stat().st_mtime) / 86_400
    if days > contract["max_age_days"]:
        problems.append(f"age: {days:.0f} days")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"rows": len(frame), "problems": problems}), encoding="utf-8")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
