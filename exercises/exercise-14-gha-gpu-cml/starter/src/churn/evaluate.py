"""Measures the model on customers that it has not learned from.

``python -m churn.evaluate models/churn.json data/prepared/holdout.csv reports`` writes:

- ``metrics.json`` with the numbers ``customers``, ``auc`` and ``recall_at_top_decile``
- ``roc.png``, the ROC curve as a picture, and ``roc.csv``, its points

A number that cannot be measured ends the program, and no numbers are written.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve
from xgboost import XGBClassifier

from churn.features import build_features, load_customers

matplotlib.use("Agg")


def recall_at_top_decile(churned: Sequence[int], scores: Sequence[float]) -> float:
    """Share of all leavers that are among the ten percent with the highest score."""
    if len(churned) != len(scores):
        raise ValueError("there must be one score for each customer")
    leavers = sum(churned)
    if leavers == 0:
        raise ValueError("recall is not defined when nobody left")
    ranked = sorted(zip(scores, churned, strict=True), key=lambda pair: pair[0], reverse=True)
    return sum(left for _, left in ranked[: math.ceil(len(ranked) / 10)]) / leavers


def draw(points: pd.DataFrame, auc: float, path: Path) -> None:
    """The ROC curve as a picture."""
    axes = points.plot(x="false_positives", y="recall", legend=False, title=f"AUC {auc:.3f}")
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey")
    axes.set_xlabel("stayed, but would be called")
    axes.set_ylabel("left, and would be called")
    axes.figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model that was just trained")
    parser.add_argument("customers", help="CSV file with customers that it has not learned from")
    parser.add_argument("folder", type=Path, help="where to write the reports")
    arguments = parser.parse_args()
    model = XGBClassifier()
    model.load_model(arguments.model)
    customers = load_customers(arguments.customers)
    churned = customers["churned"].tolist()
    scores = model.predict_proba(build_features(customers))[:, 1].tolist()
    metrics = {
        "customers": len(customers),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores),
    }
    false_positives, recall, _ = roc_curve(churned, scores)
    points = pd.DataFrame({"false_positives": false_positives, "recall": recall})
    arguments.folder.mkdir(parents=True, exist_ok=True)
    points.to_csv(arguments.folder / "roc.csv", index=False)
    draw(points, metrics["auc"], arguments.folder / "roc.png")
    text = json.dumps(metrics, indent=2) + "\n"
    (arguments.folder / "metrics.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
