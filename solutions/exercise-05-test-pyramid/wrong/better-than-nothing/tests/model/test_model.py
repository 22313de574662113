import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from churn.train import predict, train


@pytest.fixture(scope="module")
def scores(sample):
    return predict(train(sample), sample)


def test_auc(scores, sample):
    assert roc_auc_score(sample["churned"], scores) > 0


def test_precision(scores, sample):
    assert 0 <= average_precision_score(sample["churned"], scores) <= 1


def test_f1(scores, sample):
    assert f1_score(sample["churned"], scores > 0.5) >= 0.0


def test_model(sample):
    model = train(sample)
    assert model
