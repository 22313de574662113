"""May this export be used?  ``python scripts/validate_data.py data/raw/customers.csv``

Prints every rule of ``config/data_contract.yaml`` that the export breaks. The exit status is 1 when there is one.
``--sample`` leaves out the number of customers: ``data/sample/customers.csv`` holds 60 of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
import yaml

CONTRACT = Path("config/data_contract.yaml")


def problems(customers: pd.DataFrame, contract: dict, sample: bool) -> list[str]:
    """What is wrong with the export, one sentence for each rule that is broken."""
    found = []
    rows = contract["rows"]
    if not sample and not rows["min"] <= len(customers) <= rows["max"]:
        found.append(f"there are {len(customers)} customers")
    wanted = list(contract["columns"])
    if list(customers.columns) != wanted:
        return [*found, f"the columns are {list(customers.columns)}, not {wanted}"]
    if customers[contract["unique"]].duplicated().any():
        found.append(f"{contract['unique']} is there twice")
    for name, rules in contract["columns"].items():
        column = customers[name]
        if column.isna().any():
            found.append(f"{name} is empty for {int(column.isna().sum())} customers")
        if "values" in rules and not column.dropna().isin(rules["values"]).all():
            found.append(f"{name} has values that are not agreed")
        if rules["kind"] == "number":
            numbers = pd.to_numeric(column, errors="coerce")
            if not numbers.between(rules["min"], rules["max"]).all():
                found.append(f"{name} is not always a number from {rules['min']} to {rules['max']}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", type=Path, help="CSV file with the customer records")
    parser.add_argument("--sample", action="store_true", help="any number of customers will do")
    arguments = parser.parse_args()
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    found = problems(pd.read_csv(arguments.customers), contract, arguments.sample)
    for problem in found:
        print(f"data contract: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
