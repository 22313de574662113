"""Does the export keep its contract? ``python -m churn.validate runs/2026-11-02/customers.csv``

Every broken rule is named, and then it fails.
"""

from __future__ import annotations

import argparse
import sys

import pandas as pd

from churn.features import CONTRACTS, load_customers

FEWEST_ROWS = 200


class ContractBroken(Exception):
    """The export must not be learned from."""


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
    if set(customers["churned"]) != {0, 1}:
        broken.append("there must be customers who left and customers who stayed, and nothing else")
    return broken


def validate(place: str) -> str:
    """Fail when the export at ``place`` breaks its contract; otherwise give its place on."""
    broken = broken_rules(load_customers(place))
    if broken:
        raise ContractBroken("; ".join(broken))
    return place


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="the place of the export")
    try:
        validate(parser.parse_args().customers)
    except ContractBroken as problem:
        print(f"data contract: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
