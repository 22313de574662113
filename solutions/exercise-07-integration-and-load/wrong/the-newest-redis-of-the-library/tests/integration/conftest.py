"""churn-api in a container of its own, with the Redis that it needs, for the whole session."""

from pathlib import Path

import joblib
import pytest
import requests
from testcontainers.core.container import DockerContainer
from testcontainers.core.image import DockerImage
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import HttpWaitStrategy
from testcontainers.redis import RedisContainer

ROOT = Path(__file__).resolve().parents[2]


class Api:
    """Sends requests to the service, and never waits longer than five seconds."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.address}{path}", timeout=5)

    def post(self, path: str, body: object) -> requests.Response:
        return requests.post(f"{self.address}{path}", json=body, timeout=5)


@pytest.fixture(scope="session")
def api():
    with (
        Network() as network,
        RedisContainer().with_network(network).with_network_aliases("redis"),
        DockerImage(path=ROOT, tag="churn-api:test") as image,
        DockerContainer(str(image))
        .with_network(network)
        .with_env("CHURN_REDIS", "redis://redis:6379/0")
        .with_volume_mapping(str(ROOT / "models"), "/models", "ro")
        .with_exposed_ports(8000)
        .waiting_for(HttpWaitStrategy(8000, "/readyz").for_status_code(200)) as service,
    ):
        yield Api(f"http://{service.get_container_host_ip()}:{service.get_exposed_port(8000)}")


@pytest.fixture(scope="session")
def model():
    return joblib.load(ROOT / "models" / "model.joblib")
