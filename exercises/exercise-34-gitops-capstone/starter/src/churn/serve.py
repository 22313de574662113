"""churn-api: answers one question about one customer, and says which release answers.

``CHURN_MODEL_VERSION`` is the version of the registered model ``churn`` that it loads at its start, and
``CHURN_IMAGE_DIGEST`` the digest of its image.
"""

from __future__ import annotations

import os
from functools import lru_cache

import mlflow
import pandas as pd
from fastapi import FastAPI, HTTPException, Response
from mlflow.exceptions import MlflowException
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sklearn.pipeline import Pipeline

from churn.features import build_features
from churn.metrics import LATENCY, OUTCOMES, PREDICTIONS, REQUESTS

app = FastAPI(title="churn-api")


class Customer(BaseModel):
    tenure_months: int
    contract: str
    monthly_charges: float
    total_charges: float
    support_tickets_90d: int


@lru_cache(maxsize=1)
def load_model() -> Pipeline:
    return mlflow.sklearn.load_model(f"models:/churn/{os.environ['CHURN_MODEL_VERSION']}")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    try:
        load_model()
    except (KeyError, OSError, MlflowException) as error:
        raise HTTPException(503, "the model is not loaded") from error
    return {"status": "ready"}


@app.get("/version")
def version() -> dict[str, str | None]:
    names = {"image": "CHURN_IMAGE_DIGEST", "model": "CHURN_MODEL_VERSION"}
    return {key: os.environ.get(name) for key, name in names.items()}


@app.post("/predict")
def predict(customer: Customer) -> dict[str, float]:
    with LATENCY.time():
        try:
            probability = _answer(customer)
        except Exception:
            REQUESTS.labels(status="500").inc()
            raise
    REQUESTS.labels(status="200").inc()
    PREDICTIONS.observe(probability)
    OUTCOMES.labels(outcome="churn" if probability >= 0.5 else "stay").inc()
    return {"churn_probability": probability}


def _answer(customer: Customer) -> float:
    features = build_features(pd.DataFrame([customer.model_dump()]))
    return float(load_model().predict_proba(features)[0, 1])


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
