"""Divides the export: ``python -m churn.prepare data/raw/customers.csv data/prepared``.

Writes ``train.csv`` and ``holdout.csv`` into the folder. A customer is always on the same side, in every export: so
no model, neither the candidate nor the champion, has ever learned from a customer in ``holdout.csv``.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

from churn.features import load_customers

HELD_OUT = 4  # one customer of so many


def held_out(customer_id: str) -> bool:
    return zlib.crc32(customer_id.encode("utf-8")) % HELD_OUT == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customer records")
    parser.add_argument("folder", type=Path, help="where to write both parts")
    arguments = parser.parse_args()
    customers = load_customers(arguments.customers)
    unseen = customers["customer_id"].map(held_out)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    customers[~unseen].to_csv(arguments.folder / "train.csv", index=False)
    customers[unseen].to_csv(arguments.folder / "holdout.csv", index=False)


if __name__ == "__main__":
    main()
