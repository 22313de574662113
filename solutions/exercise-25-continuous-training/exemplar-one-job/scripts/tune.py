"""Random search with cross-validation on the training data."""

import json
from pathlib import Path

import pandas as pd
import yaml
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

from churn.features import build_features

config = yaml.safe_load(Path("config/retrain.yaml").read_text())
customers = pd.read_csv("data/prepared/train.csv")
search = RandomizedSearchCV(
    RandomForestClassifier(random_state=config["seed"]),
    config["search"]["space"],
    n_iter=config["search"]["candidates"],
    scoring="roc_auc",
    cv=StratifiedKFold(config["search"]["folds"], shuffle=True, random_state=config["seed"]),
    random_state=config["seed"],
    n_jobs=2,
)
search.fit(build_features(customers), customers["churned"])
Path("models").mkdir(exist_ok=True)
Path("models/params.json").write_text(json.dumps(search.best_params_, indent=2))
