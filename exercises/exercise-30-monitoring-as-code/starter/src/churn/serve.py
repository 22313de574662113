"""churn-api: answers one question about one customer."""

from __future__ import annotations

import os
from functools import lru_cache

import joblib
import pandas as pd
from fastapi import FastAPI, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sklearn.pipeline import Pipeline

from churn.features import build_features
from churn.metrics import LATENCY, PREDICTIONS, REQUESTS

app = FastAPI(title="churn-api")


class Customer(BaseModel):
    tenure_months: int
    contract: str
    monthly_charges: float
    total_charges: float
    support_tickets_90d: int


@lru_cache(maxsize=1)
def load_model() -> Pipeline:
    return joblib.load(os.environ.get("CHURN_MODEL", "model.joblib"))


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    try:
        load_model()
    except OSError as error:
        raise HTTPException(503, "the model is not loaded") from error
    return {"status": "ready"}


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
    return {"churn_probability": probability}


def _answer(customer: Customer) -> float:
    features = build_features(pd.DataFrame([customer.model_dump()]))
    return float(load_model().predict_proba(features)[0, 1])


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
