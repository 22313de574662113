"""Does what was deployed answer, and answer right?  ``python scripts/smoke.py URL --model-version 18``

The exit status is 1 at the first wrong answer, and after 120 seconds in any case.
"""

from __future__ import annotations

import argparse
import sys
import time

import requests

CUSTOMER = {
    "tenure_months": 26,
    "contract": "month-to-month",
    "monthly_charges": 41.5,
    "support_tickets_90d": 3,
    "region": "north",
    "age_band": "30-44",
}
TOTAL_SECONDS = 120


def wait_until_ready(url: str, deadline: float) -> None:
    while True:
        try:
            answer = requests.get(f"{url}/readyz", timeout=5)
            if answer.status_code == 200:
                return
        except requests.RequestException as error:
            print(f"not ready yet: {error}")
        if time.monotonic() > deadline:
            sys.exit("it did not get ready in time")
        time.sleep(3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--model-version", required=True)
    parser.add_argument("--max-ms", type=float, default=150)
    arguments = parser.parse_args()
    wait_until_ready(arguments.url, time.monotonic() + TOTAL_SECONDS)

    started = time.monotonic()
    answer = requests.post(f"{arguments.url}/predict", json=CUSTOMER, timeout=5)
    milliseconds = (time.monotonic() - started) * 1000
    answer.raise_for_status()
    said = answer.json()
    if set(said) != {"churn_probability", "model_version"}:
        sys.exit(f"the answer has the fields {sorted(said)}")
    if said["model_version"] != arguments.model_version:
        sys.exit(f"model {said['model_version']} answers, not {arguments.model_version}")
    if not milliseconds <= arguments.max_ms:
        sys.exit(f"the answer took {milliseconds:.0f} ms")

    refused = requests.post(f"{arguments.url}/predict", json={**CUSTOMER, "tenure_months": "long"}, timeout=5)
    if refused.status_code != 422:
        sys.exit(f"nonsense is answered with {refused.status_code}")
    print(f"model {arguments.model_version} answers in {milliseconds:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
