import sys
from pathlib import Path

import joblib
import pytest

from churn.features import load_customers
from churn.train import main, predict

EXPORT = Path(__file__).resolve().parent.parent / "data" / "raw" / "customers.csv"


@pytest.mark.integration
def test_from_the_top_of_the_export_to_predictions(tmp_path, monkeypatch):
    small = load_customers(EXPORT).head(300)
    path, model = tmp_path / "small.csv", tmp_path / "model.joblib"
    small.to_csv(path, index=False)
    monkeypatch.setattr(sys, "argv", ["train", str(path), f"--model={model}"])
    main()
    scores = predict(joblib.load(model), load_customers(path))
    assert scores.between(0, 1).all()
    assert scores.nunique() > 100
