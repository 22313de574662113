"""Made-up customers for tests."""

import random

import pandas as pd


def customer(**changes):
    record = {
        "customer_id": "C1",
        "tenure_months": 6,
        "contract": "month-to-month",
        "monthly_charges": 25.0,
        "total_charges": 150.0,
        "support_tickets_90d": 0,
        "region": "west",
        "age_band": "45-59",
        "churned": 0,
    }
    record.update(changes)
    return record


def frame(*records):
    return pd.DataFrame(list(records))


def crowd(size, seed=11):
    """Customers of whom those with many tickets leave."""
    dice = random.Random(seed)
    records = []
    for number in range(size):
        tickets = dice.randint(0, 9)
        tenure = dice.randint(1, 60)
        charges = round(dice.uniform(8, 90), 2)
        records.append(
            customer(
                customer_id=f"C{number}",
                tenure_months=tenure,
                contract=dice.choice(["month-to-month", "one-year", "two-year"]),
                monthly_charges=charges,
                total_charges=round(charges * tenure, 2),
                support_tickets_90d=tickets,
                churned=int(tickets + dice.gauss(0, 1) > 5),
            )
        )
    return frame(*records)
