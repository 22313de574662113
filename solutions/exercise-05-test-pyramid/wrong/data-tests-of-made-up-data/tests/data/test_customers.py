import pytest

from churn.features import COLUMNS, CONTRACTS


def test_columns(two_customers):
    assert list(two_customers.columns) == COLUMNS


def test_unique(two_customers):
    assert two_customers["customer_id"].is_unique


def test_missing(two_customers):
    assert not two_customers.isna().to_numpy().any()


def test_contracts(two_customers):
    assert set(two_customers["contract"]) <= set(CONTRACTS)
