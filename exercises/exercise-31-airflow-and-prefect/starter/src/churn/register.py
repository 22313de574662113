"""Registers the model of a run: ``python -m churn.register runs/2026-11-02/metrics.json``

The new version of ``churn`` gets the alias ``challenger``. A second try for the same day finds the version of the
first one and leaves it as it is.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from pathlib import Path

import mlflow
from mlflow import MlflowClient

MODEL = "churn"


def register(place: str) -> str:
    """Register the model beside the numbers at ``place``; gives the number of the version."""
    numbers = Path(place)
    day = numbers.parent.name
    client = MlflowClient()
    for known in client.search_model_versions(f"name = '{MODEL}'"):
        if known.tags.get("day") == day:
            return str(known.version)
    with mlflow.start_run(run_name=day, tags={"day": day}):
        mlflow.log_metrics(json.loads(numbers.read_text(encoding="utf-8")))
        info = mlflow.sklearn.log_model(
            pickle.loads(numbers.with_name("model.pkl").read_bytes()),
            name="model",
            registered_model_name=MODEL,
            serialization_format="cloudpickle",
        )
    version = str(info.registered_model_version)
    client.set_model_version_tag(MODEL, version, "day", day)
    client.set_registered_model_alias(MODEL, "challenger", version)
    return version


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", help="the place of the numbers that the gate has seen")
    print(register(parser.parse_args().metrics))
    return 0


if __name__ == "__main__":
    sys.exit(main())
