import unittest

from hypothesis import example, given
from hypothesis import strategies as st

from churn.features import tenure_bucket


class TheTable(unittest.TestCase):
    def test_new(self):
        self.assertEqual(tenure_bucket(0), "new")

    def test_first_year(self):
        for months in (1, 6.5, 12):
            self.assertEqual(tenure_bucket(months), "first-year")

    def test_second_year(self):
        for months in (12.5, 13, 24):
            self.assertEqual(tenure_bucket(months), "second-year")

    def test_first_month_of_the_third_year(self):
        self.assertEqual(tenure_bucket(25), "loyal")

    def test_half_a_month_later(self):
        self.assertEqual(tenure_bucket(24.5), "loyal")

    def test_unknown(self):
        self.assertEqual(tenure_bucket(float("nan")), "unknown")

    def test_below_zero(self):
        with self.assertRaisesRegex(ValueError, "must not be negative"):
            tenure_bucket(-1)


@given(st.floats(min_value=24.5, max_value=600))
@example(25)
def test_whoever_stays_is_loyal(months):
    assert tenure_bucket(months) == "loyal"
