"""May the candidate become the challenger?  ``python scripts/gate.py reports/metrics.json``

The exit status is 1 when the candidate is too weak, worse than the champion, or when a number is missing.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import yaml


def number(numbers: dict, name: str) -> float:
    value = numbers[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} is not a number: {value!r}")
    return float(value)


def main() -> int:
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rules = yaml.safe_load(Path("config/retrain.yaml").read_text(encoding="utf-8"))["gate"]
    problems = []
    auc = number(report["candidate"], "auc")
    if not auc >= rules["auc"]:
        problems.append(f"the AUC is {auc:.3f}, and {rules['auc']} is needed")
    recall = number(report["candidate"], "recall_at_top_decile")
    champion = report["champion"]
    if champion is None:
        print("there is no champion yet")
    elif not recall >= number(champion, "recall_at_top_decile") - rules["recall_loss"]:
        problems.append(f"the recall is {recall:.3f}, and the champion is better")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
