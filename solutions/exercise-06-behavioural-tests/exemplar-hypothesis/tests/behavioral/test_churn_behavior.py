"""Behaviour of the churn model, over made-up customers.

| capability | invariance | direction | minimum functionality |
|---|---|---|---|
| identity | test_the_number_says_nothing, test_a_batch_is_no_secret | | |
| wording | test_spelling_says_nothing | | |
| service | | test_trouble_drives_customers_away | test_the_unhappy_leave |
| loyalty | | test_years_bind | test_the_loyal_stay |
| pricing | | test_price_drives_customers_away | test_the_undecided |
| fairness | test_all_regions_are_served | | |
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.evaluate import RECALL_GAP_MAXIMUM
from churn.train import predict

CUSTOMER = st.fixed_dictionaries(
    {
        "customer_id": st.integers(1, 99999).map(lambda number: f"C{number:05d}"),
        "tenure_months": st.integers(1, 72),
        "contract": st.sampled_from(["month-to-month", "one-year", "two-year"]),
        "monthly_charges": st.floats(9, 99, allow_nan=False),
        "support_tickets_90d": st.integers(0, 7),
        "region": st.sampled_from(["north", "east", "south", "west"]),
        "age_band": st.sampled_from(["18-29", "30-44", "45-59", "60+"]),
    }
)


def risk(model, *customers: dict) -> list[float]:
    return predict(model, pd.DataFrame(list(customers))).tolist()


@settings(max_examples=50, deadline=None)
@given(customer=CUSTOMER, number=st.integers(1, 10**6))
def test_the_number_says_nothing(model, customer, number):
    one, other = risk(model, customer, {**customer, "customer_id": f"Z{number}"})
    assert one == pytest.approx(other)


@settings(max_examples=50, deadline=None)
@given(customer=CUSTOMER, spelling=st.sampled_from([str.upper, str.title, lambda text: f" {text} "]))
def test_spelling_says_nothing(model, customer, spelling):
    written = dict(customer)
    written["region"] = spelling(customer["region"])
    np.testing.assert_allclose(risk(model, written), risk(model, customer))


@settings(max_examples=30, deadline=None)
@given(customers=st.lists(CUSTOMER, min_size=2, max_size=20))
def test_a_batch_is_no_secret(model, customers):
    together = risk(model, *customers)
    alone = [risk(model, customer)[0] for customer in customers]
    assert np.allclose(together, alone)


@settings(max_examples=80, deadline=None)
@given(customer=CUSTOMER, more=st.integers(1, 5))
def test_trouble_drives_customers_away(model, customer, more):
    calm, troubled = risk(
        model, customer, {**customer, "support_tickets_90d": customer["support_tickets_90d"] + more}
    )
    assert troubled >= calm


@settings(max_examples=80, deadline=None)
@given(customer=CUSTOMER, months=st.integers(1, 36))
def test_years_bind(model, customer, months):
    later = customer | {"tenure_months": customer["tenure_months"] + months}
    assert risk(model, later)[0] <= risk(model, customer)[0]


@settings(max_examples=80, deadline=None)
@given(customer=CUSTOMER, percent=st.integers(5, 60))
def test_price_drives_customers_away(model, customer, percent):
    dearer = customer | {"monthly_charges": customer["monthly_charges"] * (1 + percent / 100)}
    cheap, dear = risk(model, customer, dearer)
    assert not dear < cheap


BASE = {"tenure_months": 30, "contract": "one-year", "monthly_charges": 50.0, "support_tickets_90d": 1}


def test_the_unhappy_leave(model):
    unhappy = BASE | {"contract": "month-to-month", "tenure_months": 1, "support_tickets_90d": 6}
    assert risk(model, unhappy)[0] > 0.8


def test_the_loyal_stay(model):
    loyal = BASE | {"contract": "two-year", "tenure_months": 70, "support_tickets_90d": 0}
    assert risk(model, loyal)[0] < 0.2


def test_the_undecided(model):
    (chance,) = risk(model, BASE)
    assert 0.05 < chance < 0.75


@pytest.mark.parametrize("region", ["north", "east", "south", "west"])
def test_all_regions_are_served(model, export, region):
    here = export[export["region"] == region]
    expected = here["churned"].mean()
    assert abs(predict(model, here).mean() - expected) <= RECALL_GAP_MAXIMUM
