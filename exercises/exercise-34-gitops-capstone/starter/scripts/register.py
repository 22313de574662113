"""Registers the candidate::

    python scripts/register.py models/churn.joblib reports/metrics.json --alias challenger \
        --commit "$GITHUB_SHA" --data-version "$DATA" --run "$RUN_URL"

It becomes a version of the registered model ``churn``, with the commit, the version of the data, the run, the
parameters of ``params.yaml`` and its numbers, and the alias points at it from then on.  The alias ``champion`` is the
model that answers customers.  ``--output FILE`` appends ``version=41`` to a file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import joblib
import mlflow
import yaml
from mlflow import MlflowClient

MODEL = "churn"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model to register")
    parser.add_argument("metrics", type=Path, help="the report of churn.evaluate")
    parser.add_argument("--alias", required=True, choices=("challenger", "champion"))
    parser.add_argument("--commit", required=True, help="the commit of the code")
    parser.add_argument("--data-version", required=True, help="the hash of the data")
    parser.add_argument("--run", required=True, help="the address of the run of the pipeline")
    parser.add_argument("--output", type=Path, default=None, help="a file for the version")
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        sys.exit("MLFLOW_TRACKING_URI is not set: which server keeps the model?")
    facts = {
        "git_commit": arguments.commit,
        "data_version": arguments.data_version,
        "run_url": arguments.run,
    }
    empty = [name for name, value in facts.items() if not value.strip()]
    if empty:
        sys.exit(f"nobody would know later: {', '.join(empty)}")
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    metrics = json.loads(arguments.metrics.read_text(encoding="utf-8"))["candidate"]
    with mlflow.start_run(tags=facts):
        for section, values in params.items():
            mlflow.log_params({f"{section}.{name}": value for name, value in values.items()})
        mlflow.log_metrics(metrics)
        info = mlflow.sklearn.log_model(
            joblib.load(arguments.model), name="model", registered_model_name=MODEL
        )
    version = str(info.registered_model_version)
    client = MlflowClient()
    for name, value in facts.items():
        client.set_model_version_tag(MODEL, version, name, value)
    client.set_registered_model_alias(MODEL, arguments.alias, version)
    if arguments.output is not None:
        with arguments.output.open("a", encoding="utf-8") as output:
            output.write(f"version={version}\n")
    print(f"registered {MODEL} version {version} as {arguments.alias}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
