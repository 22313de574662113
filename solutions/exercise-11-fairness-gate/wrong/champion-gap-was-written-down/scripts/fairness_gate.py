"""May the candidate be promoted?  ``python scripts/fairness_gate.py reports/predictions.csv``

Compares the groups of each sensitive attribute by each metric in ``config/fairness.yaml``. The exit
status is 1 when groups are too far apart, when a gap is larger than the champion's, and when a number
is missing. Groups with few customers are judged together, and named as a warning.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

TOGETHER = "small groups together"


@dataclass
class Report:
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def recall(part: pd.DataFrame, column: str) -> float:
    return float(part.loc[part["churned"] == 1, column].mean())


def selection_rate(part: pd.DataFrame, column: str) -> float:
    return float(part[column].mean())


METRICS = {"recall": recall, "selection_rate": selection_rate}


def groups(table: pd.DataFrame, attribute: str, rules: dict, report: Report) -> pd.Series:
    """The group of each customer; those that are too small become one."""
    names = table[attribute].fillna("not known")
    sizes = names.value_counts()
    small = [name for name, size in sizes.items() if size < rules["min_group_size"]]
    for name in small:
        report.warnings.append(f"{attribute} {name}: only {sizes[name]} customers, judged with others")
    return names.where(~names.isin(small), TOGETHER)


def gap(table: pd.DataFrame, names: pd.Series, metric: str, column: str) -> float:
    """How far the best and the worst group are apart; NaN when one of them has no number."""
    values = [METRICS[metric](part, column) for _, part in table.groupby(names)]
    if any(math.isnan(value) for value in values):
        return math.nan
    return max(values) - min(values)


def check(table: pd.DataFrame, rules: dict) -> Report:
    report = Report()
    for column in ("predicted", "champion_predicted"):
        if table[column].isna().any():
            report.failures.append(f"{column}: there are customers without a prediction")
    for attribute in rules["attributes"]:
        names = groups(table, attribute, rules, report)
        for metric, bounds in rules["metrics"].items():
            now = gap(table, names, metric, "predicted")
            before = rules["champion_gap"]
            if not now <= bounds["max_gap"]:
                report.failures.append(f"{attribute}: {metric} is {now:.3f} apart")
            if not now - before <= rules["champion_tolerance"]:
                report.failures.append(f"{attribute}: {metric} was {before:.3f} apart, now {now:.3f}")
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--rules", type=Path, default=Path("config/fairness.yaml"))
    arguments = parser.parse_args()
    rules = yaml.safe_load(arguments.rules.read_text(encoding="utf-8"))
    report = check(pd.read_csv(arguments.predictions), rules)
    for warning in report.warnings:
        print(f"::warning::{warning}")
    for failure in report.failures:
        print(f"::error::{failure}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
