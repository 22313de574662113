"""Trains the churn model: ``python -m churn.train --data customers.csv --model model.joblib``

The customers that ``churn.evaluate`` measures with are not learned from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import build_features, load_customers, split


def train(customers: pd.DataFrame, seed: int = 7) -> Pipeline:
    """Fit a scaled logistic regression on the features of ``customers``."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))
    model.fit(build_features(customers), customers["churned"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the customer records, as CSV")
    parser.add_argument("--model", type=Path, required=True, help="where the model goes")
    arguments = parser.parse_args()
    learn_from, _ = split(load_customers(arguments.data))
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(train(learn_from), arguments.model)
    print(f"trained on {len(learn_from)} customers")


if __name__ == "__main__":
    main()
