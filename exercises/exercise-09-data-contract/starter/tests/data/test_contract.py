import pandas as pd

from churn.schema import schema


def test_the_export_fits():
    schema.validate(pd.read_csv("data/raw/customers.csv"))
