from __future__ import annotations

import joblib

from churn import train as program
from churn.features import load_customers
from churn.train import predict


def test_from_a_file_to_predictions(synthetic, tmp_path, monkeypatch):
    data, model = tmp_path / "customers.csv", tmp_path / "model.joblib"
    synthetic.head(200).to_csv(data, index=False)
    monkeypatch.setattr("sys.argv", ["churn.train", str(data), "--model", str(model)])

    program.main()

    customers = load_customers(data)
    scores = predict(joblib.load(model), customers)
    assert scores.index.equals(customers.index)
    assert scores[customers["churned"] == 1].mean() > scores[customers["churned"] == 0].mean()
