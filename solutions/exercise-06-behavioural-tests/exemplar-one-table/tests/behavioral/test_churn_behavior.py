import unittest

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from churn.features import build_features

WORST_AUC = 0.7


def scores(model, table):
    return model.predict_proba(build_features(table))[:, 1]


@pytest.mark.identity
class TestInvariance:
    def test_names(self, model, template):
        changed = template.copy()
        changed["customer_id"] = changed["customer_id"].str.lower() + "-copy"
        assert np.array_equal(scores(model, changed), scores(model, template))

    def test_where_and_how_old(self, model, template):
        """One contract, all regions, all ages: one answer."""
        for contract, group in template.groupby("contract"):
            found = scores(model, group)
            assert found.max() - found.min() < 1e-12, contract

    def test_order(self, model, template):
        order = np.random.default_rng(1).permutation(len(template))
        assert np.allclose(scores(model, template.iloc[order]), scores(model, template)[order])


@pytest.mark.parametrize(
    ("column", "steps", "sign"),
    [
        pytest.param("support_tickets_90d", [0, 1, 2, 4, 7], 1, marks=pytest.mark.service),
        pytest.param("tenure_months", [1, 12, 13, 48, 72], -1, marks=pytest.mark.loyalty),
        pytest.param("monthly_charges", [9.0, 40.0, 60.0, 99.0], 1, marks=pytest.mark.pricing),
    ],
)
def test_each_step_goes_the_known_way(model, template, column, steps, sign):
    answers = []
    for step in steps:
        changed = template.copy()
        changed.loc[:, column] = step
        answers.append(scores(model, changed))
    for before, after in zip(answers, answers[1:]):
        assert np.all(sign * (after - before) >= 0), column


@pytest.mark.contract
def test_contracts_bind(model, template):
    table = template.assign(risk=scores(model, template))
    mean = table.groupby("contract")["risk"].mean()
    assert mean["month-to-month"] > mean["one-year"] > mean["two-year"]


@pytest.mark.usefixtures("trained_model")
class SimpleCases(unittest.TestCase):
    def risk(self, **fields):
        return float(scores(self.model, pd.DataFrame({name: [value] for name, value in fields.items()}))[0])

    def test_a_loyal_customer_stays(self):
        found = self.risk(tenure_months=72, contract="two-year", monthly_charges=20.0, support_tickets_90d=0)
        self.assertLess(found, 0.2)

    def test_a_new_one_in_trouble_leaves(self):
        found = self.risk(tenure_months=1, contract="month-to-month", monthly_charges=95.0, support_tickets_90d=5)
        self.assertGreater(found, 0.8)

    def test_cheap_and_quiet_is_no_alarm(self):
        found = self.risk(tenure_months=40, contract="one-year", monthly_charges=20.0, support_tickets_90d=0)
        self.assertTrue(0.0 <= found < 0.35)


@pytest.fixture
def trained_model(request, model):
    request.cls.model = model


def test_each_age_band_is_ranked_well(model, export):
    customers = export.tail(600).copy()
    customers["risk"] = scores(model, customers)
    for age, group in customers.groupby("age_band"):
        assert roc_auc_score(group["churned"], group["risk"]) >= WORST_AUC, age
