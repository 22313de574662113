import subprocess
import sys

import joblib
import pytest

from churn.features import load_customers
from churn.train import predict
from tests.factories import crowd


@pytest.mark.e2e
def test_command_line_to_predictions(tmp_path):
    export = tmp_path / "export.csv"
    model = tmp_path / "model.joblib"
    crowd(250).to_csv(export, index=False)

    subprocess.run(
        [sys.executable, "-m", "churn.train", str(export), "--model", str(model)],
        check=True,
        timeout=120,
    )

    scores = predict(joblib.load(model), load_customers(export))
    assert len(scores) == 250
    assert scores.between(0, 1).all()
