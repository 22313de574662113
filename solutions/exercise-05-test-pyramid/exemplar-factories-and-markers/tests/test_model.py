import unittest

import pytest
from sklearn.metrics import roc_auc_score

from churn.features import build_features
from churn.train import predict, train
from tests.factories import crowd, customer, frame


@pytest.mark.model
class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.learn = crowd(400)
        cls.unseen = crowd(200, seed=12)
        cls.model = train(cls.learn)

    def test_better_than_guessing(self):
        score = roc_auc_score(self.unseen["churned"], predict(self.model, self.unseen))
        self.assertGreater(score, 0.8)

    def test_probabilities(self):
        scores = predict(self.model, self.unseen)
        self.assertGreaterEqual(scores.min(), 0)
        self.assertLessEqual(scores.max(), 1)

    def test_both_probabilities_add_up(self):
        both = self.model.predict_proba(build_features(self.unseen))
        self.assertAlmostEqual(both.sum(axis=1).max(), 1.0)

    def test_repeatable(self):
        again = train(self.learn)
        self.assertEqual(
            predict(again, self.unseen).tolist(), predict(self.model, self.unseen).tolist()
        )

    def test_angry_customers_leave_sooner(self):
        calm, angry = predict(
            self.model,
            frame(customer(support_tickets_90d=0), customer(support_tickets_90d=9)),
        )
        self.assertLess(calm, angry)
