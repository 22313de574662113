import joblib
import pytest

from churn import serve
from churn.train import predict, train


@pytest.fixture
def model_path(sample, tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(train(sample), path)
    return path


def test_the_service_says_what_the_model_says(model_path, two_customers, monkeypatch):
    monkeypatch.setenv("CHURN_MODEL", str(model_path))
    serve.load_model.cache_clear()
    record = two_customers.iloc[0].to_dict()
    answer = serve.predict(serve.Customer(**record))
    expected = predict(joblib.load(model_path), two_customers).loc[0]
    assert answer["churn_probability"] == pytest.approx(expected)
    assert serve.readyz() == {"status": "ready"}

