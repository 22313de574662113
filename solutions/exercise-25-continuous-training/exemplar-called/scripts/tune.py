"""Cross-validated search; bad trials are given up early."""

from __future__ import annotations

import json
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from churn.features import build_features


def score(trial: optuna.Trial, features: pd.DataFrame, churned: pd.Series, search: dict) -> float:
    space = search["space"]
    model = RandomForestClassifier(
        n_estimators=trial.suggest_int("n_estimators", **space["n_estimators"]),
        max_depth=trial.suggest_int("max_depth", **space["max_depth"]),
        random_state=search["seed"],
    )
    folds = StratifiedKFold(n_splits=search["folds"], shuffle=True, random_state=search["seed"])
    scores = []
    for step, (learn, check) in enumerate(folds.split(features, churned)):
        model.fit(features.iloc[learn], churned.iloc[learn])
        found = model.predict_proba(features.iloc[check])[:, 1]
        scores.append(roc_auc_score(churned.iloc[check], found))
        trial.report(float(np.mean(scores)), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(scores))


def main() -> None:
    search = tomllib.loads(Path("config/retrain.toml").read_text())["search"]
    customers = pd.read_csv("data/prepared/train.csv")
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.RandomSampler(search["seed"]),
        pruner=optuna.pruners.MedianPruner(),
    )
    objective = partial(
        score, features=build_features(customers), churned=customers["churned"], search=search
    )
    study.optimize(objective, n_trials=search["trials"])
    Path("models").mkdir(exist_ok=True)
    Path("models/params.json").write_text(json.dumps(study.best_params))


if __name__ == "__main__":
    main()
