"""May this export be used?  ``python scripts/validate_data.py``

Writes ``reports/validation.json``. The exit status is 1 when the export breaks its contract.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import yaml
from scipy.stats import ks_2samp

from churn.schema import schema

EXPORT = Path("data/raw/customers.csv")
REFERENCE = Path("data/reference/customers.csv")
REPORT = Path("notes/validation.json")


def broken_rules(customers: pd.DataFrame, contract: dict) -> list[str]:
    """All rules that the columns and values break, by name; no values of customers."""
    try:
        schema(contract).validate(customers, lazy=True)
    except pa.errors.SchemaErrors as error:
        return sorted(set(error.failure_cases["check"].astype(str)))
    return []


def volume(customers: pd.DataFrame, contract: dict) -> list[str]:
    rows = contract["rows"]
    if rows["min"] <= len(customers) <= rows["max"]:
        return []
    return [f"there are {len(customers)} customers"]


def freshness(contract: dict) -> list[str]:
    days = (time.time() - EXPORT.stat().st_mtime) / 86400
    return [] if days <= contract["days"] else [f"the export is {days:.0f} days old"]


def drift(customers: pd.DataFrame, contract: dict) -> list[str]:
    reference = pd.read_csv(REFERENCE)
    found = []
    for name in contract["drift"]["columns"]:
        distance = ks_2samp(reference[name], customers[name]).statistic
        if not distance <= contract["drift"]["bound"]:
            found.append(f"{name} is {distance:.2f} away from the reference")
    return found


def main() -> int:
    contract = yaml.safe_load(Path("config/data_contract.yaml").read_text(encoding="utf-8"))
    customers = pd.read_csv(EXPORT)
    found = broken_rules(customers, contract)
    found += volume(customers, contract) + freshness(contract)
    if not found:
        found = drift(customers, contract)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"version": contract["version"], "broken": found}, indent=2))
    for rule in found:
        print(f"data contract: {rule}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
