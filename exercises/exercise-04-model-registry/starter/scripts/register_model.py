"""Keeps the model: ``python scripts/register_model.py``"""

import os
from datetime import date

import mlflow

NAME = f"churn_final_v3_{date.today()}"

mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI", "file:./mlruns"))
mlflow.start_run(run_name=NAME)
mlflow.set_tag("git_commit", os.environ.get("GITHUB_SHA", "unknown"))
mlflow.log_artifact("models/churn.joblib")
# TODO: register it properly
print(f"Model {NAME} registered!")
