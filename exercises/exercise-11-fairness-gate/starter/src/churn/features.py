"""From raw customer records to the columns the model is trained on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

COLUMNS = [
    "customer_id",
    "tenure_months",
    "contract",
    "monthly_charges",
    "total_charges",
    "support_tickets_90d",
    "region",
    "age_band",
    "churned",
]
CONTRACTS = ["month-to-month", "one-year", "two-year"]


def load_customers(path: str | Path) -> pd.DataFrame:
    """Read the CRM export and refuse it when a column is missing."""
    customers = pd.read_csv(path)
    missing = [column for column in COLUMNS if column not in customers.columns]
    if missing:
        raise ValueError(f"the export lacks the columns {', '.join(missing)}")
    return customers


def average_monthly_spend(customers: pd.DataFrame) -> pd.Series:
    """Euros a month over the whole contract; a customer of the first month counts as one month."""
    return customers["total_charges"] / customers["tenure_months"].clip(lower=1)


def build_features(customers: pd.DataFrame) -> pd.DataFrame:
    """One row for each customer, only numbers, no column that knows the answer."""
    features = pd.DataFrame(
        {
            "tenure_months": customers["tenure_months"],
            "monthly_charges": customers["monthly_charges"],
            "support_tickets_90d": customers["support_tickets_90d"],
            "average_monthly_spend": average_monthly_spend(customers),
        },
        index=customers.index,
    )
    for contract in CONTRACTS:
        features[f"contract_{contract}"] = (customers["contract"] == contract).astype(int)
    return features
