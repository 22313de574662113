from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pytest
import yaml

from churn.schema import schema

CONTRACT = yaml.safe_load(Path("config/data_contract.yaml").read_text())


@pytest.fixture
def customers() -> pd.DataFrame:
    return pd.read_csv("data/raw/customers.csv")


def test_the_export_of_this_week_keeps_the_contract(customers):
    checked = schema(CONTRACT).validate(customers, lazy=True)
    assert len(checked) == len(customers)


