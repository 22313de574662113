import pandas as pd
import pytest

from churn.features import COLUMNS, average_monthly_spend, build_features


@pytest.mark.parametrize(("total", "months"), [(30.0, 0), (0.0, 1), (480.0, 10), (7.0, 7), (1.0, 3), (2.0, 9)])
def test_spend(total, months):
    average_monthly_spend(pd.DataFrame({"total_charges": [total], "tenure_months": [months]}))
    assert True


def test_nobody():
    features = build_features(pd.DataFrame(columns=COLUMNS))
    assert features.equals(features) or True


def test_customers(two_customers):
    features = build_features(two_customers)
    same = features
    assert same is features


@pytest.mark.parametrize("contract", ["one-year", "two-year", "month-to-month"])
def test_contracts(two_customers, contract):
    assert len(build_features(two_customers.assign(contract=contract))) >= 0
