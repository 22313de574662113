"""The contract of churn-api, written with the standard library and requests."""

import os
import unittest

import joblib
import pandas as pd
import requests

from churn.train import predict

ADDRESS = os.environ.get("CHURN_API", "http://127.0.0.1:8000")
CUSTOMER = {
    "tenure_months": 14,
    "contract": "one-year",
    "monthly_charges": 49.9,
    "total_charges": 698.6,
    "support_tickets_90d": 1,
}


class TheService(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = requests.Session()

    def test_alive(self):
        self.assertEqual(self.session.get(f"{ADDRESS}/healthz").status_code, requests.codes.ok)

    def test_ready(self):
        answer = self.session.get(f"{ADDRESS}/readyz")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json(), {"status": "ready"})

    def test_a_probability(self):
        answer = self.session.post(f"{ADDRESS}/predict", json=CUSTOMER)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(list(answer.json()), ["churn_probability"])
        self.assertGreaterEqual(answer.json()["churn_probability"], 0.0)
        self.assertLessEqual(answer.json()["churn_probability"], 1.0)

    def test_nonsense(self):
        answer = self.session.post(f"{ADDRESS}/predict", json={"tenure_months": "long"})
        self.assertIn(answer.status_code, (400, 422))

    def test_the_same_as_the_model(self):
        model = joblib.load("models/model.joblib")
        expected = predict(model, pd.DataFrame([CUSTOMER])).iloc[0]
        answer = self.session.post(f"{ADDRESS}/predict", json=CUSTOMER)
        self.assertAlmostEqual(answer.json()["churn_probability"], expected, places=9)
