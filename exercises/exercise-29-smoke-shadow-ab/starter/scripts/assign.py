"""Starts the A/B test:  ``python scripts/assign.py config/ab.yaml``

The gateway puts ``sha256(salt + customer_id) % 100`` into the header ``x-churn-bucket``. Buckets below the share of the
challenger are answered by it. Nothing changes when it is started again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from routing import CHALLENGER, CHAMPION, route, to


def buckets(split: dict) -> int:
    """How many of the 100 buckets the challenger gets; shares are percent, or parts of 1."""
    champion, challenger = float(split["champion"]), float(split["challenger"])
    whole = champion + challenger
    if whole not in (1, 100) or min(champion, challenger) <= 0:
        raise SystemExit(f"these shares are not two groups: {split}")
    count = round(challenger / whole * 100)
    if not 1 <= count <= 99:
        raise SystemExit(f"one group would get nobody: {split}")
    return count


def main() -> None:
    plan = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    numbers = "|".join(str(one) for one in range(buckets(plan["split"])))
    route([{"match": [{"headers": {"x-churn-bucket": {"regex": numbers}}}], **to(CHALLENGER)}, to(CHAMPION)])


if __name__ == "__main__":
    main()
