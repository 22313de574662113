"""What the business knows about leavers, asked of the model.

Three kinds of tests (Ribeiro et al., CheckList): invariance, direction, minimum functionality.
"""

import pandas as pd
import pytest

TOLERANCE = 1e-9
MOST = 0.95
LARGEST_GAP = 0.15


def shouted(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(region="  " + table["region"].str.upper() + " ")


def renumbered(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(customer_id=[f"X{number}" for number in range(len(table))])


def with_a_new_column(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(favourite_colour="blue")


@pytest.mark.capability("invariance")
@pytest.mark.parametrize(
    "change",
    [
        shouted,
        renumbered,
        with_a_new_column,
    ],
)
def test_what_does_not_matter_changes_nothing(churn, sample, change):
    before = churn(sample)
    after = churn(change(sample))
    pd.testing.assert_series_equal(after, before, atol=TOLERANCE)


@pytest.mark.capability("invariance")
def test_the_order_of_the_rows_changes_nothing(churn, sample):
    before = churn(sample)
    after = churn(sample.sample(frac=1, random_state=3))
    pd.testing.assert_series_equal(after.sort_index(), before.sort_index(), atol=TOLERANCE)


@pytest.mark.capability("direction")
@pytest.mark.parametrize("more", [1, 3])
def test_more_tickets_never_lower_the_risk(churn, sample, more):
    troubled = sample.copy()
    troubled["support_tickets_90d"] += more
    assert (churn(troubled) >= churn(sample)).mean() >= MOST


@pytest.mark.capability("direction")
def test_a_longer_tenure_never_raises_the_risk(churn, sample):
    older = sample.assign(tenure_months=lambda table: table["tenure_months"] + 12)
    assert (churn(older) <= churn(sample) + TOLERANCE).all()


@pytest.mark.capability("direction")
def test_whoever_may_leave_every_month_is_at_more_risk(churn, sample):
    bound = churn(sample.assign(contract="two-year"))
    free = churn(sample.assign(contract="month-to-month"))
    assert (free >= bound).all()


@pytest.mark.capability("direction")
@pytest.mark.parametrize("factor", [1.1, 1.5])
def test_a_higher_price_never_lowers_the_risk(churn, sample, factor):
    dearer = sample.copy()
    dearer["monthly_charges"] = dearer["monthly_charges"] * factor
    difference = churn(dearer) - churn(sample)
    assert difference.min() >= -TOLERANCE


ARCHETYPES = {
    "loyal": ({"tenure_months": 66, "contract": "two-year", "monthly_charges": 22.0, "support_tickets_90d": 0}, 0.0, 0.2),
    "angry": ({"tenure_months": 2, "contract": "month-to-month", "monthly_charges": 90.0, "support_tickets_90d": 6}, 0.8, 1.0),
    "new": ({"tenure_months": 1, "contract": "month-to-month", "monthly_charges": 80.0, "support_tickets_90d": 3}, 0.6, 1.0),
    "settled": ({"tenure_months": 48, "contract": "one-year", "monthly_charges": 30.0, "support_tickets_90d": 0}, 0.0, 0.3),
}


@pytest.mark.capability("minimum")
@pytest.mark.parametrize("name", ARCHETYPES)
def test_simple_cases_are_right(churn, name):
    customer, low, high = ARCHETYPES[name]
    (risk,) = churn(pd.DataFrame([customer]))
    assert low <= risk <= high


@pytest.mark.capability("slices")
@pytest.mark.parametrize("group", ["region", "age_band"])
def test_no_group_is_judged_much_worse_than_it_is(churn, sample, group):
    gap = (churn(sample) - sample["churned"]).groupby(sample[group]).mean().abs()
    assert gap.max() <= LARGEST_GAP
