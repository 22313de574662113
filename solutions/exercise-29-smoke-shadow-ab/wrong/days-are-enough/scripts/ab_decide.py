"""Decides about the experiment, and prints promote, continue or rollback."""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path

import numpy as np
import yaml
from scipy import stats

ARMS = ("champion", "challenger")


class Decision(enum.StrEnum):
    PROMOTE = "promote"
    CONTINUE = "continue"
    ROLLBACK = "rollback"


def decide(plan: dict, report: dict) -> tuple[Decision, str]:
    champion, challenger = (report[arm] for arm in ARMS)
    customers = np.array([report[arm]["customers"] for arm in ARMS])

    for rail in plan["guardrails"]:
        if challenger[rail["metric"]] > rail["max"]:
            return Decision.ROLLBACK, f"guardrail {rail['metric']} is broken"

    if customers.min() == 0:
        return Decision.CONTINUE, "a group is empty"
    shares = np.array([plan["split"][arm] for arm in ARMS], dtype=float)
    expected = customers.sum() * shares / shares.sum()
    if stats.chisquare(customers, f_exp=expected).pvalue < 0.001:
        return Decision.ROLLBACK, "sample ratio mismatch"

    if report["days"] < plan["min_days"]:
        late = report["days"] > plan["max_days"]
        return (Decision.ROLLBACK if late else Decision.CONTINUE), "not enough customers or days"

    kept = np.array([report[arm]["kept"] for arm in ARMS])
    table = np.array([kept, customers - kept])
    pvalue = stats.chi2_contingency(table, correction=False).pvalue
    difference = challenger["kept"] / challenger["customers"] - champion["kept"] / champion["customers"]
    if pvalue < plan["alpha"]:
        return (Decision.PROMOTE if difference > 0 else Decision.ROLLBACK), f"{difference:+.4f}, p = {pvalue:.4f}"
    if report["days"] >= plan["max_days"]:
        return Decision.ROLLBACK, "no difference was found in time"
    return Decision.CONTINUE, f"no difference yet, p = {pvalue:.4f}"


def main() -> int:
    plan = yaml.safe_load(Path("config/ab.yaml").read_text())
    report = json.loads(Path("reports/ab.json").read_text())
    decision, why = decide(plan, report)
    print(why, file=sys.stderr)
    print(decision.value)
    return 0


if __name__ == "__main__":
    sys.exit(main())
