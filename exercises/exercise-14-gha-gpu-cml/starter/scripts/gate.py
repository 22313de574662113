"""Is the model good enough?  ``python scripts/gate.py reports/metrics.json config/gates.yaml``

Prints a table of all bounds as Markdown, and writes it to the file of ``--table`` as well. The
exit status is 1 when a number is on the wrong side of its bound, is missing, or is no number.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import yaml


def number(metrics: dict, name: str) -> float:
    value = metrics[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is not a number: {value!r}")
    return float(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path)
    parser.add_argument("gates", type=Path)
    parser.add_argument("--table", type=Path, help="a file for the table")
    arguments = parser.parse_args()
    metrics = json.loads(arguments.metrics.read_text(encoding="utf-8"))
    bounds = yaml.safe_load(arguments.gates.read_text(encoding="utf-8"))["at_least"]
    rows = ["| number | value | at least | verdict |", "|---|---|---|---|"]
    failed = []
    for name, bound in bounds.items():
        value = number(metrics, name)
        passed = value >= bound
        rows.append(f"| {name} | {value:.3f} | {bound} | {'pass' if passed else 'fail'} |")
        if not passed:
            failed.append(name)
    print("\n".join(rows))
    if arguments.table is not None:
        arguments.table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name in failed:
        print(f"model gate: {name} is too low", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
