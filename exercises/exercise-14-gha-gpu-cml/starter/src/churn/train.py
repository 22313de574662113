"""Trains the model: ``python -m churn.train data/prepared/train.csv models/churn.json``.

Parameters of the section ``train``: ``trees``, ``depth``, ``rate`` and ``seed``.  It learns on what
``CHURN_DEVICE`` names: ``cuda`` for a graphics card, or ``cpu``.  Without it, a card is used when
there is one.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import pandas as pd
from xgboost import XGBClassifier

from churn.features import build_features, load_customers
from churn.settings import add_parameters, parameter


def device() -> str:
    """Where to learn: what was asked for, else the graphics card when its driver is there."""
    return os.environ.get("CHURN_DEVICE") or ("cuda" if shutil.which("nvidia-smi") else "cpu")


def train(customers: pd.DataFrame, trees: int, depth: int, rate: float, seed: int) -> XGBClassifier:
    """Fit boosted trees on the features of ``customers``."""
    model = XGBClassifier(
        n_estimators=trees, max_depth=depth, learning_rate=rate, random_state=seed, device=device()
    )
    return model.fit(build_features(customers), customers["churned"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("model", type=Path, help="where to write the model")
    add_parameters(parser, "trees", "depth", "rate", "seed")
    arguments = parser.parse_args()
    model = train(
        load_customers(arguments.customers),
        trees=int(parameter(arguments, "train", "trees")),
        depth=int(parameter(arguments, "train", "depth")),
        rate=parameter(arguments, "train", "rate"),
        seed=int(parameter(arguments, "train", "seed")),
    )
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    model.save_model(arguments.model)


if __name__ == "__main__":
    main()
