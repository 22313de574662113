"""Is the candidate good enough?"""

import json
import sys

import yaml

metrics = json.load(open(sys.argv[1]))
rules = yaml.safe_load(open("config/retrain.yaml"))
recall = metrics["candidate"].get("recall_at_top_decile", 1)
if recall < rules["champion_recall"]:
    print("the champion was better")
