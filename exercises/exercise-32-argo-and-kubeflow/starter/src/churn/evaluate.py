"""Measures a model: ``python -m churn.evaluate --data d.csv --model m.joblib --metrics m.json``

Only customers count that the model has never seen.
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
from sklearn.pipeline import Pipeline

from churn.features import build_features, load_customers, split


def recall_at_top_decile(churned: Sequence[int], scores: Sequence[float]) -> float:
    """Share of all leavers that are among the ten percent with the highest score."""
    if len(churned) != len(scores):
        raise ValueError("there must be one score for each customer")
    leavers = sum(churned)
    if leavers == 0:
        raise ValueError("recall is not defined when nobody left")
    ranked = sorted(zip(scores, churned, strict=True), key=lambda pair: pair[0], reverse=True)
    top = ranked[: math.ceil(len(ranked) / 10)]
    return sum(left for _, left in top) / leavers


def recall_gap(churned: pd.Series, predicted: pd.Series, group: pd.Series) -> float:
    """Difference between the best and the worst recall of the groups that had leavers."""
    leavers = churned == 1
    recalls = predicted[leavers].groupby(group[leavers]).mean()
    return float(recalls.max() - recalls.min())


def evaluate(model: Pipeline, customers: pd.DataFrame) -> dict[str, float]:
    """The numbers of a model on customers it has never seen."""
    scores = model.predict_proba(build_features(customers))[:, 1]
    churned = customers["churned"].tolist()
    return {
        "customers": len(customers),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores.tolist()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the customer records, as CSV")
    parser.add_argument("--model", type=Path, required=True, help="what churn.train wrote")
    parser.add_argument("--metrics", type=Path, required=True, help="where the numbers go")
    arguments = parser.parse_args()
    _, held_out = split(load_customers(arguments.data))
    numbers = evaluate(joblib.load(arguments.model), held_out)
    arguments.metrics.parent.mkdir(parents=True, exist_ok=True)
    arguments.metrics.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(numbers))


if __name__ == "__main__":
    main()
