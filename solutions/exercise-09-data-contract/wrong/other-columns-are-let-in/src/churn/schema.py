"""The schema of the export, built from the contract."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa


def total_fits(customers: pd.DataFrame) -> pd.Series:
    """Whoever has been there for a month has paid a month."""
    return (customers["tenure_months"] == 0) | (customers["total_charges"] >= customers["monthly_charges"])


def column(rules: dict) -> pa.Column:
    checks = []
    if "values" in rules:
        checks.append(pa.Check.isin(rules["values"]))
    if "min" in rules:
        checks.append(pa.Check.in_range(rules["min"], rules["max"]))
    return pa.Column(rules["dtype"], checks, nullable=False, unique=rules.get("unique", False), coerce=False)


def schema(contract: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {name: column(rules) for name, rules in contract["columns"].items()},
        checks=[pa.Check(total_fits, error="total_charges is below one month")],
        coerce=False,
    )
