from pathlib import Path

import pytest

from churn.features import COLUMNS, CONTRACTS, load_customers

CUSTOMERS = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


@pytest.fixture(scope="module")
def customers():
    return load_customers(CUSTOMERS)


def test_the_export_has_the_columns_of_the_contract(customers):
    assert list(customers.columns) == COLUMNS


def test_each_customer_appears_once(customers):
    assert customers["customer_id"].is_unique


def test_no_value_is_missing(customers):
    assert not customers.isna().to_numpy().any()


def test_contracts_are_known(customers):
    assert set(customers["contract"]) <= set(CONTRACTS)


def test_charges_are_in_euros_of_a_plausible_size(customers):
    assert customers["monthly_charges"].between(5, 200).all()


def test_both_outcomes_occur(customers):
    assert set(customers["churned"]) == {0, 1}
