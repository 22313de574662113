"""Measures a model on customers that it has never seen.

``python -m churn.evaluate models/churn.joblib data/prepared/holdout.csv reports/metrics.json`` writes::

    {"customers": 83, "auc": 0.84, "recall_at_top_decile": 0.31}

Without customers only their count is there, and a number that cannot be measured is ``NaN``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import joblib
import pandas as pd
from sklearn.metrics import roc_auc_score

from churn.features import build_features, load_customers


def recall_at_top_decile(churned: Sequence[int], scores: Sequence[float]) -> float:
    """Share of all leavers that are among the ten percent with the highest score."""
    if len(churned) != len(scores):
        raise ValueError("there must be one score for each customer")
    leavers = sum(churned)
    if leavers == 0:
        return math.nan
    ranked = sorted(zip(scores, churned, strict=True), key=lambda pair: pair[0], reverse=True)
    return sum(left for _, left in ranked[: math.ceil(len(ranked) / 10)]) / leavers


def measure(model: object, customers: pd.DataFrame) -> dict[str, float]:
    """The numbers of one model; without customers there is only their count."""
    if customers.empty:
        return {"customers": 0}
    scores = model.predict_proba(build_features(customers))[:, 1]
    churned = customers["churned"].tolist()
    return {
        "customers": len(customers),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores.tolist()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model to measure")
    parser.add_argument("customers", help="CSV file with customers that it has not learned from")
    parser.add_argument("report", type=Path, help="where to write the numbers")
    arguments = parser.parse_args()
    report = measure(joblib.load(arguments.model), load_customers(arguments.customers))
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
