from pathlib import Path

import pytest

from churn.features import load_customers

CUSTOMERS = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


@pytest.fixture(scope="module")
def customers():
    return load_customers(CUSTOMERS)


def test_there_are_customers(customers):
    assert customers is not None


def test_there_are_columns(customers):
    assert len(customers.columns) >= 0


def test_there_are_labels(customers):
    assert customers["churned"] is not None


def test_there_are_contracts(customers):
    assert hasattr(customers, "contract")
