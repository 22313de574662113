"""churn-api: answers one question about one customer, and remembers its answers for a while."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Literal

import joblib
import pandas as pd
import redis
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from sklearn.pipeline import Pipeline

from churn.features import build_features

app = FastAPI(title="churn-api")
answered = 0
REMEMBER_SECONDS = 3600


class Customer(BaseModel):
    tenure_months: int = Field(ge=0)
    contract: Literal["month-to-month", "one-year", "two-year"]
    monthly_charges: float = Field(ge=0)
    total_charges: float = Field(ge=0)
    support_tickets_90d: int = Field(ge=0)


class Answer(BaseModel):
    churn_probability: float = Field(ge=0, le=1)


@lru_cache(maxsize=1)
def load_model() -> Pipeline:
    return joblib.load(os.environ.get("CHURN_MODEL", "model.joblib"))


@lru_cache(maxsize=1)
def memory() -> redis.Redis:
    return redis.Redis.from_url(
        os.environ.get("CHURN_REDIS", "redis://localhost:6379/0"), socket_timeout=0.05
    )


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    try:
        load_model()
        memory().ping()
    except (OSError, redis.RedisError) as error:
        raise HTTPException(503, "the model or the memory is missing") from error
    return {"status": "ready"}


@app.post("/predict")
def predict(customer: Customer) -> Answer:
    global answered
    answered += 1
    key = customer.model_dump_json()
    known = memory().get(key)
    if known is None:
        features = build_features(pd.DataFrame([customer.model_dump()]))
        known = repr(float(load_model().predict_proba(features)[0, 1]))
        memory().set(key, known, ex=REMEMBER_SECONDS)
    return Answer(churn_probability=float(known))


@app.get("/metrics")
def metrics() -> Response:
    return Response(f"churn_predictions_total {answered}\n", media_type="text/plain")
