"""May the candidate be registered?  ``python scripts/gate.py reports/metrics.json config/gates.yaml``

Prints a table of all gates. The exit status is 1 when a gate that blocks says no, or when a number is missing.
"""

from __future__ import annotations

import argparse
import json
import math
import operator
import sys
from pathlib import Path

import yaml

OPERATORS = {">=": operator.ge, "<=": operator.le}
SEVERITIES = ("block", "warn")
KEYS = {"name", "metric", "against", "operator", "bound", "severity"}


def read_gates(path: Path) -> list[dict]:
    gates = yaml.safe_load(path.read_text(encoding="utf-8"))["gates"]
    for gate in gates:
        if set(gate) != KEYS:
            raise ValueError(f"{gate} does not have exactly the keys {sorted(KEYS)}")
        if gate["operator"] not in OPERATORS or gate["severity"] not in SEVERITIES:
            raise ValueError(f"{gate['name']}: the operator or the severity is not known")
    return gates


def number(numbers: dict, metric: str) -> float:
    value = numbers[metric]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{metric} is not a number: {value!r}")
    return float(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path)
    parser.add_argument("gates", type=Path)
    parser.add_argument("--table", type=Path, default=Path("reports/gate.md"))
    arguments = parser.parse_args()
    report = json.loads(arguments.metrics.read_text(encoding="utf-8"))
    rows = ["| gate | value | bound | verdict |", "|---|---|---|---|"]
    failed = []
    for gate in read_gates(arguments.gates):
        value = number(report["candidate"], gate["metric"])
        if gate["against"] is not None:
            other = report[gate["against"]]
            if other is None:
                rows.append(f"| {gate['name']} | {value:.3f} | | there is no {gate['against']} yet |")
                continue
            value = value - number(other, gate["metric"])
        passed = OPERATORS[gate["operator"]](value, gate["bound"])
        verdict = "pass" if passed else gate["severity"]
        rows.append(f"| {gate['name']} | {value:.3f} | {gate['operator']} {gate['bound']} | {verdict} |")
        if not passed and gate["severity"] == "block":
            failed.append(gate["name"])
    arguments.table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print("\n".join(rows))
    for name in failed:
        print(f"model gate: {name}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
