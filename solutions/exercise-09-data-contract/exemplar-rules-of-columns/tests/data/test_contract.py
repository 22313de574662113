from pathlib import Path

import pandas as pd
import pytest
import yaml

from churn.schema import broken, drifted

CONTRACT = yaml.safe_load(Path("config/data_contract.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def export():
    return pd.read_csv("data/raw/customers.csv")


def test_the_export_of_this_week_is_fine(export):
    assert list(broken(export, CONTRACT)) == []


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("monthly_charges", 900, "monthly_charges: above 200"),
        ("tenure_months", -1, "tenure_months: below 0"),
        ("region", "centre", "region: unknown word"),
        ("age_band", None, "age_band: empty"),
    ],
)
def test_a_wrong_value_is_refused(export, column, value, problem):
    export.loc[3, column] = value
    assert problem in list(broken(export, CONTRACT))


def test_a_customer_who_is_there_twice_is_refused(export):
    export.loc[1, "customer_id"] = export.loc[0, "customer_id"]
    assert "customer_id: twice" in list(broken(export, CONTRACT))


def test_another_currency_is_drift(export):
    changed = export.assign(monthly_charges=export["monthly_charges"] * 1.9)
    assert list(drifted(changed, export, CONTRACT))
