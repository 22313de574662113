"""Measures a model on customers it has never seen.

``python -m churn.evaluate models/model.joblib data/prepared/test.csv reports/metrics.json reports/roc.csv``
writes the numbers of the business rule, and the points of the ROC curve.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import joblib
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve

from churn.features import build_features, load_customers


def recall_at_top_decile(churned: Sequence[int], scores: Sequence[float]) -> float:
    """Share of all leavers that are among the ten percent with the highest score."""
    if len(churned) != len(scores):
        raise ValueError("there must be one score for each customer")
    leavers = sum(churned)
    if leavers == 0:
        raise ValueError("recall is not defined when nobody left")
    ranked = sorted(zip(scores, churned, strict=True), key=lambda pair: pair[0], reverse=True)
    return sum(left for _, left in ranked[: math.ceil(len(ranked) / 10)]) / leavers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model to measure")
    parser.add_argument("customers", help="CSV file with customers the model has never seen")
    parser.add_argument("metrics", type=Path, help="where to write the numbers")
    parser.add_argument("curve", type=Path, help="where to write the points of the ROC curve")
    arguments = parser.parse_args()
    customers = load_customers(arguments.customers)
    scores = joblib.load(arguments.model).predict_proba(build_features(customers))[:, 1]
    churned = customers["churned"].tolist()
    metrics = {
        "customers": len(customers),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores.tolist()),
    }
    false_alarms, found, _ = roc_curve(churned, scores)
    for path in (arguments.metrics, arguments.curve):
        path.parent.mkdir(parents=True, exist_ok=True)
    arguments.metrics.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    points = pd.DataFrame({"false_alarms": false_alarms, "found": found})
    points.to_csv(arguments.curve, index=False)


if __name__ == "__main__":
    main()
