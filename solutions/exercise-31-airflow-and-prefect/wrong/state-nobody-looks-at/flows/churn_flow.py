"""The same run as a flow."""

from __future__ import annotations

from prefect import flow, runtime, task
from prefect.blocks.notifications import SlackWebhook
from prefect.blocks.system import Secret

from churn import evaluate as evaluating
from churn import extract as extracting
from churn import gate as gating
from churn import register as registering
from churn import train as training
from churn import validate as validating


@task(retries=3, retry_delay_seconds=300, timeout_seconds=600)
def extract(day: str) -> str:
    return extracting.extract(day, Secret.load("crm-token").get())


@task(timeout_seconds=300)
def validate(customers: str) -> str:
    return validating.validate(customers)


@task(timeout_seconds=3600)
def train(customers: str) -> str:
    return training.train(customers)


@task(timeout_seconds=900)
def evaluate(model: str) -> str:
    return evaluating.evaluate(model)


@task(timeout_seconds=60)
def gate(metrics: str) -> str:
    return gating.gate(metrics)


@task(retries=3, retry_delay_seconds=[60, 300, 900], timeout_seconds=600)
def register(metrics: str) -> str:
    return registering.register(metrics)


def tell(flow, flow_run, state):
    SlackWebhook.load("churn").notify(f"{flow.name} failed: {runtime.flow_run.ui_url}")


@flow(name="churn-training", timeout_seconds=10800, on_failure=[tell], on_crashed=[tell])
def churn_training(day: str | None = None) -> str:
    if day is None:
        day = runtime.flow_run.scheduled_start_time.date().isoformat()
    customers = validate(extract(day))
    metrics = evaluate(train(customers))
    gate(metrics, return_state=True)
    return register(metrics)
