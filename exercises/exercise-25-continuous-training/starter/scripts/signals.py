"""What is known about the champion and the new data:  ``python scripts/signals.py data/raw/customers.csv``

Writes ``reports/signals.json``::

    {"drift_psi": 0.27, "recall_drop": 0.04, "model_age_days": 210, "new_rows": 5200,
     "data_version": "5b8f...", "trained_version": "1c09..."}

``data_version`` is the hash in ``data/raw/customers.csv.dvc``; ``trained_version`` is the one that the newest model
version of ``churn`` was made from. A value that is not known, because there is no model yet or no feedback, is null.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import pandas as pd
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

MODEL = "churn"
SIGNALS = Path("reports/signals.json")
WATCHED = ("tenure_months", "monthly_charges", "total_charges", "support_tickets_90d")
BINS = 10


def population_stability(old: pd.Series, new: pd.Series) -> float:
    """PSI of two samples over the deciles of the first; 0 when they are alike."""
    edges = sorted({old.quantile(step / BINS) for step in range(1, BINS)})
    edges = [-math.inf, *edges, math.inf]
    total = 0.0
    for low, high in zip(edges, edges[1:], strict=False):
        before = max(((old > low) & (old <= high)).mean(), 1e-4)
        now = max(((new > low) & (new <= high)).mean(), 1e-4)
        total += (now - before) * math.log(now / before)
    return total


def drift(reference: Path, new: pd.DataFrame) -> float | None:
    """The largest PSI of the watched columns; None without the data of the last training."""
    if not reference.exists():
        return None
    old = pd.read_csv(reference)
    return max(population_stability(old[name], new[name]) for name in WATCHED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", type=Path, help="the new export")
    parser.add_argument("--reference", type=Path, default=Path("data/reference/customers.csv"))
    arguments = parser.parse_args()
    customers = pd.read_csv(arguments.customers)
    tracked = yaml.safe_load(Path(f"{arguments.customers}.dvc").read_text(encoding="utf-8"))
    tags: dict[str, str] = {}
    age = None
    try:
        versions = MlflowClient().search_model_versions(f"name = '{MODEL}'")
    except MlflowException:
        versions = []
    if versions:
        newest = max(versions, key=lambda one: int(one.version))
        tags = newest.tags
        age = (time.time() - newest.creation_timestamp / 1000) / 86400
    known = int(tags["rows"]) if "rows" in tags else 0
    SIGNALS.parent.mkdir(parents=True, exist_ok=True)
    signals = {
        "drift_psi": drift(arguments.reference, customers),
        "recall_drop": float(tags["recall_drop"]) if "recall_drop" in tags else None,
        "model_age_days": age,
        "new_rows": len(customers) - known,
        "data_version": tracked["outs"][0]["md5"],
        "trained_version": tags.get("data_version"),
    }
    SIGNALS.write_text(json.dumps(signals, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(signals, indent=2))


if __name__ == "__main__":
    main()
