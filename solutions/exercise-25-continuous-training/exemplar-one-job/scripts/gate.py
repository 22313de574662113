"""Stops a candidate that is weak or worse than the champion, and writes the reasons to the page of the run."""

import argparse
import json
import math
import os

import yaml

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("metrics")
parser.add_argument("--config", default="config/retrain.yaml")
arguments = parser.parse_args()
with open(arguments.metrics) as file:
    report = json.load(file)
with open(arguments.config) as file:
    rules = yaml.safe_load(file)["challenger"]
candidate, champion = report["candidate"], report["champion"]
for name in ("auc", "recall_at_top_decile"):
    if not math.isfinite(candidate[name]):
        raise SystemExit(f"{name} is no number")
checks = {"AUC": candidate["auc"] >= rules["least_auc"]}
if champion is not None:
    loss = champion["recall_at_top_decile"] - candidate["recall_at_top_decile"]
    checks["recall beside the champion"] = loss <= rules["recall_may_fall_by"]
with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as page:
    for name, passed in checks.items():
        page.write(f"- {name}: {'yes' if passed else 'no'}\n")
if not all(checks.values()):
    raise SystemExit("the champion stays alone")
