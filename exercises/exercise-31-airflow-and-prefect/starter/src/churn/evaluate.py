"""Measures a model: ``python -m churn.evaluate runs/2026-11-02/model.pkl``

It sees the customers of the same folder that it has not learned from.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

from sklearn.metrics import roc_auc_score

from churn.features import build_features, load_customers, split
from churn.store import whole


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


def evaluate(place: str) -> str:
    """Measure the model at ``place``, which a task of this pipeline has written; gives the place of the numbers."""
    model = pickle.loads(Path(place).read_bytes())
    _, held_out = split(load_customers(Path(place).with_name("customers.csv")))
    scores = model.predict_proba(build_features(held_out))[:, 1]
    churned = held_out["churned"].tolist()
    numbers = {
        "customers": len(held_out),
        "auc": float(roc_auc_score(churned, scores)),
        "recall_at_top_decile": recall_at_top_decile(churned, scores.tolist()),
    }
    text = json.dumps(numbers, indent=2, sort_keys=True)
    return whole(Path(place).with_name("metrics.json"), text.encode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="the place of the model")
    print(evaluate(parser.parse_args().model))
    return 0


if __name__ == "__main__":
    sys.exit(main())
