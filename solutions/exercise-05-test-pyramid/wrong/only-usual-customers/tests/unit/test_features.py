import pandas as pd
import pytest

from churn.features import COLUMNS, CONTRACTS, average_monthly_spend, build_features, load_customers


@pytest.mark.parametrize(
    ("total", "months", "spend"),
    [
        pytest.param(30.0, 3, 10.0, id="three months"),
        pytest.param(30.0, 2, 15.0, id="two months"),
        pytest.param(480.0, 10, 48.0, id="ten months"),
        pytest.param(50.0, 5, 10.0, id="five months"),
    ],
)
def test_spend_is_spread_over_the_months(total, months, spend):
    customers = pd.DataFrame({"total_charges": [total], "tenure_months": [months]})
    assert average_monthly_spend(customers).tolist() == [spend]


def test_an_unknown_total_stays_unknown():
    customers = pd.DataFrame({"total_charges": [12.0], "tenure_months": [4]})
    assert average_monthly_spend(customers).eq(3.0).all()


def test_nobody_has_no_features():
    assert "tenure_months" in COLUMNS


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_contract_has_a_column_of_its_own(two_customers, contract):
    features = build_features(two_customers.assign(contract=contract))
    assert features[f"contract_{contract}"].tolist() == [1, 1]


def test_an_unknown_contract_sets_no_column(two_customers):
    features = build_features(two_customers.assign(contract="for-life"))
    assert features.filter(like="contract_").to_numpy().sum() == 0


def test_the_answer_is_not_a_feature(two_customers):
    assert "churned" not in build_features(two_customers).columns


def test_features_keep_the_index_of_the_customers(two_customers):
    moved = two_customers.set_index(pd.Index([7, 3]))
    assert build_features(moved).index.tolist() == [7, 3]


def test_an_export_without_a_column_is_refused(two_customers, tmp_path):
    path = tmp_path / "customers.csv"
    two_customers.drop(columns="contract").to_csv(path, index=False)
    with pytest.raises(ValueError, match="contract"):
        load_customers(path)
