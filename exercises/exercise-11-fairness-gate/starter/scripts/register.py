"""Registers the candidate: ``python scripts/register.py models/churn.joblib --commit "$GITHUB_SHA"``

It becomes a version of the registered model ``churn`` with the alias ``challenger``.
"""

from __future__ import annotations

import argparse
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
    parser.add_argument("--commit", required=True, help="the commit that it was made from")
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        sys.exit("MLFLOW_TRACKING_URI is not set: which server keeps the model?")
    with mlflow.start_run(tags={"git_commit": arguments.commit}):
        info = mlflow.sklearn.log_model(
            joblib.load(arguments.model), name="model", registered_model_name=MODEL
        )
    version = str(info.registered_model_version)
    MlflowClient().set_registered_model_alias(MODEL, "challenger", version)
    print(f"registered {MODEL} version {version} as challenger")
    return 0


if __name__ == "__main__":
    sys.exit(main())
