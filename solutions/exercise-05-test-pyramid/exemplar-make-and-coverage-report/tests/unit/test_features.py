"""One table for each function."""

import numpy as np
import pandas as pd
import pytest

from churn.features import COLUMNS, CONTRACTS, average_monthly_spend, build_features

SPEND = {
    "first month": (30.0, 0, 30.0),
    "one month": (30.0, 1, 30.0),
    "ten months": (480.0, 10, 48.0),
    "nothing charged": (0.0, 5, 0.0),
    "unknown": (np.nan, 5, np.nan),
}
EMPTY = [pd.DataFrame(columns=COLUMNS), pd.DataFrame({column: [] for column in COLUMNS})]


@pytest.mark.parametrize(("total", "months", "spend"), SPEND.values(), ids=SPEND.keys())
def test_spend(total, months, spend):
    table = pd.DataFrame({"total_charges": [total], "tenure_months": [months]})
    pd.testing.assert_series_equal(average_monthly_spend(table), pd.Series([spend]), check_names=False)


@pytest.mark.parametrize("nobody", EMPTY)
def test_nobody(nobody):
    assert build_features(nobody).empty


@pytest.mark.parametrize("contract", [*CONTRACTS, "for-life"])
@pytest.mark.parametrize("tickets", range(3))
def test_contract_columns(two_customers, contract, tickets):
    built = build_features(two_customers.assign(contract=contract, support_tickets_90d=tickets))
    assert built.filter(like="contract_").sum(axis=1).tolist() == [int(contract in CONTRACTS)] * 2
    assert built["support_tickets_90d"].eq(tickets).all()
