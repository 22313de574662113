"""What every model of churn has to do, tried on a model that learns from the small sample."""

from pathlib import Path

import pytest

from churn.features import build_features, load_customers
from churn.train import train

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "customers.csv"


@pytest.fixture(scope="module")
def customers():
    return load_customers(SAMPLE)


@pytest.fixture(scope="module")
def model(customers):
    return train(customers, c=1.0, max_iter=1000, seed=7)


def test_more_tickets_never_lower_the_risk(model, customers):
    calm = customers.assign(support_tickets_90d=0)
    angry = customers.assign(support_tickets_90d=9)
    before = model.predict_proba(build_features(calm))[:, 1]
    after = model.predict_proba(build_features(angry))[:, 1]
    assert (after >= before).all()


def test_the_region_does_not_change_the_answer(model, customers):
    moved = customers.assign(region="north")
    before = model.predict_proba(build_features(customers))[:, 1]
    after = model.predict_proba(build_features(moved))[:, 1]
    assert (before == after).all()


def test_each_answer_is_a_probability(model, customers):
    answers = model.predict_proba(build_features(customers))[:, 1]
    assert ((answers >= 0) & (answers <= 1)).all()
