"""Trains the churn model: ``python -m churn.train data/raw/customers.csv``."""

from __future__ import annotations

import argparse

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import build_features, load_customers


def train(customers: pd.DataFrame, seed: int = 7) -> Pipeline:
    """Fit a scaled logistic regression on the features of ``customers``."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))
    model.fit(build_features(customers), customers["churned"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customer records")
    parser.add_argument("--model", default="model.joblib", help="where to write the model")
    arguments = parser.parse_args()
    joblib.dump(train(load_customers(arguments.customers)), arguments.model)


if __name__ == "__main__":
    main()
