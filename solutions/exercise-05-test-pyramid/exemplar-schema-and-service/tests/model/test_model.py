from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from churn.evaluate import AUC_MINIMUM
from churn.train import predict, train


@pytest.fixture(scope="module")
def split(export):
    return train_test_split(export, test_size=0.25, random_state=7, stratify=export["churned"])


@pytest.fixture(scope="module")
def model(split):
    return train(split[0])


def test_scores_are_probabilities(model, split):
    scores = predict(model, split[1])
    assert scores.between(0, 1).all()


def test_it_ranks_unseen_customers_well_enough(model, split):
    unseen = split[1]
    assert roc_auc_score(unseen["churned"], predict(model, unseen)) >= AUC_MINIMUM


def test_the_same_data_gives_the_same_model(split):
    first, second = train(split[0], seed=3), train(split[0], seed=3)
    np.testing.assert_allclose(predict(first, split[1]), predict(second, split[1]))


def test_the_order_of_the_customers_does_not_matter(model, split):
    shuffled = split[1].sample(frac=1, random_state=1)
    assert predict(model, shuffled).sort_index().equals(predict(model, split[1]).sort_index())


def test_more_tickets_never_lower_the_risk(model, split):
    happy = split[1].assign(support_tickets_90d=0)
    angry = split[1].assign(support_tickets_90d=9)
    assert (predict(model, angry) >= predict(model, happy)).all()
