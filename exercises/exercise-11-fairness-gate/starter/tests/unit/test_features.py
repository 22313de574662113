import pandas as pd
import pytest

from churn.features import CONTRACTS, average_monthly_spend, build_features, load_customers


@pytest.fixture
def customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "tenure_months": [0, 10],
            "contract": ["month-to-month", "two-year"],
            "monthly_charges": [30.0, 50.0],
            "total_charges": [30.0, 480.0],
            "support_tickets_90d": [3, 0],
            "region": ["north", "south"],
            "age_band": ["18-29", "60+"],
            "churned": [1, 0],
        }
    )


def test_a_customer_of_the_first_month_has_a_finite_spend(customers):
    assert average_monthly_spend(customers).tolist() == [30.0, 48.0]


def test_each_contract_becomes_one_column(customers):
    columns = [f"contract_{contract}" for contract in CONTRACTS]
    assert build_features(customers)[columns].sum(axis=1).tolist() == [1, 1]


def test_the_answer_is_not_a_feature(customers):
    assert "churned" not in build_features(customers).columns


def test_an_export_without_a_column_is_refused(customers, tmp_path):
    path = tmp_path / "customers.csv"
    customers.drop(columns="contract").to_csv(path, index=False)
    with pytest.raises(ValueError, match="contract"):
        load_customers(path)
