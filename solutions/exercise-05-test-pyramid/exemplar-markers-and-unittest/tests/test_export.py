from pathlib import Path

import pandera.pandas as pa
import pytest

from churn.features import CONTRACTS, load_customers

pytestmark = pytest.mark.data
EXPORT = Path(__file__).resolve().parent.parent.joinpath("data", "raw", "customers.csv")
SCHEMA = pa.DataFrameSchema(
    {
        "customer_id": pa.Column(str, unique=True),
        "tenure_months": pa.Column(int, pa.Check.in_range(0, 600)),
        "contract": pa.Column(str, pa.Check.isin(CONTRACTS)),
        "monthly_charges": pa.Column(float, pa.Check.in_range(5, 200)),
        "churned": pa.Column(int, pa.Check.isin([0, 1])),
    }
)


@pytest.fixture(scope="session")
def export():
    return load_customers(EXPORT)


def test_the_export_follows_the_schema(export):
    SCHEMA.validate(export, lazy=True)


@pytest.mark.parametrize("column", ["customer_id", "contract", "total_charges", "churned"])
def test_nothing_is_missing(export, column):
    assert export[column].notna().all()
