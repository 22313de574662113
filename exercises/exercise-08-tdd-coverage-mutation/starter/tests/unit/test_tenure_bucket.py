import pandas as pd

from churn.features import tenure_bucket


def test_it_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data/raw/buckets.csv").write_text("label\nnew\nfirst-year\nloyal\n")
    buckets = tenure_bucket(pd.DataFrame({"tenure_months": [3, 18, 40]}))
    assert buckets is not None
