"""Records a model as the challenger: ``register.py --model m.joblib --metrics m.json``

``MLFLOW_TRACKING_URI`` is the registry, ``MLFLOW_TRACKING_TOKEN`` the key for it.  Each call makes
a new version.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import joblib
import mlflow

MODEL = "churn"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="what churn.train wrote")
    parser.add_argument("--metrics", type=Path, required=True, help="what churn.evaluate wrote")
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        print("MLFLOW_TRACKING_URI is not set: which registry gets the model?", file=sys.stderr)
        return 2
    numbers = json.loads(arguments.metrics.read_text(encoding="utf-8"))
    with mlflow.start_run():
        mlflow.log_metrics({name: float(value) for name, value in numbers.items()})
        info = mlflow.sklearn.log_model(
            joblib.load(arguments.model),
            name="model",
            registered_model_name=MODEL,
            serialization_format="cloudpickle",
        )
    version = str(info.registered_model_version)
    mlflow.MlflowClient().set_registered_model_alias(MODEL, "challenger", version)
    print(f"{MODEL}@challenger is version {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
