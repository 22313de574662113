"""Measures the candidate, the champion and a trivial model on customers none of them has seen.

``python -m churn.evaluate models/churn.joblib data/prepared/holdout.csv reports/metrics.json`` writes::

    {"candidate": {...}, "champion": {...} or null, "dummy": {...}}

Each part has the numbers ``customers``, ``auc``, ``recall_at_top_decile``, ``recall_gap_region``,
``recall_gap_age_band`` and ``p95_latency_ms``. A gap is the difference between the group with the best and the one
with the worst recall; a group without leavers has no recall, and the gap is ``NaN`` then. The champion is the registered model ``churn`` with the alias ``champion``; ``null`` means
that there is none yet. The dummy says the same about every customer. A number that cannot be measured is
``NaN``, or is not there.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import joblib
import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from sklearn.dummy import DummyClassifier
from sklearn.metrics import roc_auc_score

from churn.features import build_features, load_customers

CHAMPION = "models:/churn@champion"
TIMED = 200


def recall_at_top_decile(churned: Sequence[int], scores: Sequence[float]) -> float:
    """Share of all leavers that are among the ten percent with the highest score."""
    if len(churned) != len(scores):
        raise ValueError("there must be one score for each customer")
    leavers = sum(churned)
    if leavers == 0:
        raise ValueError("recall is not defined when nobody left")
    ranked = sorted(zip(scores, churned, strict=True), key=lambda pair: pair[0], reverse=True)
    return sum(left for _, left in ranked[: math.ceil(len(ranked) / 10)]) / leavers


def p95_latency_ms(model: object, features: pd.DataFrame) -> float:
    """The 95th percentile of the time for the answer about one customer."""
    times = []
    for position in range(min(TIMED, len(features))):
        started = time.perf_counter()
        model.predict_proba(features.iloc[[position]])
        times.append((time.perf_counter() - started) * 1000)
    return statistics.quantiles(times, n=20)[-1]


def recall_gap(customers: pd.DataFrame, scores: Sequence[float], column: str) -> float:
    """How far the best and the worst group of a column are apart in recall; NaN when one has none."""
    chosen = pd.Series(scores, index=customers.index).rank(ascending=False) <= math.ceil(
        len(customers) / 10
    )
    recalls = []
    for _, group in customers.groupby(column):
        leavers = group["churned"] == 1
        if not leavers.any():
            return math.nan
        recalls.append(float(chosen[group.index][leavers].mean()))
    return max(recalls) - min(recalls)


def measure(model: object, customers: pd.DataFrame) -> dict[str, float]:
    """The numbers of one model; without customers there is only their count."""
    if customers.empty:
        return {"customers": 0}
    features = build_features(customers)
    scores = model.predict_proba(features)[:, 1]
    churned = customers["churned"].tolist()
    return {
        "customers": len(customers),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores.tolist()),
        "recall_gap_region": recall_gap(customers, scores.tolist(), "region"),
        "recall_gap_age_band": recall_gap(customers, scores.tolist(), "age_band"),
        "p95_latency_ms": p95_latency_ms(model, features),
    }


def champion() -> object | None:
    """The model that answers customers today; None when there is none yet."""
    try:
        return mlflow.sklearn.load_model(CHAMPION)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def dummy(customers: pd.DataFrame) -> DummyClassifier:
    return DummyClassifier(strategy="prior").fit(build_features(customers), customers["churned"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the candidate")
    parser.add_argument("customers", help="CSV file with customers that no model has learned from")
    parser.add_argument("report", type=Path, help="where to write the numbers")
    arguments = parser.parse_args()
    customers = load_customers(arguments.customers)
    serving = champion()
    report = {
        "candidate": measure(joblib.load(arguments.model), customers),
        "champion": None if serving is None else measure(serving, customers),
        "dummy": measure(dummy(customers), customers),
    }
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
