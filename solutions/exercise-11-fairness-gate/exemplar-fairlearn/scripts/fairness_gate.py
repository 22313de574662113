"""The fairness gate: ``python scripts/fairness_gate.py``

Compares the worst group with the best one, by Fairlearn. Exits with 1 when a ratio is too small, when
it is smaller than the champion's, or when it is not a number. A group with few customers is a warning.
"""

import os
import sys

import pandas as pd
import yaml
from fairlearn.metrics import MetricFrame, count, false_positive_rate, true_positive_rate

METRICS = {"equal_opportunity": true_positive_rate, "predictive_equality": false_positive_rate}


def measured(table, column, predicted):
    return MetricFrame(
        metrics={**METRICS, "customers": count},
        y_true=table["churned"],
        y_pred=table[predicted],
        sensitive_features=table[column],
    )


def judge(table, rules):
    """The lines of the report; those that stop the candidate start with STOP."""
    if table.empty:
        return ["STOP: there are no customers to look at"]
    lines = []
    for sensitive in rules["sensitive"]:
        column = sensitive["column"]
        if table[column].isna().any():
            lines.append(f"STOP: {column} is not known of everybody")
            continue
        candidate = measured(table, column, "predicted")
        champion = measured(table, column, "champion_predicted")
        sizes = candidate.by_group["customers"]
        for group in sizes[sizes < rules["smallest_group"]].index:
            lines.append(f"WARN: {column} {group} has only {sizes[group]:.0f} customers")
        left = table.groupby(column)["churned"].sum()
        for group in left[left == 0].index:
            lines.append(f"STOP: nobody of {column} {group} has left, so nothing is known about them")
        now, before = candidate.ratio(), champion.ratio()
        for rule in rules["rules"]:
            metric = rule["metric"]
            if not now[metric] >= rule["min_ratio"]:
                lines.append(f"STOP: {column}, {metric}: the worst group has {now[metric]:.2f} of the best")
            if not now[metric] >= before[metric] - rule["may_lose"]:
                lines.append(f"STOP: {column}, {metric}: {before[metric]:.2f} of the champion, {now[metric]:.2f} now")
    return lines


def main():
    with open("config/fairness.yaml", encoding="utf-8") as file:
        rules = yaml.safe_load(file)
    lines = judge(pd.read_csv("reports/predictions.csv"), rules)
    with open(os.environ.get("GITHUB_STEP_SUMMARY", "reports/fairness.md"), "a", encoding="utf-8") as page:
        page.write("\n".join(lines))
    print("\n".join(lines))
    if any(line.startswith("STOP") for line in lines):
        sys.exit(1)


if __name__ == "__main__":
    main()
