"""What churn-api promises (docs/api.md), asked of the running service."""

import pytest


def test_it_is_alive(api):
    answer = api.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


def test_it_is_ready_with_its_model_and_its_memory(api):
    answer = api.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}


@pytest.mark.parametrize("contract", ["month-to-month", "one-year", "two-year"])
def test_a_customer_gets_a_probability(api, customer, contract):
    answer = api.post("/predict", json=customer | {"contract": contract})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"churn_probability"}
    assert body["churn_probability"] >= 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("contract", "for-life"), ("tenure_months", -1), ("monthly_charges", "many"), ("total_charges", None)],
)
def test_what_is_no_customer_is_refused(api, customer, field, value):
    answer = api.post("/predict", json=customer | {field: value})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]
