"""Makes the challenger the champion when it is good enough: ``python scripts/promote_model.py``

Both models are versions of the registered model ``churn``, and their numbers stand on the runs that made them. The
version that was the champion before keeps the alias ``previous_champion``: it is the way back.
"""

from __future__ import annotations

import argparse
import os
import sys

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

MODEL = "churn"
METRIC = "recall_at_top_decile"


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 0.05:
        raise argparse.ArgumentTypeError(f"{text} is no small loss")
    return value


def recall(client: MlflowClient, version) -> float:
    return client.get_run(version.run_id).data.metrics[METRIC]


def champion_of(client: MlflowClient):
    """The version that answers customers today; None when there is none yet."""
    try:
        return client.get_model_version_by_alias(MODEL, "champion")
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tolerance", type=share, default=0.01, help="how much recall may be lost")
    arguments = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        sys.exit("MLFLOW_TRACKING_URI is not set: which registry is meant?")
    client = MlflowClient()
    challenger = client.get_model_version_by_alias(MODEL, "challenger")
    champion = champion_of(client)
    new = recall(client, challenger)
    if not 0 < new <= 1:
        sys.exit(f"the challenger has no usable recall: {new}")
    if champion is not None:
        old = recall(client, challenger)
        if not new >= old - arguments.tolerance:
            sys.exit(f"version {challenger.version} finds {new:.3f} of the leavers, the champion {old:.3f}")
        client.set_registered_model_alias(MODEL, "previous_champion", champion.version)
    client.set_registered_model_alias(MODEL, "champion", challenger.version)
    print(f"{MODEL} version {challenger.version} is the champion now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
