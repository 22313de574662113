from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from churn import serve

CUSTOMER = {
    "tenure_months": 3,
    "contract": "month-to-month",
    "monthly_charges": 20.0,
    "total_charges": 60.0,
    "support_tickets_90d": 2,
}


class Certain:
    """Says 0.25 for everybody."""

    def predict_proba(self, features):
        import numpy as np

        return np.tile([0.75, 0.25], (len(features), 1))


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(serve, "load_model", Certain)
    return TestClient(serve.app)


def test_the_answer_is_the_probability_of_the_model(client):
    assert client.post("/predict", json=CUSTOMER).json() == {"churn_probability": 0.25}


@pytest.mark.parametrize("field", sorted(CUSTOMER))
def test_a_request_without_a_field_is_refused(client, field):
    body = {name: value for name, value in CUSTOMER.items() if name != field}
    assert client.post("/predict", json=body).status_code == 422


def test_alive(client):
    assert client.get("/healthz").json() == {"status": "alive"}
