import joblib
import numpy as np
import pytest

from churn.train import predict, train


@pytest.fixture(scope="module")
def model(sample):
    return train(sample, seed=3)


def test_there_is_one_probability_for_each_customer(model, sample):
    scores = predict(model, sample)
    assert scores.index.equals(sample.index)
    assert scores.between(0, 1).all()


def test_a_tiny_batch_can_be_learned_by_heart(two_customers):
    scores = predict(train(two_customers), two_customers)
    assert scores.loc[0] > 0.5 > scores.loc[1]


def test_the_same_seed_gives_the_same_model(model, sample):
    np.testing.assert_allclose(predict(model, sample), predict(train(sample, seed=3), sample))


def test_a_saved_model_says_the_same(model, sample, tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(model, path)
    np.testing.assert_array_equal(predict(joblib.load(path), sample), predict(model, sample))
