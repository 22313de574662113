"""Trains the model: ``python -m churn.train data/prepared/train.csv models/churn.joblib``.

Parameters of the section ``train``: ``c``, ``max_iter`` and ``seed``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import build_features, load_customers
from churn.settings import add_parameters, parameter


def train(customers: pd.DataFrame, c: float, max_iter: int, seed: int) -> Pipeline:
    """Fit a scaled logistic regression on the features of ``customers``."""
    learner = LogisticRegression(C=c, max_iter=max_iter, random_state=seed)
    model = make_pipeline(StandardScaler(), learner)
    model.fit(build_features(customers), customers["churned"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("model", type=Path, help="where to write the model")
    add_parameters(parser, "c", "max_iter", "seed")
    arguments = parser.parse_args()
    model = train(
        load_customers(arguments.customers),
        c=parameter(arguments, "train", "c"),
        max_iter=int(parameter(arguments, "train", "max_iter")),
        seed=int(parameter(arguments, "train", "seed")),
    )
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, arguments.model)


if __name__ == "__main__":
    main()
