"""The numbers the business rule looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

AUC_MINIMUM = 0.82
RECALL_GAP_MAXIMUM = 0.10


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
