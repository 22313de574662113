"""Registers the trained model together with the run that made it.

``python scripts/register_model.py models/churn.joblib reports/metrics.json``

Commit and run come from the variables of the pipeline, and the data is known by the hash of the file that the model
has learned from.
"""

import hashlib
from pathlib import Path

import click
import joblib
import mlflow
from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings

MODEL = "churn"


class Pipeline(BaseSettings):
    """What the platform says about this run. A variable that is missing ends the program."""

    github_sha: str = Field(pattern="^[0-9a-f]{40}$")
    github_server_url: str
    github_repository: str
    github_run_id: int

    @property
    def url(self) -> str:
        return f"{self.github_server_url}/{self.github_repository}/actions/runs/{self.github_run_id}"


class Report(BaseModel):
    """What the evaluation has measured; NaN and missing numbers are refused."""

    model_config = ConfigDict(allow_inf_nan=False)

    customers: int = Field(gt=0)
    auc: float = Field(ge=0, le=1)
    recall_at_top_decile: float = Field(ge=0, le=1)


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path("data/raw/customers.csv"),
)
def main(model: Path, report: Path, data: Path) -> None:
    pipeline = Pipeline()
    measured = Report.model_validate_json(report.read_text(encoding="utf-8"))
    with mlflow.start_run(run_name=f"register {pipeline.github_sha[:8]}"):
        mlflow.set_tags(
            {
                "commit": pipeline.github_sha,
                "data_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
                "pipeline": pipeline.url,
            }
        )
        mlflow.log_metrics(measured.model_dump())
        info = mlflow.sklearn.log_model(
            sk_model=joblib.load(model), name="model", registered_model_name=MODEL
        )
    MlflowClient().set_registered_model_alias(MODEL, "challenger", info.registered_model_version)
    click.echo(f"{MODEL} version {info.registered_model_version} is the challenger")


if __name__ == "__main__":
    main()
