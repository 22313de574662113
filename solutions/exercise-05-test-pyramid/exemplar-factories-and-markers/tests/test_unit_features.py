import math

import pytest

from churn.features import CONTRACTS, average_monthly_spend, build_features, load_customers
from tests.factories import customer, frame

pytestmark = pytest.mark.unit


def test_spend_of_a_year():
    result = average_monthly_spend(frame(customer(tenure_months=12, total_charges=240.0)))
    assert result.iloc[0] == 20.0


def test_spend_in_the_first_month_is_finite():
    result = average_monthly_spend(frame(customer(tenure_months=0, total_charges=25.0)))
    assert math.isfinite(result.iloc[0])
    assert result.iloc[0] == 25.0


def test_spend_of_nobody_is_empty():
    assert average_monthly_spend(frame(customer()).iloc[:0]).empty


def test_features_have_no_answer():
    features = build_features(frame(customer(churned=1)))
    assert "churned" not in features


def test_features_keep_the_number_of_customers():
    assert len(build_features(frame(customer(), customer(), customer()))) == 3


def test_features_of_a_long_contract():
    features = build_features(frame(customer(contract="two-year")))
    assert features["contract_two-year"].tolist() == [1]
    assert features["contract_one-year"].tolist() == [0]


def test_features_of_an_unknown_contract_are_all_zero():
    features = build_features(frame(customer(contract="for ever")))
    assert sum(features[f"contract_{name}"].sum() for name in CONTRACTS) == 0


def test_tickets_go_in_as_they_are():
    assert build_features(frame(customer(support_tickets_90d=4)))["support_tickets_90d"].iloc[0] == 4


def test_a_file_without_a_column_is_refused(tmp_path):
    target = tmp_path / "half.csv"
    frame(customer()).drop(columns=["region"]).to_csv(target, index=False)
    with pytest.raises(ValueError) as error:
        load_customers(target)
    assert "region" in str(error.value)


def test_a_file_comes_back_as_it_was_written(tmp_path):
    target = tmp_path / "whole.csv"
    frame(customer(customer_id="C7")).to_csv(target, index=False)
    assert load_customers(target)["customer_id"].tolist() == ["C7"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_contract_has_a_column(name):
    assert build_features(frame(customer(contract=name)))[f"contract_{name}"].iloc[0] == 1
