"""Lets MLflow compare the candidate with its thresholds and with the champion."""

import json
from pathlib import Path

import yaml
from mlflow.models import EvaluationResult, MetricThreshold
from mlflow.models.evaluation.validation import ModelValidationFailedException
from mlflow import validate_evaluation_results

KNOWN = {"threshold", "min_absolute_change", "greater_is_better", "severity"}


def thresholds(path: str, severity: str) -> dict[str, MetricThreshold]:
    found = {}
    for metric, limits in yaml.safe_load(Path(path).read_text()).items():
        if not set(limits) <= KNOWN or len(limits) != 3 or limits["severity"] not in ("block", "warn"):
            raise SystemExit(f"{metric} is not a gate: {limits}")
        if limits["severity"] == severity:
            found[metric] = MetricThreshold(
                threshold=limits.get("threshold"),
                min_absolute_change=limits.get("min_absolute_change"),
                greater_is_better=limits["greater_is_better"],
            )
    return found


def result(metrics: dict) -> EvaluationResult:
    return EvaluationResult(metrics=metrics, artifacts={})


def main() -> None:
    report = json.loads(Path("reports/metrics.json").read_text())
    candidate = {**report["candidate"], "auc_lead": report["candidate"]["auc"] - report["dummy"]["auc"]}
    baseline = report["champion"]
    validate_evaluation_results(
        validation_thresholds=thresholds("config/gates.yaml", "block"),
        candidate_result=result(candidate),
        baseline_result=None if baseline is None else result(baseline),
    )


if __name__ == "__main__":
    try:
        main()
    except ModelValidationFailedException as failed:
        raise SystemExit(f"model gate: {failed}") from failed
