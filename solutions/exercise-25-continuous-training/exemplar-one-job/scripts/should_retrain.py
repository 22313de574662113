"""Prints ``retrain=true`` or ``retrain=false`` and a reason: for the outputs of the step that starts it."""

import json
import sys
from pathlib import Path

import yaml


def answer(signals: dict, config: dict) -> tuple[bool, str]:
    if signals["trained_version"] is not None and signals["trained_version"] == signals["data_version"]:
        return False, "this version of the data was used already"
    rows = signals["new_rows"]
    if rows is None or rows < config["least_new_rows"]:
        return False, "too few new customers"
    for name, bound in config["reasons"].items():
        if signals[name] is not None and signals[name] > bound:
            return True, f"{name} is above {bound}"
    if signals["trained_version"] is None:
        return True, "first model"
    return False, "all is well"


retrain, reason = answer(
    json.loads(Path("reports/signals.json").read_text()), yaml.safe_load(Path("config/retrain.yaml").read_text())
)
sys.stdout.write(f"retrain={str(retrain).lower()}\nreason={reason}\n")
