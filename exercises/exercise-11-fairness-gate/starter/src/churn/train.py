"""Trains the model: ``python -m churn.train data/prepared/train.csv models/churn.joblib``."""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import build_features, load_customers


def train(customers: pd.DataFrame, seed: int) -> Pipeline:
    """Fit a scaled logistic regression on the features of ``customers``."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))
    model.fit(build_features(customers), customers["churned"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("model", type=Path, help="where to write the model")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(train(load_customers(arguments.customers), arguments.seed), arguments.model)


if __name__ == "__main__":
    main()
