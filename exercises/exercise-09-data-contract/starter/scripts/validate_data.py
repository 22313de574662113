"""Looks at the export."""

import pandas as pd

from churn.schema import schema

customers = pd.read_csv("data/raw/customers.csv")
try:
    schema.validate(customers)
except Exception as error:
    print("the data looks odd:", error)
print(f"{len(customers)} customers")
