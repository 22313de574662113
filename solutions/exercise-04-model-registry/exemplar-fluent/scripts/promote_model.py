"""Promotes the challenger after both models were measured on the same customers.

``python scripts/promote_model.py data/prepared/holdout.csv``

Whoever runs it is a person with a reason; the pipeline only registers.
"""

from pathlib import Path

import click
import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import RestException
from sklearn.metrics import roc_auc_score

from churn.features import build_features, load_customers

MODEL = "churn"
CHALLENGER = f"models:/{MODEL}@challenger"
CHAMPION = f"models:/{MODEL}@champion"


def auc(uri: str, customers: pd.DataFrame) -> float:
    model = mlflow.sklearn.load_model(uri)
    return roc_auc_score(customers["churned"], model.predict_proba(build_features(customers))[:, 1])


@click.command()
@click.argument("holdout", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tolerance", type=click.FloatRange(0, 0.02), default=0.01, show_default=True)
def main(holdout: Path, tolerance: float) -> None:
    client = MlflowClient()
    customers = load_customers(holdout)
    if customers.empty:
        raise click.ClickException("there are no customers to measure on")
    version = client.get_model_version_by_alias(MODEL, "challenger").version
    challenger_auc = auc(CHALLENGER, customers)
    try:
        previous = client.get_model_version_by_alias(MODEL, "champion").version
    except RestException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        previous = None
    if previous is None:
        if not challenger_auc >= 0.82:
            raise click.ClickException(f"the first champion needs an AUC of 0.82, not {challenger_auc:.3f}")
    else:
        champion_auc = auc(CHAMPION, customers)
        if not challenger_auc >= champion_auc - tolerance:
            raise click.ClickException(f"{challenger_auc:.3f} against {champion_auc:.3f}: nothing is promoted")
        client.set_model_version_tag(MODEL, version, "replaces", previous)
    client.set_registered_model_alias(name=MODEL, alias="champion", version=version)
    click.echo(f"{MODEL} version {version} is the champion")


if __name__ == "__main__":
    main()
