"""Sample data that all layers share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS: dict[str, Any] = {
    "customer_id": "C00001",
    "tenure_months": 12,
    "contract": "one-year",
    "monthly_charges": 40.0,
    "total_charges": 480.0,
    "support_tickets_90d": 1,
    "region": "north",
    "age_band": "30-44",
    "churned": 0,
}

MakeCustomers = Callable[..., pd.DataFrame]


@pytest.fixture
def make_customers() -> MakeCustomers:
    """Records with plain values; each keyword gives one row its own values."""

    def make(*rows: dict[str, Any]) -> pd.DataFrame:
        return pd.DataFrame(
            [{**DEFAULTS, "customer_id": f"C{n:05}", **row} for n, row in enumerate(rows or ({},), 1)]
        )

    return make


@pytest.fixture(scope="session")
def export() -> pd.DataFrame:
    """The real export, as it is."""
    return pd.read_csv(ROOT / "data" / "raw" / "customers.csv")


@pytest.fixture(scope="session")
def synthetic() -> pd.DataFrame:
    """300 made-up customers: those with many tickets and a short contract leave."""
    rng = np.random.default_rng(2026)
    size = 300
    tickets = rng.integers(0, 8, size)
    contract = rng.choice(["month-to-month", "one-year", "two-year"], size)
    risk = tickets / 8 + (contract == "month-to-month") * 0.4
    tenure = rng.integers(1, 72, size)
    charges = rng.uniform(10, 100, size).round(2)
    return pd.DataFrame(
        {
            "customer_id": [f"S{n:05}" for n in range(size)],
            "tenure_months": tenure,
            "contract": contract,
            "monthly_charges": charges,
            "total_charges": (tenure * charges).round(2),
            "support_tickets_90d": tickets,
            "region": rng.choice(["north", "south", "east", "west"], size),
            "age_band": rng.choice(["18-29", "30-44", "45-59", "60+"], size),
            "churned": (risk + rng.normal(0, 0.1, size) > 0.7).astype(int),
        }
    )
