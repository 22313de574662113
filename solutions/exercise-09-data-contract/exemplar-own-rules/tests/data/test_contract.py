import pandas as pd
import pytest
import yaml

from churn.schema import columns, psi, values


@pytest.fixture
def contract():
    with open("config/data_contract.yaml") as file:
        return yaml.safe_load(file)


@pytest.fixture
def customers():
    return pd.read_csv("data/raw/customers.csv")


def test_good_data_breaks_nothing(customers, contract):
    assert values(customers, contract) == []
    assert columns(customers, contract) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("monthly_charges", 9999.0, "monthly_charges is out of range"),
        ("region", "Nord", "region has other words"),
        ("age_band", "90+", "age_band has other words"),
    ],
)
def test_a_bad_value_is_named(customers, contract, name, value, said):
    customers.loc[0, name] = value
    assert said in values(customers, contract)


def test_an_empty_id_is_refused(customers, contract):
    customers.loc[0, "customer_id"] = None
    assert values(customers, contract) == ["a customer is there twice, or has no id"]


def test_text_instead_of_numbers_is_refused(customers, contract):
    customers["monthly_charges"] = customers["monthly_charges"].astype(str)
    assert columns(customers, contract) == ["monthly_charges is not a number"]


def test_a_currency_that_has_changed_is_drift(customers):
    assert psi(customers["monthly_charges"], customers["monthly_charges"] * 1.6) > 0.2
