from pathlib import Path

from churn.evaluate import recall_at_top_decile
from churn.features import load_customers
from churn.train import predict, train

CUSTOMERS = Path(__file__).parents[2] / "data" / "raw" / "customers.csv"


def test_from_the_export_to_a_ranking():
    customers = load_customers(CUSTOMERS)
    scores = predict(train(customers), customers)
    found = recall_at_top_decile(customers["churned"].tolist(), scores.tolist())
    assert found > 0.15
