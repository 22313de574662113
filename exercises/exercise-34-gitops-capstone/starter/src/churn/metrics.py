"""What churn-api and the batch jobs say about themselves.

The service shows its numbers at ``/metrics``.  The batch jobs end before anybody could ask them, so they
push theirs to the Pushgateway (``push``).
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    push_to_gateway,
)

# churn-api
REQUESTS = Counter("churn_requests_total", "Answers of /predict", ["status"])
LATENCY = Histogram(
    "churn_request_duration_seconds",
    "Time to answer /predict",
    buckets=(0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2),
)
PREDICTIONS = Histogram(
    "churn_prediction_probability",
    "What the model answered",
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
)
OUTCOMES = Counter("churn_predictions_total", "Answers by what they say", ["outcome"])
MODEL = Gauge("churn_model_version", "Number of the version that answers")
TRAINED = Gauge("churn_model_trained_timestamp_seconds", "When that version was trained")

# the batch jobs
BATCH = CollectorRegistry()
DRIFT = Gauge(
    "churn_feature_psi", "Drift against the training data", ["feature"], registry=BATCH
)
DATA = Gauge(
    "churn_data_newest_timestamp_seconds", "Time of the newest customer record", registry=BATCH
)
RETRAIN = Gauge(
    "churn_retrain_last_success_timestamp_seconds", "When a training last succeeded", registry=BATCH
)
FAILED = Gauge("churn_retrain_failed", "1 when the last training failed", registry=BATCH)


def push(gateway: str, job: str) -> None:
    """Send the numbers of a batch job; the Pushgateway keeps the last ones."""
    push_to_gateway(gateway, job=job, registry=BATCH)
