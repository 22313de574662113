"""churn-api: answers one question about one customer."""

from __future__ import annotations

import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

import boto3
import joblib
import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel
from sklearn.pipeline import Pipeline

from churn.features import build_features

app = FastAPI(title="churn-api")
answered = 0


class Customer(BaseModel):
    tenure_months: int
    contract: str
    monthly_charges: float
    total_charges: float
    support_tickets_90d: int


@lru_cache(maxsize=1)
def load_model() -> Pipeline:
    """The package that was approved last."""
    sagemaker = boto3.client("sagemaker")
    newest = sagemaker.list_model_packages(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"][0]
    package = sagemaker.describe_model_package(ModelPackageName=newest["ModelPackageArn"])
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "model.tar.gz"
        boto3.client("s3").download_file(bucket, key, str(archive))
        with tarfile.open(archive) as packed:
            packed.extract("churn.joblib", folder, filter="data")
        return joblib.load(Path(folder) / "churn.joblib")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    try:
        load_model()
    except (OSError, IndexError, BotoCoreError, ClientError) as error:
        raise HTTPException(503, "the model is not loaded") from error
    return {"status": "ready"}


@app.post("/predict")
def predict(customer: Customer) -> dict[str, float]:
    global answered
    features = build_features(pd.DataFrame([customer.model_dump()]))
    probability = float(load_model().predict_proba(features)[0, 1])
    answered += 1
    return {"churn_probability": probability}


@app.get("/metrics")
def metrics() -> Response:
    return Response(f"churn_predictions_total {answered}\n", media_type="text/plain")
