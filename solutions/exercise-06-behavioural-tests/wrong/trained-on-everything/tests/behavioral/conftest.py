"""What the behavioural tests share: one small model, and customers to change."""

from pathlib import Path

import pandas as pd
import pytest

from churn.features import load_customers
from churn.train import predict, train

EXPORT = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


def pytest_configure(config):
    config.addinivalue_line("markers", "capability(name): what the model must be able to do")


@pytest.fixture(scope="session")
def customers() -> pd.DataFrame:
    return load_customers(EXPORT)


@pytest.fixture(scope="session")
def model(customers):
    """Trained once, on the first 400 customers, with a fixed seed."""
    return train(customers, seed=7)


@pytest.fixture
def sample(customers) -> pd.DataFrame:
    """Other customers than those of the training; each test gets a copy of its own."""
    return customers.tail(200).copy()


@pytest.fixture
def churn(model):
    """The probability that each customer of a table leaves."""

    def ask(table: pd.DataFrame) -> pd.Series:
        return predict(model, table)

    return ask
