"""Approves a package of the group ``churn`` when it is not worse than the one that is approved.

``python scripts/promote_model.py "$PACKAGE_ARN"``
"""

from __future__ import annotations

import math
import sys
from typing import Annotated

import boto3
import typer

GROUP = "churn"
METRIC = "recall_at_top_decile"


def recall(sagemaker, arn: str) -> float:
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    return float(package["CustomerMetadataProperties"][METRIC])


def champion_arn(sagemaker) -> str | None:
    """The package that was approved last; None when there is none yet."""
    approved = sagemaker.list_model_packages(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    return approved[0]["ModelPackageArn"] if approved else None


def main(
    challenger: Annotated[str, typer.Argument(help="the package that was registered and measured")],
    tolerance: Annotated[float, typer.Option(min=0, max=0.02)] = 0.01,
) -> None:
    if ":model-package/churn/" not in challenger:
        sys.exit(f"{challenger} is no package of {GROUP}")
    sagemaker = boto3.client("sagemaker")
    champion = champion_arn(sagemaker)
    new = recall(sagemaker, challenger)
    if math.isnan(new):
        sys.exit("the challenger was not measured")
    if champion is not None:
        old = recall(sagemaker, champion)
        if not new >= old - tolerance:
            sys.exit(f"recall {new:.3f} against {old:.3f}: the champion stays")
        sagemaker.update_model_package(
            ModelPackageArn=challenger, CustomerMetadataProperties={"previous_champion": champion}
        )
    sagemaker.update_model_package(
        ModelPackageArn=challenger,
        ModelApprovalStatus="Approved",
        ApprovalDescription=f"recall {new:.3f}",
    )
    print(f"approved {challenger}")


if __name__ == "__main__":
    typer.run(main)
