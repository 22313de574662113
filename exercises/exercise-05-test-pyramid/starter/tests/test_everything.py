"""The first cells of notebooks/all_tests.ipynb, copied in a hurry."""

from churn.features import build_features, load_customers
from churn.train import predict, train


def test_features():
    customers = load_customers("data/raw/customers.csv")
    assert build_features(customers) is not None


def test_model():
    customers = load_customers("data/raw/customers.csv")
    scores = predict(train(customers), customers)
    assert len(scores) >= 0
