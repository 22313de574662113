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
    frame = pd.DataFrame(index=pd.RangeIndex(300, name="row"))
    for column, value in DEFAULTS.items():
        frame[column] = value
    frame["customer_id"] = frame.index.map("S{:05}".format)
    frame["contract"] = rng.permuted(np.resize(["month-to-month", "one-year", "two-year"], 300))
    frame["support_tickets_90d"] = rng.poisson(3, 300)
    frame["tenure_months"] += rng.poisson(20, 300)
    frame["total_charges"] = frame.eval("monthly_charges * tenure_months")
    risk = frame["support_tickets_90d"] + 3 * frame["contract"].eq("month-to-month")
    frame["churned"] = (risk + rng.normal(0, 0.5, 300)).gt(5).astype(int)
    return frame.reset_index(drop=True)
