"""Prints the numbers of all models as a table."""

import json

with open("reports/metrics.json") as file:
    report = json.load(file)
print("| metric | candidate | champion |\n|---|---|---|")
for metric, value in report["candidate"].items():
    print(f"| {metric} | {value} | {(report['champion'] or {}).get(metric, '-')} |")
