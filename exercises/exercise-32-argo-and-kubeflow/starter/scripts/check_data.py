"""Does the export keep its contract?  ``python scripts/check_data.py --data customers.csv``

Every broken rule is printed, and then the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from churn.features import CONTRACTS, load_customers

FEWEST_ROWS = 200


def broken_rules(customers: pd.DataFrame) -> list[str]:
    """What is wrong with the export, in words; empty when it keeps its contract."""
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
    if not customers["tenure_months"].between(0, 600).all():
        broken.append("a tenure is not a plausible number of months")
    if set(customers["churned"]) != {0, 1}:
        broken.append("there must be customers who left and customers who stayed, and nothing else")
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the customer records, as CSV")
    broken = broken_rules(load_customers(parser.parse_args().data))
    for rule in broken:
        print(f"data contract: {rule}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
