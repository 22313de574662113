"""Does the data keep its contract?  ``python -m churn.validate data/prepared reports/validation.json``

Looks at every CSV file in the folder, and writes what it found.  The exit status is 1 when a rule is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from churn.features import CONTRACTS, load_customers

FEWEST_ROWS = 20


def broken_rules(customers: pd.DataFrame) -> list[str]:
    """What is wrong with the records, in words; empty when they keep the contract."""
    broken: list[str] = []
    if len(customers) < FEWEST_ROWS:
        broken.append(f"only {len(customers)} customers; at least {FEWEST_ROWS} are needed")
    if not customers["customer_id"].is_unique:
        broken.append("a customer appears twice")
    if customers.isna().to_numpy().any():
        broken.append("a value is missing")
    if not set(customers["contract"]) <= set(CONTRACTS):
        broken.append("a contract is not known")
    if not customers["monthly_charges"].between(5, 200).all():
        broken.append("a monthly charge is not a plausible number of euros")
    if set(customers["churned"]) != {0, 1}:
        broken.append("there must be customers who left and customers who stayed")
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with CSV files of customer records")
    parser.add_argument("report", type=Path, help="where to write what was found")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("*.csv"))
    found = {file.name: broken_rules(load_customers(file)) for file in files}
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for name, rules in found.items():
        for rule in rules:
            print(f"{name}: {rule}", file=sys.stderr)
    return 1 if not found or any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
