"""Registers the candidate:  ``python scripts/register.py models/churn.joblib --alias challenger``

It becomes a version of the registered model ``churn`` with what ``models/card.json`` says about it, and the alias
points at it from then on. The alias ``champion`` is the model that answers customers.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import joblib
import mlflow
from mlflow import MlflowClient

MODEL = "churn"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model to register")
    parser.add_argument("--alias", required=True, choices=("challenger", "champion"))
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        sys.exit("MLFLOW_TRACKING_URI is not set: which server keeps the model?")
    card = json.loads((arguments.model.parent / "card.json").read_text(encoding="utf-8"))
    params = card.pop("params")
    with mlflow.start_run(tags={name: str(value) for name, value in card.items()}):
        mlflow.log_params(params)
        info = mlflow.sklearn.log_model(
            joblib.load(arguments.model), name="model", registered_model_name=MODEL
        )
    version = str(info.registered_model_version)
    client = MlflowClient()
    for name, value in card.items():
        client.set_model_version_tag(MODEL, version, name, str(value))
    client.set_registered_model_alias(MODEL, arguments.alias, version)
    print(f"registered {MODEL} version {version} as {arguments.alias}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
