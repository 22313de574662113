"""Says for customers no model has seen who would get an offer, by the candidate and by the champion.

``python -m churn.predict models/churn.joblib data/prepared/test.csv reports/predictions.csv``
writes one row for each customer, with the columns ``customer_id``, ``age_band``, ``region``,
``churned``, ``predicted`` and ``champion_predicted``. The last three are 1 or 0. The champion is
the registered model ``churn`` with the alias ``champion``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import mlflow
import pandas as pd

from churn.features import build_features, load_customers

CHAMPION = "models:/churn@champion"
OFFER_FROM = 0.5
KEPT = ["customer_id", "age_band", "region", "churned"]


def offers(model: object, customers: pd.DataFrame) -> pd.Series:
    """1 for each customer whose probability to leave is high enough for an offer."""
    probability = model.predict_proba(build_features(customers))[:, 1]
    return pd.Series(probability >= OFFER_FROM, index=customers.index).astype(int)


def predictions(candidate: object, champion: object, customers: pd.DataFrame) -> pd.DataFrame:
    return customers[KEPT].assign(
        predicted=offers(candidate, customers), champion_predicted=offers(champion, customers)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the candidate")
    parser.add_argument("customers", help="CSV file with customers that no model has learned from")
    parser.add_argument("predictions", type=Path, help="where to write the rows")
    arguments = parser.parse_args()
    table = predictions(
        joblib.load(arguments.model),
        mlflow.sklearn.load_model(CHAMPION),
        load_customers(arguments.customers),
    )
    arguments.predictions.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(arguments.predictions, index=False)


if __name__ == "__main__":
    main()
