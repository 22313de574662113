import argparse
import time
from pathlib import Path

import pandas as pd

from churn.schema import CONTRACT, SCHEMA


class Broken(Exception):
    """The contract is broken."""


def check(path: Path, reference: Path, report: Path) -> None:
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("checking\n")
    frame = pd.read_csv(path)
    SCHEMA.validate(frame, lazy=True)
    low, high = CONTRACT["volume"]["low"], CONTRACT["volume"]["high"]
    if not low <= len(frame) <= high:
        raise Broken(f"{len(frame)} rows")
    if time.time() - path.stat().st_mtime > CONTRACT["age_in_days"] * 24 * 60 * 60:
        raise Broken("too old")
    before = pd.read_csv(reference)
    for name in ("monthly_charges", "total_charges", "tenure_months"):
        shift = abs(frame[name].mean() - before[name].mean()) / before[name].mean()
        if not shift <= CONTRACT["shift"]:
            raise Broken(f"the mean of {name} has moved by {shift:.0%}")
    report.write_text("kept\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("data/raw/customers.csv"))
    parser.add_argument("--reference", type=Path, default=Path("data/reference/customers.csv"))
    parser.add_argument("--report", type=Path, default=Path("reports/contract.txt"))
    arguments = parser.parse_args()
    check(arguments.data, arguments.reference, arguments.report)
