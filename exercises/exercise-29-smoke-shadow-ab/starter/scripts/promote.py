"""The challenger becomes the champion:  ``python scripts/promote.py``

All customers are answered by it, and then the alias ``champion`` of the model ``churn`` points at its version.
"""

from __future__ import annotations

from mlflow import MlflowClient

from routing import CHALLENGER, route, to


def main() -> None:
    client = MlflowClient()
    version = client.get_model_version_by_alias("churn", "challenger").version
    route([to(CHALLENGER)])
    client.set_registered_model_alias("churn", "champion", version)
    print(f"churn {version} is the champion")


if __name__ == "__main__":
    main()
