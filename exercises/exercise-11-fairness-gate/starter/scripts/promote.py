"""Makes the challenger the champion: ``python scripts/promote.py --commit "$GITHUB_SHA"``

Only an alias moves, and only when the challenger was made from this commit. The alias
``previous_champion`` keeps the way back.
"""

from __future__ import annotations

import argparse
import os
import sys

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

MODEL = "churn"


def version_of(registry: MlflowClient, alias: str) -> str | None:
    try:
        return str(registry.get_model_version_by_alias(MODEL, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", required=True, help="what the challenger was made from")
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        sys.exit("MLFLOW_TRACKING_URI is not set: which server keeps the model?")
    registry = MlflowClient()
    version = version_of(registry, "challenger")
    if version is None:
        sys.exit("promote: there is no challenger")
    run = registry.get_run(registry.get_model_version(MODEL, version).run_id)
    if run.data.tags.get("git_commit") != arguments.commit:
        sys.exit(f"promote: version {version} was not made from {arguments.commit}")
    before = version_of(registry, "champion")
    if before is not None and before != version:
        registry.set_registered_model_alias(MODEL, "previous_champion", before)
    registry.set_registered_model_alias(MODEL, "champion", version)
    print(f"{MODEL}@champion: version {before} -> {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
