"""Ends with 1 when the tests notice too few changes of the code."""

import json
import sys
from pathlib import Path

LEAST_PERCENT = 50


def score(stats: dict[str, int]) -> float:
    tried = stats["total"] - stats["skipped"]
    return 100 * stats["killed"] / tried if tried else 0.0


def main(path: str = "mutants/mutmut-cicd-stats.json") -> int:
    noticed = score(json.loads(Path(path).read_text(encoding="utf-8")))
    print(f"{noticed:.1f} % of the changes were noticed, {LEAST_PERCENT} % are demanded")
    return 0 if noticed >= LEAST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
