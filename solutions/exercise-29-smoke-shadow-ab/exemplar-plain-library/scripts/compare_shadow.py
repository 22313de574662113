"""May the challenger answer customers?  ``python scripts/compare_shadow.py config/ab.yaml reports/shadow.json``"""

import json
import sys

import yaml


def problems(report, bounds):
    found = []
    if report["requests"] < bounds["min_requests"]:
        found.append("too few requests were mirrored")
    if report["agreement"] < bounds["min_agreement"]:
        found.append("the models disagree")
    if abs(report["score_shift"]) > bounds["max_score_shift"]:
        found.append("the scores are shifted")
    if report["challenger"]["p95_latency_ms"] > bounds["max_p95_latency_ms"]:
        found.append("the challenger is slow")
    return found


def main():
    plan_path, report_path = sys.argv[1:3]
    with open(plan_path, encoding="utf-8") as file:
        bounds = yaml.safe_load(file)["shadow"]
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    found = problems(report, bounds)
    for one in found:
        print("STOP:", one)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
