"""Customers for the tests."""

import numpy as np
import pandas as pd

from churn.features import CONTRACTS


def some_customers(count=90, seed=11, **changes):
    draw = np.random.RandomState(seed)
    tickets = draw.randint(0, 6, count)
    customers = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(count)],
            "tenure_months": draw.randint(1, 72, count),
            "contract": draw.choice(CONTRACTS, count),
            "monthly_charges": draw.uniform(10, 100, count),
            "total_charges": draw.uniform(100, 5000, count),
            "support_tickets_90d": tickets,
            "region": "north",
            "age_band": "18-29",
            "churned": (tickets > 2).astype(int),
        }
    )
    return customers.assign(**changes)
