from pathlib import Path

import pytest

from churn.features import COLUMNS, CONTRACTS, load_customers

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def customers():
    here = Path(__file__).parent
    return load_customers(here.parent / "data" / "raw" / "customers.csv")


def test_columns(customers):
    assert set(COLUMNS) == set(customers.columns)


def test_nothing_is_missing(customers):
    assert customers.isnull().sum().sum() == 0


def test_ids_are_unique(customers):
    assert customers["customer_id"].nunique() == len(customers)


def test_contracts(customers):
    unknown = set(customers["contract"].unique()) - set(CONTRACTS)
    assert not unknown


def test_ranges(customers):
    assert customers["monthly_charges"].min() >= 5
    assert customers["monthly_charges"].max() <= 200
    assert (customers["tenure_months"] >= 0).all()


def test_labels(customers):
    assert sorted(customers["churned"].unique()) == [0, 1]
