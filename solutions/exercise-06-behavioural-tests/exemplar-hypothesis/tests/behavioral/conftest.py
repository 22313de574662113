"""One model for all behavioural tests."""

from pathlib import Path

import pytest

from churn.features import load_customers
from churn.train import train

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = 20260601


@pytest.fixture(scope="session")
def export():
    return load_customers(ROOT / "data/raw/customers.csv")


@pytest.fixture(scope="session")
def model(export):
    return train(export.sample(n=300, random_state=SEED), seed=SEED)
