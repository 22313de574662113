"""May customers be answered by the challenger?  ``python scripts/compare_shadow.py reports/shadow.json config/ab.yaml``

Compares how champion and challenger answered the same requests. The exit status is 1 when the challenger may not go on.
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
    bounds = yaml.safe_load(Path(sys.argv[2]).read_text(encoding="utf-8"))["shadow"]
    champion, challenger = report["champion"], report["challenger"]
    problems = []
    if not number(report, "requests") >= bounds["min_requests"]:
        problems.append("too few requests were mirrored")
    if not number(report, "agreement") >= bounds["min_agreement"]:
        problems.append("the challenger says something else about too many customers")
    if not number(report, "score_shift") <= bounds["max_score_shift"]:
        problems.append("the scores of the challenger are shifted")
    slower = number(challenger, "p95_latency_ms") - number(champion, "p95_latency_ms")
    if not slower <= bounds["max_slower_ms"]:
        problems.append(f"the challenger is {slower:.0f} ms slower")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
