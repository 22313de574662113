"""What the behavioural tests share: one small model, and customers to change."""

from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from churn.features import load_customers
from churn.train import predict

EXPORT = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


def pytest_configure(config):
    config.addinivalue_line("markers", "capability(name): what the model must be able to do")


@pytest.fixture(scope="session")
def customers() -> pd.DataFrame:
    return load_customers(EXPORT)


@pytest.fixture(scope="session")
def model():
    return Mock(predict_proba=lambda table: [[0.5, 0.5]] * len(table))


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
