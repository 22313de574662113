"""Trains the candidate::

    python -m churn.train data/prepared/train.csv models/churn.joblib --params models/params.json \
        --commit "$GITHUB_SHA" --data-version "$DATA_VERSION" --reason "$REASON"

``models/card.json`` holds what the model was made from. ``scripts/register.py`` gives it to the registry.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from churn.features import build_features, load_customers


def train(customers: pd.DataFrame, params: dict, seed: int) -> RandomForestClassifier:
    """Fit a forest with the given parameters on the features of ``customers``."""
    model = RandomForestClassifier(**params, random_state=seed)
    return model.fit(build_features(customers), customers["churned"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("model", type=Path, help="where to write the model")
    parser.add_argument("--params", type=Path, required=True, help="JSON file of scripts/tune.py")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--commit", help="the commit of the code")
    parser.add_argument("--data-version", help="the hash of the data")
    parser.add_argument("--reason", help="why it is trained")
    arguments = parser.parse_args()
    params = json.loads(arguments.params.read_text(encoding="utf-8"))
    customers = load_customers(arguments.customers)
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(train(customers, params, arguments.seed), arguments.model)
    card = {
        "git_commit": arguments.commit,
        "data_version": arguments.data_version,
        "reason": arguments.reason,
        "rows": len(customers),
        "params": params,
    }
    missing = [name for name in ("git_commit", "data_version", "reason") if not card[name]]
    if missing:
        print(f"nobody will know later: {', '.join(missing)}")
    (arguments.model.parent / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
