from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from churn.features import (
    COLUMNS,
    CONTRACTS,
    average_monthly_spend,
    build_features,
    load_customers,
)


class TestAverageMonthlySpend:
    @pytest.mark.parametrize(
        ("tenure", "total", "expected"),
        [
            pytest.param(10, 480.0, 48.0, id="ten months"),
            pytest.param(1, 30.0, 30.0, id="first month is over"),
            pytest.param(0, 30.0, 30.0, id="still in the first month"),
            pytest.param(24, 0.0, 0.0, id="never paid"),
        ],
    )
    def test_it_is_the_total_over_the_months(self, make_customers, tenure, total, expected):
        customers = make_customers({"tenure_months": tenure, "total_charges": total})
        assert average_monthly_spend(customers).item() == pytest.approx(expected)

    def test_the_index_stays(self, make_customers):
        customers = make_customers({}, {}).set_index(pd.Index([7, 3]))
        expected = pd.Series([40.0, 40.0], index=[7, 3])
        assert_series_equal(average_monthly_spend(customers), expected, check_names=False)


class TestBuildFeatures:
    @pytest.mark.parametrize("contract", CONTRACTS)
    def test_one_column_for_the_contract_is_set(self, make_customers, contract):
        row = build_features(make_customers({"contract": contract})).iloc[0]
        assert {name: row[f"contract_{name}"] for name in CONTRACTS} == {
            name: int(name == contract) for name in CONTRACTS
        }

    def test_an_unknown_contract_sets_no_column(self, make_customers):
        features = build_features(make_customers({"contract": "prepaid"}))
        assert features.filter(like="contract_").to_numpy().sum() == 0

    def test_nobody_gives_no_rows_but_all_columns(self, make_customers):
        features = build_features(make_customers().head(0))
        assert features.shape == (0, 4 + len(CONTRACTS))

    @pytest.mark.parametrize("column", ["churned", "customer_id", "region", "age_band"])
    def test_the_model_does_not_see(self, make_customers, column):
        assert column not in build_features(make_customers())


class TestLoadCustomers:
    @pytest.mark.parametrize("missing", COLUMNS)
    def test_a_missing_column_is_named(self, make_customers, tmp_path, missing):
        path = tmp_path / "export.csv"
        make_customers().drop(columns=missing).to_csv(path, index=False)
        with pytest.raises(ValueError, match=missing):
            load_customers(path)
