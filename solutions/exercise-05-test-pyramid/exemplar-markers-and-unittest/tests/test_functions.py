import unittest

import numpy as np
import pytest
from customers import some_customers

from churn import features
from churn.evaluate import recall_at_top_decile, recall_gap

pytestmark = pytest.mark.unit


class SpendPerMonth(unittest.TestCase):
    def setUp(self):
        self.customers = some_customers(3)

    def spend(self, **changes):
        return features.average_monthly_spend(self.customers.assign(**changes))

    def test_first_month_counts_as_one(self):
        self.assertEqual(self.spend(total_charges=30.0, tenure_months=0).tolist(), [30.0] * 3)

    def test_spread_over_ten_months(self):
        self.assertEqual(self.spend(total_charges=480.0, tenure_months=10).tolist(), [48.0] * 3)

    def test_unknown_total_stays_unknown(self):
        self.assertTrue(self.spend(total_charges=np.nan).isna().all())


class Features(unittest.TestCase):
    def test_nobody_has_none(self):
        self.assertEqual(len(features.build_features(some_customers(0))), 0)

    def test_one_contract_at_most(self):
        built = features.build_features(some_customers(5, contract="for-life"))
        self.assertEqual(built.filter(like="contract_").to_numpy().sum(), 0)

    def test_each_contract_has_a_column(self):
        for contract in features.CONTRACTS:
            with self.subTest(contract=contract):
                built = features.build_features(some_customers(2, contract=contract))
                self.assertListEqual(built[f"contract_{contract}"].tolist(), [1, 1])

    def test_answer_is_left_out(self):
        self.assertNotIn("churned", features.build_features(some_customers(2)).columns)

    def test_index_is_kept(self):
        moved = some_customers(2).set_axis([7, 3])
        self.assertEqual(features.build_features(moved).index.tolist(), [7, 3])


class Recall(unittest.TestCase):
    def test_perfect_ranking(self):
        self.assertEqual(recall_at_top_decile([1] + [0] * 9, [0.9] + [0.1] * 9), 1.0)

    def test_nobody_left(self):
        self.assertRaises(ValueError, recall_at_top_decile, [0, 0], [0.1, 0.2])

    def test_gap_of_one_group_is_nothing(self):
        customers = some_customers(20)
        gap = recall_gap(customers["churned"], customers["churned"], customers["region"])
        self.assertEqual(gap, 0.0)
