"""Data that the layers share."""

import numpy as np
import pandas as pd
import pytest

from churn.features import CONTRACTS

SEED = 20260301


@pytest.fixture
def two_customers() -> pd.DataFrame:
    """A customer of the first month who left, and one of ten months who stayed."""
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "tenure_months": [1, 10],
            "contract": ["month-to-month", "two-year"],
            "monthly_charges": [30.0, 50.0],
            "total_charges": [30.0, 480.0],
            "support_tickets_90d": [3, 1],
            "region": ["north", "south"],
            "age_band": ["18-29", "60+"],
            "churned": [1, 0],
        }
    )


@pytest.fixture(scope="session")
def sample() -> pd.DataFrame:
    """120 made-up customers; the same ones each time."""
    draw = np.random.default_rng(SEED)
    count = 120
    tenure = draw.integers(1, 72, count)
    charges = draw.uniform(10, 100, count).round(2)
    tickets = draw.integers(0, 6, count)
    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(count)],
            "tenure_months": tenure,
            "contract": draw.choice(CONTRACTS, count),
            "monthly_charges": charges,
            "total_charges": charges * tenure,
            "support_tickets_90d": tickets,
            "region": draw.choice(["north", "south"], count),
            "age_band": draw.choice(["18-29", "60+"], count),
            "churned": (tickets > 2).astype(int),
        }
    )
