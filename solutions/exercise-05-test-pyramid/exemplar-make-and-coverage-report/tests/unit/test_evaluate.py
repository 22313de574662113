import pandas as pd
import pytest

from churn.evaluate import recall_at_top_decile, recall_gap


def test_a_perfect_ranking_finds_the_only_leaver():
    assert recall_at_top_decile([1, *[0] * 9], [0.9, *[0.1] * 9]) == 1.0


def test_a_reversed_ranking_finds_nobody():
    assert recall_at_top_decile([1, *[0] * 9], [0.0, *[0.5] * 9]) == 0.0


@pytest.mark.parametrize(("churned", "scores"), [([0, 0], [0.1, 0.2]), ([], []), ([1], [0.1, 0.2])])
def test_recall_is_refused_where_it_means_nothing(churned, scores):
    with pytest.raises(ValueError, match="recall|one score"):
        recall_at_top_decile(churned, scores)


def test_the_gap_is_between_the_best_and_the_worst_group():
    churned = pd.Series([1, 1, 1, 0])
    predicted = pd.Series([1, 0, 1, 1])
    assert recall_gap(churned, predicted, pd.Series(["north", "north", "south", "west"])) == 0.5
