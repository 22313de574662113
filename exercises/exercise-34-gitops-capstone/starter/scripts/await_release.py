"""Waits until an environment serves a release, and asks it::

    python scripts/await_release.py https://churn.staging.kestrel.example --image sha256:5b0b... --model 41

Asks ``/version`` until it names this digest and this version of the model, and then ``/predict`` about one customer.
The exit status is 1 when the release is not there after ``--minutes`` (15), or when the answer is no probability.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request

SECONDS = 10
CUSTOMER = {
    "tenure_months": 3,
    "contract": "month-to-month",
    "monthly_charges": 70.5,
    "total_charges": 211.5,
    "support_tickets_90d": 4,
}


def ask(url: str, question: dict | None = None) -> dict:
    data = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


def serves(address: str, image: str, model: str) -> bool:
    try:
        version = ask(f"{address}/version")
    except (OSError, ValueError) as error:
        print(f"no answer yet: {error}")
        return False
    print(f"serves image {version.get('image')}, model {version.get('model')}")
    return version.get("image") == image and version.get("model") == model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="where the environment answers")
    parser.add_argument("--image", required=True, help="the digest of the image")
    parser.add_argument("--model", required=True, help="the version of the model")
    parser.add_argument("--minutes", type=float, default=15)
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.minutes * 60
    while not serves(arguments.address, arguments.image, arguments.model):
        if time.monotonic() > end:
            print("the release has not arrived", file=sys.stderr)
            return 1
        time.sleep(SECONDS)
    try:
        probability = ask(f"{arguments.address}/predict", CUSTOMER)["churn_probability"]
    except (OSError, ValueError, KeyError) as error:
        print(f"no prediction: {error!r}", file=sys.stderr)
        return 1
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        print(f"{probability!r} is no probability", file=sys.stderr)
        return 1
    print(f"answers {probability:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
