"""Is there a reason to train again?  ``python scripts/should_retrain.py``

Reads ``reports/signals.json`` and the bounds in ``config/retrain.yaml``. Writes ``retrain`` and ``reason`` to the
outputs of the step.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import yaml

REASONS = {
    "drift_psi": "the customers have changed",
    "recall_drop": "the model finds fewer leavers",
}


def reasons(signals: dict, bounds: dict) -> list[str]:
    """Why it should be trained again; nothing when it cannot or need not be."""
    if signals["data_version"] == signals["trained_version"]:
        return []
    if not signals["new_rows"] >= bounds["new_rows"]:
        return []
    if signals["trained_version"] is None:
        return ["there is no model yet"]
    found = []
    for name, reason in REASONS.items():
        value = signals[name]
        if value is not None and not math.isnan(value) and value > bounds[name]:
            found.append(reason)
    return found


def main() -> None:
    signals = json.loads(Path("reports/signals.json").read_text(encoding="utf-8"))
    bounds = yaml.safe_load(Path("config/retrain.yaml").read_text(encoding="utf-8"))["retrain"]
    found = reasons(signals, bounds)
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        output.write(f"retrain={'true' if found else 'false'}\n")
        output.write(f"reason={', '.join(found)}\n")
    print(", ".join(found) or "nothing to do")


if __name__ == "__main__":
    main()
