import pytest

from churn import features


@pytest.mark.parametrize(
    "spend", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
)
def test_spend(monkeypatch, two_customers, spend):
    monkeypatch.setattr("churn.features.average_monthly_spend", lambda customers: spend)
    assert features.average_monthly_spend(two_customers) == spend
