"""What the behavioural tests share: one small model, and customers to change."""

from pathlib import Path

import numpy as np
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


class Half:
    def predict_proba(self, table):
        return np.full((len(table), 2), 0.5)


@pytest.fixture(scope="session")
def model():
    return Half()


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
