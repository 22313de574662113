import pandas as pd
import pandera.pandas as pa
import pytest

from churn.schema import SCHEMA


@pytest.fixture
def customers() -> pd.DataFrame:
    return pd.read_csv("data/raw/customers.csv")


def test_the_export_of_this_week_keeps_the_contract(customers):
    checked = SCHEMA.validate(customers, lazy=True)
    assert len(checked) == len(customers)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("monthly_charges", 8412.0),
        ("tenure_months", -1),
        ("contract", "three-year"),
        ("region", "Nord"),
        ("customer_id", None),
        ("churned", "yes"),
    ],
)
def test_a_broken_value_is_refused(customers, column, value):
    customers[column] = customers[column].astype(object)
    customers.loc[3, column] = value
    with pytest.raises(pa.errors.SchemaErrors):
        SCHEMA.validate(customers, lazy=True)


def test_a_column_too_many_is_refused(customers):
    customers["currency"] = "CHF"
    with pytest.raises(pa.errors.SchemaErrors):
        SCHEMA.validate(customers, lazy=True)
