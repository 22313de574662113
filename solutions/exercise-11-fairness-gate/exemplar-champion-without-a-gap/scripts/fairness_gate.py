"""Is anybody left behind?  ``python scripts/fairness_gate.py [predictions]``"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml


def recall(rows: pd.DataFrame, answer: str) -> float:
    leavers = rows[rows["churned"] == 1]
    return float(leavers[answer].mean())  # NaN when nobody left


def selection_rate(rows: pd.DataFrame, answer: str) -> float:
    return float(rows[answer].mean())


METRICS: dict[str, Callable[[pd.DataFrame, str], float]] = {"recall": recall, "selection_rate": selection_rate}


def groups(rows: pd.DataFrame, column: str, smallest: int) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Groups that are large enough, and the small ones, which are judged together."""
    large, small, names = {}, [], []
    for name, part in rows.groupby(column, dropna=False):
        if len(part) >= smallest:
            large[str(name)] = part
        else:
            small.append(part)
            names.append(str(name))
    if small:
        large["together: " + ", ".join(names)] = pd.concat(small)
    return large, names


def gap(parts: dict[str, pd.DataFrame], metric: str, answer: str) -> float:
    values = np.array([METRICS[metric](part, answer) for part in parts.values()])
    return float(values.max() - values.min())  # NaN stays NaN


def judge(rows: pd.DataFrame, rules: dict) -> tuple[list[str], list[str]]:
    """What stops the run, and what people should know."""
    stops, notes = [], []
    if rows.empty or rows["predicted"].isna().any():
        return ["somebody has no prediction"], notes
    for column in rules["attributes"]:
        parts, small = groups(rows, column, rules["smallest_group"])
        if small:
            notes.append(f"{column}: {', '.join(small)} are small and judged together")
        for metric, rule in rules["metrics"].items():
            found = gap(parts, metric, "predicted")
            if not found <= rule["max_gap"]:
                stops.append(f"{column}: {metric} is {found:.2f} apart")
            if "champion_predicted" in rows and rows["champion_predicted"].notna().all():
                before = gap(parts, metric, "champion_predicted")
                if not found - before <= rules["worse_than_champion"]:
                    stops.append(f"{column}: {metric} was {before:.2f} apart, and is {found:.2f}")
    return stops, notes


def main() -> int:
    path = sys.argv[1] if len(sys.argv) > 1 else "reports/predictions.csv"
    rules = yaml.safe_load(Path("config/fairness.yaml").read_text())
    stops, notes = judge(pd.read_csv(path), rules)
    for note in notes:
        print("note:", note)
    for stop in stops:
        print("stop:", stop)
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
