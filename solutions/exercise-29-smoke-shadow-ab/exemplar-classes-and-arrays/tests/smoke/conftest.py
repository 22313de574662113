import os
import time

import httpx
import pytest


@pytest.fixture(scope="session")
def expected_version() -> str:
    return os.environ["EXPECTED_VERSION"]


@pytest.fixture(scope="session")
def client():
    with httpx.Client(base_url=os.environ["CHURN_URL"], timeout=httpx.Timeout(5.0)) as client:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if client.get("/readyz").status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                pass
            time.sleep(3)
        else:
            pytest.fail("the service did not become ready")
        yield client
