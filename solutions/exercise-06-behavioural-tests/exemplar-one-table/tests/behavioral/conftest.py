"""A template of customers: every contract with every region and age band."""

from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn.features import CONTRACTS, load_customers
from churn.train import train

EXPORT = Path(__file__).parent / "../../data/raw/customers.csv"
REGIONS = ["north", "east", "south", "west"]
AGES = ["18-29", "30-44", "45-59", "60+"]


@lru_cache(maxsize=None)
def trained():
    np.random.seed(7)
    return train(load_customers(EXPORT).head(500))


@pytest.fixture(scope="session")
def model():
    return trained()


@pytest.fixture(scope="session")
def export() -> pd.DataFrame:
    return load_customers(EXPORT)


@pytest.fixture
def template() -> pd.DataFrame:
    rows = [
        {
            "customer_id": f"T{number}",
            "tenure_months": 24,
            "contract": contract,
            "monthly_charges": 45.0,
            "total_charges": 1080.0,
            "support_tickets_90d": 1,
            "region": region,
            "age_band": age,
        }
        for number, (contract, region, age) in enumerate(product(CONTRACTS, REGIONS, AGES))
    ]
    return pd.DataFrame(rows)
