from __future__ import annotations

import pandas as pd
import pytest

from churn.evaluate import recall_at_top_decile, recall_gap


def test_recall_of_half_of_the_leavers():
    churned = [1] + [0] * 18 + [1]
    scores = [0.99, *[0.5] * 18, 0.1]
    assert recall_at_top_decile(churned, scores) == 0.5


def test_scores_for_other_customers_are_refused():
    with pytest.raises(ValueError, match="one score"):
        recall_at_top_decile([1, 0], [0.5])


def test_nobody_left():
    with pytest.raises(ValueError, match="not defined"):
        recall_at_top_decile([0] * 10, [0.1] * 10)


def test_one_group_has_no_gap():
    gap = recall_gap(pd.Series([1, 1]), pd.Series([1, 0]), pd.Series(["a", "a"]))
    assert gap == 0.0
