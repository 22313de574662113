import pandas as pd
import pytest

from churn.evaluate import recall_at_top_decile, recall_gap


def test_a_perfect_ranking_finds_the_only_leaver():
    scores = [0.9, *[0.1] * 9]
    assert recall_at_top_decile([1, *[0] * 9], scores) == 1.0


def test_a_reversed_ranking_finds_nobody():
    scores = [0.0, *[0.5] * 9]
    assert recall_at_top_decile([1, *[0] * 9], scores) == 0.0


def test_recall_needs_somebody_who_left():
    with pytest.raises(ValueError, match="nobody left"):
        recall_at_top_decile([0, 0], [0.1, 0.2])


def test_the_gap_compares_the_groups_that_had_leavers():
    churned = pd.Series([1, 1, 1, 0])
    predicted = pd.Series([1, 0, 1, 1])
    region = pd.Series(["north", "north", "south", "west"])
    assert recall_gap(churned, predicted, region) == 0.5
