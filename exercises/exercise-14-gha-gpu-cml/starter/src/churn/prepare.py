"""Divides the export: ``python -m churn.prepare data/raw/customers.csv data/prepared``.

Writes ``train.csv`` and ``holdout.csv`` into the folder.  Parameters of the section ``prepare``:
``test_share``, the part of the customers that the model never sees, and ``seed``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from churn.features import load_customers
from churn.settings import add_parameters, parameter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customer records")
    parser.add_argument("folder", type=Path, help="where to write both parts")
    add_parameters(parser, "test_share", "seed")
    arguments = parser.parse_args()
    share = parameter(arguments, "prepare", "test_share")
    seed = int(parameter(arguments, "prepare", "seed"))
    if not 0 < share < 1:
        raise SystemExit(f"test_share must lie between 0 and 1, and is {share}")
    customers = load_customers(arguments.customers)
    holdout = customers.groupby("churned").sample(frac=share, random_state=seed)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    customers.drop(holdout.index).to_csv(arguments.folder / "train.csv", index=False)
    holdout.sort_index().to_csv(arguments.folder / "holdout.csv", index=False)


if __name__ == "__main__":
    main()
