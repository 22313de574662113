import math

import pytest

from churn.features import tenure_bucket


@pytest.mark.parametrize(
    ("months", "bucket"),
    [
        (0, "new"),
        (0.5, "first-year"),
        (1, "first-year"),
        (12, "first-year"),
        (12.5, "second-year"),
        (13, "second-year"),
        (24, "second-year"),
        (24.5, "loyal"),
        (25, "loyal"),
    ],
)
def test_each_side_of_each_boundary(months, bucket):
    assert tenure_bucket(months) == bucket


def test_no_number_is_unknown():
    assert tenure_bucket(math.nan) == "unknown"


@pytest.mark.parametrize("months", [-0.5, -1])
def test_below_zero_is_refused(months):
    with pytest.raises(ValueError, check=lambda error: "negative" in str(error)):
        tenure_bucket(months)
