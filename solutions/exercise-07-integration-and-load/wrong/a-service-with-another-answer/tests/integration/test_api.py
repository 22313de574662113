"""The contract, without waiting for a model."""

import pytest
from fastapi.testclient import TestClient

from churn import serve


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setattr(serve, "load_model", lambda: None)
    monkeypatch.setattr(serve, "build_features", lambda customers: customers)
    monkeypatch.setattr(serve, "memory", lambda: {})
    return TestClient(serve.app)


def test_alive(api):
    assert api.get("/healthz").status_code == 200


def test_ready(api):
    assert api.get("/readyz").status_code == 200


def test_a_customer(api, customer):
    answer = api.post("/predict", json=customer)
    assert answer.status_code == 200
    assert 0 <= answer.json()["churn_probability"] <= 1


def test_nonsense(api):
    assert api.post("/predict", json={}).status_code == 422
