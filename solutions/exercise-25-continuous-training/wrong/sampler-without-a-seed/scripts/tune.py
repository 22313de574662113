"""Looks for good parameters:  ``python scripts/tune.py data/prepared/train.csv models/params.json``

The holdout is never opened here. Each trial is judged on a part of the training data that its model has not seen.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import optuna
import yaml
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from churn.features import build_features, load_customers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV file with the customers to learn from")
    parser.add_argument("params", type=Path, help="where to write the best parameters")
    arguments = parser.parse_args()
    search = yaml.safe_load(Path("config/retrain.yaml").read_text(encoding="utf-8"))["search"]
    customers = load_customers(arguments.customers)
    learn, check = train_test_split(
        customers, test_size=search["validation_share"], random_state=search["seed"]
    )

    def objective(trial: optuna.Trial) -> float:
        params = {
            name: trial.suggest_int(name, bounds["low"], bounds["high"])
            for name, bounds in search["space"].items()
        }
        model = RandomForestClassifier(**params, random_state=search["seed"])
        model.fit(build_features(learn), learn["churned"])
        return roc_auc_score(check["churned"], model.predict_proba(build_features(check))[:, 1])

    sampler = optuna.samplers.TPESampler()
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=search["trials"], timeout=search["seconds"])
    arguments.params.parent.mkdir(parents=True, exist_ok=True)
    arguments.params.write_text(json.dumps(study.best_params, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
