import joblib
import numpy as np
import pytest
from customers import some_customers

from churn import serve
from churn.features import build_features
from churn.train import predict, train

pytestmark = [pytest.mark.model]


class TestModel:
    @pytest.fixture(autouse=True)
    def trained(self):
        self.customers = some_customers()
        self.model = train(self.customers)

    def test_one_answer_each(self):
        assert predict(self.model, self.customers).shape == (len(self.customers),)

    def test_answers_are_probabilities(self):
        both = self.model.predict_proba(build_features(self.customers))
        np.testing.assert_allclose(both.sum(axis=1), 1.0)

    def test_it_learns_what_is_obvious(self):
        scores = predict(self.model, self.customers)
        left = self.customers["churned"] == 1
        assert scores[left].mean() > scores[~left].mean() + 0.2

    def test_order_of_customers_does_not_matter(self):
        turned = self.customers.iloc[::-1]
        np.testing.assert_allclose(predict(self.model, turned)[::-1], predict(self.model, self.customers))

    def test_the_service_agrees(self, tmp_path, monkeypatch):
        path = tmp_path / "model.joblib"
        joblib.dump(self.model, path)
        monkeypatch.setenv("CHURN_MODEL", str(path))
        serve.load_model.cache_clear()
        answer = serve.predict(serve.Customer(**self.customers.iloc[0].to_dict()))
        assert np.isclose(answer["churn_probability"], predict(self.model, self.customers).iloc[0])
