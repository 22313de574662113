"""The running service, and the model that it was given."""

import os

import httpx
import joblib
import pytest


@pytest.fixture(scope="session")
def api():
    """A client of the service that compose.test.yaml starts."""
    address = os.environ.get("CHURN_API", "http://localhost:8000")
    with httpx.Client(base_url=address, timeout=None) as client:
        yield client


@pytest.fixture(scope="session")
def model():
    return joblib.load("models/model.joblib")


@pytest.fixture
def customer() -> dict:
    return {
        "tenure_months": 3,
        "contract": "month-to-month",
        "monthly_charges": 70.5,
        "total_charges": 211.5,
        "support_tickets_90d": 4,
    }
