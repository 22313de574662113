"""Does what was deployed answer, and answer right?  The address and the version stand in the environment."""

import json
import os
import signal
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

URL = os.environ["SERVICE_URL"]
CUSTOMER = {
    "tenure_months": 4, "contract": "one-year", "monthly_charges": 60.0, "support_tickets_90d": 0, "region": "south",
    "age_band": "18-29",
}


def post(body):
    request = Request(f"{URL}/predict", data=json.dumps(body).encode(), headers={"content-type": "application/json"})
    return urlopen(request, timeout=3)


signal.alarm(180)
for attempt in range(30):
    try:
        urlopen(f"{URL}/readyz", timeout=3)
        break
    except URLError:
        time.sleep(3)
else:
    sys.exit("it does not get ready")

started = time.perf_counter()
with post(CUSTOMER) as response:
    answer = json.loads(response.read())
took = time.perf_counter() - started
assert sorted(answer) == ["churn_probability", "model_version"], answer
assert 0.0 <= answer["churn_probability"] <= 1.0, answer
assert answer["model_version"] == os.environ["MODEL_VERSION"], answer
assert took < 0.15, f"{took:.3f} s"
try:
    post({"tenure_months": -1})
except HTTPError as error:
    assert error.code == 422, error.code
else:
    sys.exit("nonsense is answered")
print("well")
