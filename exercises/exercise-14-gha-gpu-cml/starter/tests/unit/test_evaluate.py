import pytest

from churn.evaluate import recall_at_top_decile


def test_a_perfect_ranking_finds_the_only_leaver():
    scores = [0.9, *[0.1] * 9]
    assert recall_at_top_decile([1, *[0] * 9], scores) == 1.0


def test_recall_needs_somebody_who_left():
    with pytest.raises(ValueError, match="nobody left"):
        recall_at_top_decile([0, 0], [0.1, 0.2])
