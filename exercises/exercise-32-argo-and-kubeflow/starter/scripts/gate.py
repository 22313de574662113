"""May this model be registered?  ``python scripts/gate.py --metrics metrics.json``

The exit status is 1 when a number is too low or missing.  ``--answer FILE`` also writes the word
``pass`` into a file when the model may go on.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

LEAST = {"customers": 50, "auc": 0.82, "recall_at_top_decile": 0.15}


def number(numbers: object, name: str) -> float:
    value = numbers.get(name) if isinstance(numbers, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is not a number: {value!r}")
    return float(value)


def refusals(numbers: object) -> list[str]:
    """Why the model must not go on, in words; empty when it may."""
    return [
        f"{name} is {number(numbers, name):.3f}; at least {least} is needed"
        for name, least in LEAST.items()
        if number(numbers, name) < least
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metrics", type=Path, required=True, help="what churn.evaluate wrote")
    parser.add_argument("--answer", type=Path, help="where the word `pass` goes")
    arguments = parser.parse_args()
    found = refusals(json.loads(arguments.metrics.read_text(encoding="utf-8")))
    for refusal in found:
        print(f"model gate: {refusal}", file=sys.stderr)
    if found:
        return 1
    if arguments.answer is not None:
        arguments.answer.parent.mkdir(parents=True, exist_ok=True)
        arguments.answer.write_text("pass", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
