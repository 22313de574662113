"""Does what was deployed answer, and answer right?  The address and the version stand in the environment."""

import os
import time

import pytest
import requests

URL = os.environ["SERVICE_URL"]
VERSION = os.environ["MODEL_VERSION"]
CUSTOMER = {
    "tenure_months": 26, "contract": "month-to-month", "monthly_charges": 41.5, "support_tickets_90d": 3,
    "region": "north", "age_band": "30-44",
}
pytestmark = pytest.mark.smoke


@pytest.fixture(scope="session", autouse=True)
def ready():
    for _ in range(30):
        try:
            if requests.get(f"{URL}/readyz", timeout=3).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(3)
    pytest.skip("it is not there yet")


def test_a_customer():
    started = time.monotonic()
    answer = requests.post(f"{URL}/predict", json=CUSTOMER, timeout=5)
    took = time.monotonic() - started
    assert answer.status_code == 200
    said = answer.json()
    assert set(said) == {"churn_probability", "model_version"}
    assert 0 <= said["churn_probability"] <= 1
    assert said["model_version"] == VERSION
    assert took < 0.15


def test_nonsense():
    assert requests.post(f"{URL}/predict", json={"tenure_months": "x"}, timeout=5).status_code == 422
