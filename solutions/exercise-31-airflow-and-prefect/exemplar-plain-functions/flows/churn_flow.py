import os

import httpx
from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from prefect.runtime import flow_run

import churn.evaluate
import churn.extract
import churn.gate
import churn.register
import churn.train
import churn.validate


@task(name="extract", retries=3, retry_delay_seconds=60, timeout_seconds=300)
def extract_task(day: str, token: str) -> str:
    logger = get_run_logger()
    logger.info("extracting %s", day)
    return churn.extract.extract(day, token)


@task(name="validate", timeout_seconds=300)
def validate_task(path: str) -> str:
    return churn.validate.validate(path)


@task(name="train", timeout_seconds=3600)
def train_task(path: str) -> str:
    return churn.train.train(path)


@task(name="evaluate", timeout_seconds=600)
def evaluate_task(path: str) -> str:
    return churn.evaluate.evaluate(path)


@task(name="gate", timeout_seconds=60)
def gate_task(path: str) -> str:
    return churn.gate.gate(path)


@task(name="register", retries=3, retry_delay_seconds=60, timeout_seconds=300)
def register_task(path: str) -> str:
    return churn.register.register(path)


def notify_failure(flow, flow_run, state):
    url = os.environ["SLACK_WEBHOOK_URL"]
    httpx.post(url, json={"text": f"{flow.name} {flow_run.name} failed: {state.message}"})


@flow(name="churn-training", on_failure=[notify_failure], timeout_seconds=7200)
def churn_training(day: str | None = None):
    day = day or flow_run.scheduled_start_time.strftime("%Y-%m-%d")
    token = Secret.load("crm-token").get()
    raw = extract_task(day, token)
    ok = validate_task(raw)
    model = train_task(ok)
    metrics = evaluate_task(model)
    passed = gate_task(metrics)
    register_task(passed)


if __name__ == "__main__":
    churn_training()
