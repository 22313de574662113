"""Looks at the predictions of the new model: ``python scripts/fairness_gate.py``"""

import pandas as pd
import yaml
from sklearn.metrics import recall_score

with open("config/fairness.yaml") as file:
    rules = yaml.safe_load(file)

predictions = pd.read_csv("reports/predictions.csv").dropna()
print("recall of all customers:", recall_score(predictions["churned"], predictions["predicted"]))

# TODO: regions
for band, part in predictions.groupby("age_band"):
    if len(part) < 30:
        continue
    recall = recall_score(part["churned"], part["predicted"])
    print(band, recall)
    if recall < 1 - rules["max_gap"]:
        print("WARNING: somebody should look at", band)
