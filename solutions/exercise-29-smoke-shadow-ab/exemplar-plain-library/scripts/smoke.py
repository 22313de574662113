#!/usr/bin/env python3
"""Asks a running churn-api whether it does what it should:  ``python scripts/smoke.py http://address 18``"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request

TIMEOUT = 5.0
MAX_SECONDS = 0.150
CUSTOMER = {
    "tenure_months": 26,
    "contract": "month-to-month",
    "monthly_charges": 41.5,
    "support_tickets_90d": 3,
    "region": "north",
    "age_band": "30-44",
}


def call(url, body=None):
    """(status, text, seconds)"""
    data = None if body is None else json.dumps(body).encode("utf-8")
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return response.status, response.read().decode("utf-8"), time.perf_counter() - started
    except urllib.error.HTTPError as error:
        return error.code, "", time.perf_counter() - started


def wait_until_ready(base, attempts=24):
    for _ in range(attempts):
        try:
            status, _, _ = call(base + "/readyz")
            if status == 200:
                return
        except OSError as error:
            print("not yet:", error)
        time.sleep(5)
    sys.exit("never became ready")


def check_prediction(base, version):
    status, text, seconds = call(base + "/predict", CUSTOMER)
    if status != 200:
        sys.exit(f"/predict answered {status}")
    answer = json.loads(text)
    for key in ("churn_probability", "model_version"):
        if key not in answer:
            sys.exit(f"{key} is missing")
    probability = answer["churn_probability"]
    if isinstance(probability, bool) or not isinstance(probability, (int, float)):
        sys.exit(f"{probability!r} is not a number")
    if not 0.0 <= probability <= 1.0:
        sys.exit(f"{probability} is no probability")
    if str(answer["model_version"]) != version:
        sys.exit(f"model {answer['model_version']} answers, not {version}")
    if seconds > MAX_SECONDS:
        sys.exit(f"took {seconds * 1000:.0f} ms")


def check_nonsense(base):
    status, _, _ = call(base + "/predict", {"tenure_months": "a long time"})
    if status != 422:
        sys.exit(f"nonsense was answered with {status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("version")
    args = parser.parse_args()
    base = args.base_url.rstrip("/")
    wait_until_ready(base)
    check_prediction(base, args.version)
    check_nonsense(base)
    print("all fine")


if __name__ == "__main__":
    main()
