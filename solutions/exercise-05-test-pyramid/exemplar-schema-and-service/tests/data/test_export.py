from __future__ import annotations

import pandera.pandas as pa
import pytest

from churn.features import COLUMNS, CONTRACTS


class Export(pa.DataFrameModel):
    """What the CRM promises."""

    customer_id: str = pa.Field(unique=True, str_matches=r"^C\d{5}$")
    tenure_months: int = pa.Field(ge=0, le=600)
    contract: str = pa.Field(isin=CONTRACTS)
    monthly_charges: float = pa.Field(ge=5, le=200)
    total_charges: float = pa.Field(ge=0)
    support_tickets_90d: int = pa.Field(ge=0, le=100)
    region: str
    age_band: str
    churned: int = pa.Field(isin=[0, 1])

    class Config:
        strict = True
        ordered = True


def test_the_export_keeps_its_contract(export):
    assert len(Export.validate(export, lazy=True)) == len(export)


def test_the_columns_are_those_of_the_package(export):
    assert export.columns.tolist() == COLUMNS


@pytest.mark.parametrize("column", COLUMNS)
def test_no_value_is_missing(export, column):
    assert export[column].notna().all()


def test_each_customer_is_there_once(export):
    assert not export["customer_id"].duplicated().any()


def test_between_five_and_fifty_percent_left(export):
    assert 0.05 < export["churned"].mean() < 0.5
