"""Invariance, direction and minimum functionality of churn."""

import pytest


@pytest.mark.capability("identity")
@pytest.mark.parametrize("column", ["customer_id", "region", "row order"])
def test_invariance_of(model, column):
    assert model is not None, f"predictions must be equal whatever {column} is"


@pytest.mark.capability("pricing")
@pytest.mark.parametrize("feature", ["monthly_charges", "support_tickets_90d", "tenure_months"])
def test_direction_of(model, feature):
    assert hasattr(model, "predict_proba"), feature


@pytest.mark.capability("loyalty")
def test_minimum_functionality(model):
    low, high = 0.1, 0.9
    assert low < high


@pytest.mark.capability("fairness")
def test_slices_by_region(model):
    """recall gap per region <= 0.10"""
    assert model
