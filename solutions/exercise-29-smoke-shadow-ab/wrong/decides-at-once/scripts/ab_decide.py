"""What becomes of the challenger?  ``python scripts/ab_decide.py reports/ab.json config/ab.yaml``

Writes ``decision`` to the outputs of the step: ``promote``, ``continue`` or ``rollback``. The exit status is 0 for the
first two, 1 for ``rollback``, and 2 when the numbers cannot be used.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from statistics import NormalDist

import yaml

ARMS = ("champion", "challenger")


def number(numbers: dict, name: str) -> float:
    value = numbers[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} is not a number: {value!r}")
    return float(value)


def two_sided(z: float) -> float:
    """How probable a distance of at least ``z`` standard errors is by chance."""
    return 2 * (1 - NormalDist().cdf(abs(z)))


def decide(report: dict, plan: dict) -> tuple[str, str]:
    """The decision and its reason."""
    champion, challenger = (report[arm] for arm in ARMS)
    n_old, n_new = number(champion, "customers"), number(challenger, "customers")
    for guardrail in plan["guardrails"]:
        value = number(challenger, guardrail["metric"])
        if not value <= guardrail["at_most"]:
            return "rollback", f"{guardrail['metric']} is {value:g}"
    days = number(report, "days")
    if n_old < 1:
        return ("rollback" if days >= plan["max_days"] else "continue"), "too few customers"
    if days < 0:
        return "continue", "too few days"
    share = plan["split"]["challenger"] / 100
    total = n_old + n_new
    drift = (n_new - total * share) / math.sqrt(total * share * (1 - share))
    if two_sided(drift) < plan["srm_alpha"]:
        return "rollback", "the groups are not as large as planned"
    rate_old, rate_new = number(champion, "kept") / n_old, number(challenger, "kept") / n_new
    pooled = (number(champion, "kept") + number(challenger, "kept")) / total
    z = (rate_new - rate_old) / math.sqrt(pooled * (1 - pooled) * (1 / n_old + 1 / n_new))
    if two_sided(z) < plan["alpha"] and rate_new > rate_old:
        return "promote", "more customers stay"
    return "rollback", "not more customers stay"


def main() -> int:
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    plan = yaml.safe_load(Path(sys.argv[2]).read_text(encoding="utf-8"))
    try:
        decision, reason = decide(report, plan)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        print(f"the numbers cannot be used: {error}", file=sys.stderr)
        return 2
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        output.write(f"decision={decision}\n")
    print(f"{decision}: {reason}")
    return 1 if decision == "rollback" else 0


if __name__ == "__main__":
    sys.exit(main())
