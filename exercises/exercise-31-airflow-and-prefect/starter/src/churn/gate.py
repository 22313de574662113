"""Is the model good enough? ``python -m churn.gate runs/2026-11-02/metrics.json``

It fails when a number is too low, and also when one is missing.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

BOUNDS = {"customers": 50.0, "auc": 0.82, "recall_at_top_decile": 0.15}


class GateSaidNo(Exception):
    """The model must not be registered."""


def refusals(numbers: dict[str, object]) -> list[str]:
    """Why the model must not go on, in words; empty when it may."""
    found: list[str] = []
    for name, least in BOUNDS.items():
        value = numbers.get(name)
        number = not isinstance(value, bool) and isinstance(value, int | float)
        if not number or not math.isfinite(value) or not value >= least:  # type: ignore[arg-type, operator]
            found.append(f"{name} is {value!r}; at least {least} is needed")
    return found


def gate(place: str) -> str:
    """Fail when the numbers at ``place`` are not good enough; otherwise give their place on."""
    found = refusals(json.loads(Path(place).read_text(encoding="utf-8")))
    if found:
        raise GateSaidNo("; ".join(found))
    return place


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", help="the place of the numbers")
    try:
        gate(parser.parse_args().metrics)
    except GateSaidNo as problem:
        print(f"model gate: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
