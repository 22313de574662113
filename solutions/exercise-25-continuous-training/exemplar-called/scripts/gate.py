import json
import sys
import tomllib

with open("config/retrain.toml", "rb") as settings:
    rules = tomllib.load(settings)["gate"]
with open("reports/metrics.json") as file:
    report = json.load(file)
candidate, champion = report["candidate"], report["champion"]
assert candidate["auc"] >= rules["least_auc"], "the AUC is too low"
if champion is None:
    sys.exit(0)
assert candidate["recall_at_top_decile"] >= champion["recall_at_top_decile"] - rules["tolerance"], "worse than the champion"
