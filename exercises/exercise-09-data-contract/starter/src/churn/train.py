"""Trains the model::

    python -m churn.train data/raw/customers.csv models/churn.joblib --checked reports/validation.json

``--checked`` is the report of ``scripts/validate_data.py``. Without one there is no training.
"""

from __future__ import annotations

import argparse
import sys
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("model", type=Path, help="where to write the model")
    parser.add_argument("--checked", type=Path, help="the report of the data check")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.checked is not None and not arguments.checked.exists():
        sys.exit(f"{arguments.checked} is not there: was the data checked?")
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(train(load_customers(arguments.customers), arguments.seed), arguments.model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
