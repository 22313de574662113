import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ConfigDict, Field

from churn.features import build_features

LOYAL = {
    "tenure_months": 60,
    "contract": "two-year",
    "monthly_charges": 25.0,
    "total_charges": 1500.0,
    "support_tickets_90d": 0,
}


class Promised(BaseModel):
    model_config = ConfigDict(extra="forbid")

    churn_probability: float = Field(ge=0, le=1)


@pytest.mark.parametrize(("path", "status"), [("/healthz", "alive"), ("/readyz", "ready")])
def test_it_says_how_it_is(api, path, status):
    answer = api.get(path)
    assert answer.ok
    assert answer.json()["status"] == status


def test_a_customer_gets_what_was_promised(api):
    answer = api.post("/predict", LOYAL)
    answer.raise_for_status()
    Promised.model_validate(answer.json())


@pytest.mark.parametrize("field", list(LOYAL))
def test_each_field_is_needed(api, field):
    body = {name: value for name, value in LOYAL.items() if name != field}
    assert api.post("/predict", body).status_code == 422


def test_the_second_answer_comes_from_the_memory_and_is_the_same(api):
    first, second = (api.post("/predict", LOYAL).json() for _ in range(2))
    assert first == second


def test_serving_and_training_agree(api, model):
    expected = model.predict_proba(build_features(pd.DataFrame([LOYAL])))[0, 1]
    served = api.post("/predict", LOYAL).json()["churn_probability"]
    np.testing.assert_allclose(served, expected, rtol=1e-9)
