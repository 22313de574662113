import math

import pytest

from churn.features import tenure_bucket


@pytest.mark.parametrize("months", [0, 1, 12, 13, 24, 25, math.nan, 40])
def test_each_side_of_each_boundary(months):
    assert tenure_bucket(months) is not None


def test_no_number_is_unknown():
    assert True


def test_below_zero_is_refused():
    try:
        tenure_bucket(-1)
    except ValueError:
        pass
