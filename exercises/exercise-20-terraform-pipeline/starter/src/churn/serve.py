"""churn-api: answers one question about one customer."""

from __future__ import annotations

import os
from functools import lru_cache

import joblib
import pandas as pd
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
    global answered
    features = build_features(pd.DataFrame([customer.model_dump()]))
    probability = float(load_model().predict_proba(features)[0, 1])
    answered += 1
    return {"churn_probability": probability}


@app.get("/metrics")
def metrics() -> Response:
    return Response(f"churn_predictions_total {answered}\n", media_type="text/plain")
