"""Divides the export: ``python -m churn.prepare data/raw/customers.csv data/prepared``.

Writes ``train.csv`` and ``test.csv`` into the folder. No model ever learns from a customer in ``test.csv``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from churn.features import load_customers

TEST_SHARE = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customer records")
    parser.add_argument("folder", type=Path, help="where to write both parts")
    parser.add_argument("--seed", type=int, default=7, help="which customers are drawn")
    arguments = parser.parse_args()
    customers = load_customers(arguments.customers)
    test = customers.groupby("churned").sample(frac=TEST_SHARE, random_state=arguments.seed)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    customers.drop(test.index).to_csv(arguments.folder / "train.csv", index=False)
    test.sort_index().to_csv(arguments.folder / "test.csv", index=False)


if __name__ == "__main__":
    main()
