from churn.evaluate import recall_at_top_decile
from churn.features import load_customers
from churn.train import predict, train


def test_from_an_export_to_a_ranking(sample, tmp_path):
    path = tmp_path / "customers.csv"
    sample.to_csv(path, index=False)
    customers = load_customers(path)
    scores = predict(train(customers), customers)
    found = recall_at_top_decile(customers["churned"].tolist(), scores.tolist())
    assert found > 0.15
