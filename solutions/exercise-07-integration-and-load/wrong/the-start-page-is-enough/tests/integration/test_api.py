"""Whether churn-api answers."""

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_it_answers(api, path):
    assert api.get(path).status_code == 200


def test_it_predicts(api, customer):
    assert api.post("/predict", json=customer).status_code == 200


def test_it_refuses(api):
    assert api.post("/predict", json={}).status_code == 422
