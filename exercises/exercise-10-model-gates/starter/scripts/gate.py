"""Looks at the numbers of the new model: ``python scripts/gate.py``"""

import json

import yaml

with open("config/gates.yaml") as file:
    gates = yaml.safe_load(file)

try:
    with open("reports/metrics.json") as file:
        metrics = json.load(file)["candidate"]
except Exception:
    metrics = {}

# TODO: recall, latency and size
if metrics.get("auc", 1) < gates["auc"]:
    print("WARNING: the model is not good enough")
else:
    print("All good!")
