"""promote, continue or rollback:  ``python scripts/ab_decide.py config/ab.yaml reports/ab.json``

The word is written to the output ``decision`` of the step.
"""

import json
import math
import os
import sys
from statistics import NormalDist

import yaml

SRM_ALPHA = 0.001


def sample_ratio_mismatch(n1, n2, split):
    """Whether the groups differ from the plan by more than chance (chi-squared, one degree of freedom)."""
    total = n1 + n2
    share = split["champion"] / (split["champion"] + split["challenger"])
    e1, e2 = total * share, total * (1 - share)
    chi2 = (n1 - e1) ** 2 / e1 + (n2 - e2) ** 2 / e2
    p = 2 * (1 - NormalDist().cdf(math.sqrt(chi2)))
    return p < SRM_ALPHA


def z_score(k1, n1, k2, n2):
    pooled = (k1 + k2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return (k2 / n2 - k1 / n1) / error if error else 0.0


def decide(report, plan):
    a, b = report["champion"], report["challenger"]
    for name, bound in plan["guardrails"].items():
        if b[name] > bound:
            return "rollback"
    if min(a["customers"], b["customers"]) > 0 and sample_ratio_mismatch(a["customers"], b["customers"], plan["split"]):
        return "rollback"
    if report["days"] < plan["min_days"] or min(a["customers"], b["customers"]) < plan["min_customers_per_arm"]:
        if report["days"] >= plan["max_days"]:
            return "rollback"
        return "continue"
    z = z_score(a["kept"], a["customers"], b["kept"], b["customers"])
    critical = NormalDist().inv_cdf(1 - plan["alpha"] / 2)
    if z <= -critical:
        return "rollback"
    if z >= critical:
        return "promote"
    return "rollback" if report["days"] >= plan["max_days"] else "continue"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = yaml.safe_load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        report = json.load(file)
    decision = decide(report, plan)
    print(decision)
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as out:
        out.write(f"decision={decision}\n")


if __name__ == "__main__":
    main()
