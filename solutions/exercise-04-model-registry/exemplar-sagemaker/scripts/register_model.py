"""Registers the trained model as a package of the group ``churn``, waiting for approval.

``python scripts/register_model.py --archive s3://kestrel-models/churn/... --metrics reports/metrics.json``
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import boto3
import typer
import yaml
from pydantic import BaseModel, Field

GROUP = "churn"
IMAGE = "kestrel.example/serving/sklearn:1.9.0"


class Metrics(BaseModel):
    auc: float = Field(gt=0.5, le=1)
    recall_at_top_decile: float = Field(gt=0, le=1)


def main(
    archive: Annotated[str, typer.Option(help="where the packed model lies in S3")],
    metrics: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    commit: Annotated[str, typer.Option(envvar="GITHUB_SHA")],
    run_url: Annotated[str, typer.Option(envvar="RUN_URL")],
) -> None:
    measured = Metrics.model_validate_json(metrics.read_text(encoding="utf-8"))
    pointer = yaml.safe_load(Path("data/raw/customers.csv.dvc").read_text(encoding="utf-8"))
    sagemaker = boto3.client("sagemaker")
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelPackageDescription=f"churn from {commit}",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": archive}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties={
            "commit": commit,
            "data": pointer["outs"][0]["md5"],
            "run": run_url,
            "auc": str(measured.auc),
            "recall_at_top_decile": str(measured.recall_at_top_decile),
        },
    )
    arn = answer["ModelPackageArn"]
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        print(f"package={arn}", file=output)
    print(json.dumps({"registered": arn}))


if __name__ == "__main__":
    typer.run(main)
