"""Starts when an export has arrived; a flow for the model inside of a flow for the run."""

from prefect import flow, get_run_logger, task
from prefect.blocks.notifications import MicrosoftTeamsWebhook
from prefect.blocks.system import Secret

from churn.evaluate import evaluate as measure
from churn.extract import extract as fetch
from churn.gate import gate as ask
from churn.register import register as keep
from churn.train import train as fit
from churn.validate import validate as check

again = {"retries": 2, "retry_delay_seconds": 60}


@task(**again, timeout_seconds=300)
def extract(day: str) -> str:
    return fetch(day, token=Secret.load("crm-token").get())


@task(timeout_seconds=300)
def validate(place: str) -> str:
    get_run_logger().info("checking %s", place)
    return check(place)


@task(timeout_seconds=1800)
def train(place: str) -> str:
    return fit(place)


@task(timeout_seconds=300)
def evaluate(place: str) -> str:
    return measure(place)


@task(timeout_seconds=60)
def gate(place: str) -> bool:
    ask(place)
    return True


@task(**again, timeout_seconds=300)
def register(place: str) -> str:
    return keep(place)


@flow
def model(customers: str) -> str:
    return evaluate(train(customers))


def tell(flow, flow_run, state):
    hook = MicrosoftTeamsWebhook.load("churn")
    hook.notify(body=f"{flow_run.name}: {state.message}", subject="churn training failed")


@flow(on_failure=[tell], on_crashed=[tell])
def churn_training(day: str):
    customers = validate(extract(day))
    numbers = model(customers)
    if not gate(numbers):
        raise RuntimeError("the gate said no")
    register(numbers)
