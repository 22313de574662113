import pytest

from churn.features import load_customers
from churn.train import train


@pytest.fixture
def model():
    return train(load_customers("data/raw/customers.csv"))
