from __future__ import annotations

import pandera.pandas as pa
import pytest

from churn.features import COLUMNS, CONTRACTS

SCHEMA = pa.DataFrameSchema(
    {
        "customer_id": pa.Column(str, pa.Check.str_matches(r"^C\d{5}$"), unique=True),
        "tenure_months": pa.Column(int, pa.Check.in_range(0, 600)),
        "contract": pa.Column(str, pa.Check.isin(CONTRACTS)),
        "monthly_charges": pa.Column(float, pa.Check.in_range(5, 200)),
        "total_charges": pa.Column(float, pa.Check.ge(0)),
        "support_tickets_90d": pa.Column(int, pa.Check.in_range(0, 100)),
        "region": pa.Column(str),
        "age_band": pa.Column(str),
        "churned": pa.Column(int, pa.Check.isin([0, 1])),
    },
    strict=True,
    ordered=True,
)


def test_the_export_keeps_its_contract(export):
    assert len(SCHEMA.validate(export, lazy=True)) == len(export)


def test_the_columns_are_those_of_the_package(export):
    assert export.columns.tolist() == COLUMNS


@pytest.mark.parametrize("column", COLUMNS)
def test_no_value_is_missing(export, column):
    assert export[column].notna().all()


def test_each_customer_is_there_once(export):
    assert not export["customer_id"].duplicated().any()


def test_between_five_and_fifty_percent_left(export):
    assert 0.05 < export["churned"].mean() < 0.5
