from fastapi.testclient import TestClient

from churn import serve


def test_the_service_is_alive():
    assert TestClient(serve.app).get("/healthz").json() == {"status": "alive"}
