"""Trains the churn model: ``python -m churn.train runs/2026-11-02/customers.csv``

The model goes to the folder of the export.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import build_features, load_customers, split
from churn.store import whole


def fit(customers: pd.DataFrame, seed: int = 7) -> Pipeline:
    """A scaled logistic regression on the features of ``customers``."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))
    model.fit(build_features(customers), customers["churned"])
    return model


def train(place: str) -> str:
    """Train on the export at ``place``; gives the place of the model."""
    learn_from, _ = split(load_customers(place))
    return whole(Path(place).with_name("model.pkl"), pickle.dumps(fit(learn_from)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="the place of the export")
    print(train(parser.parse_args().customers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
