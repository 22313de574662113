import math

import pytest

from churn.evaluate import recall_at_top_decile


def test_a_perfect_ranking_finds_the_only_leaver():
    scores = [0.9, *[0.1] * 9]
    assert recall_at_top_decile([1, *[0] * 9], scores) == 1.0


def test_without_leavers_there_is_no_recall():
    assert math.isnan(recall_at_top_decile([0, 0], [0.1, 0.2]))


def test_each_customer_has_one_score():
    with pytest.raises(ValueError, match="one score"):
        recall_at_top_decile([0, 1], [0.1])
