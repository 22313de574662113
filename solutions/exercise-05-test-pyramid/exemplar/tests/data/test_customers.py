from pathlib import Path

import pytest

from churn.features import COLUMNS, CONTRACTS, load_customers

CUSTOMERS = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


@pytest.fixture(scope="module")
def customers():
    return load_customers(CUSTOMERS)


def test_the_export_has_the_columns_of_the_contract(customers):
    assert list(customers.columns) == COLUMNS


def test_no_value_is_missing(customers):
    assert not customers.isna().to_numpy().any()


def test_each_customer_appears_once(customers):
    assert customers["customer_id"].is_unique


@pytest.mark.parametrize(
    ("column", "low", "high"), [("tenure_months", 0, 600), ("monthly_charges", 5, 200)]
)
def test_numbers_are_of_a_plausible_size(customers, column, low, high):
    assert customers[column].between(low, high).all()


def test_labels_and_contracts_are_known(customers):
    assert set(customers["churned"]) == {0, 1}
    assert set(customers["contract"]) <= set(CONTRACTS)
